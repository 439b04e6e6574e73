import { type PluginSource, runProgram } from "@kasan/guest";
import { MODES, type ModeName, missesOf, missText } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import type { ModeOutcome, Program } from "../protocol.ts";
import { type Settings, settingsIn } from "../settings.ts";
import type { LabCache } from "./lab-cache.ts";
import { programOptions } from "./program-options.ts";

/** What {@link compareModes} needs of a session. */
interface CompareParts {
  readonly cache: LabCache;
  /** Called with the mode that runs now. */
  progress(mode: ModeName): void;
  /** How threads make the machine's functions again. */
  plugins(settings: Settings): PluginSource;
}

/** Runs a program in some modes, generic mode first: what others miss is told from what it finds. */
export async function compareModes(
  { name, text }: Program,
  settings: Settings,
  modes: readonly ModeName[],
  { cache, progress, plugins }: CompareParts,
): Promise<ModeOutcome[]> {
  const outcomes: ModeOutcome[] = [];
  let generic: readonly KasanReport[] = [];
  for (const mode of modes) {
    progress(mode);
    const own = settingsIn(mode, settings);
    const { reports, stopped, statistics } = await runProgram({
      ...programOptions(own),
      plugins: plugins(own),
      files: [name],
      sources: { [name]: text },
      cache,
    });
    if (mode === "generic") generic = reports;
    const { tags } = MODES[mode];
    outcomes.push({
      mode,
      reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
      ...(stopped !== undefined && { stopped }),
      missed: tags && reports.length === 0 ? missesOf(tags, generic).map((miss) => missText(tags, miss)) : [],
      shadowBytes: statistics.directShadow + statistics.tagStorage + statistics.vmallocShadowPages * 4096,
    });
  }
  return outcomes;
}
