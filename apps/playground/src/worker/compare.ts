import { runProgram } from "@kasan/guest";
import { MODES, type ModeName, missesOf, missText } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import type { ModeOutcome, Program } from "../protocol.ts";
import { type Settings, settingsIn } from "../settings.ts";
import type { LabCache } from "./lab-cache.ts";
import { programOptions } from "./program-options.ts";

/** Runs a program in some modes, generic mode first: what others miss is told from what it finds. */
export async function compareModes(
  { name, text }: Program,
  settings: Settings,
  modes: readonly ModeName[],
  cache: LabCache,
  progress: (mode: ModeName) => void,
): Promise<ModeOutcome[]> {
  const outcomes: ModeOutcome[] = [];
  let generic: readonly KasanReport[] = [];
  for (const mode of modes) {
    progress(mode);
    const { reports, stopped, statistics } = await runProgram({
      ...programOptions(settingsIn(mode, settings)),
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
