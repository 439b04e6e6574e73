import { runProgram } from "@kasan/guest";
import {
  compileOptions,
  type MachineFlags,
  machineOptions,
  openCache,
  pluginChoice,
} from "../commands/machine-options.ts";
import { pluginSource } from "../machine-plugins.ts";
import { type Verdict, verdict } from "./outcome.ts";
import type { Program } from "./programs.ts";

/** KASAN's modes, cheapest first. */
export const COMPARED_MODES = ["off", "generic", "sw_tags", "hw_tags"] as const;
/** One of {@link COMPARED_MODES}. */
export type ComparedMode = (typeof COMPARED_MODES)[number];

/** What a program came to in a mode. Bytes unless the name says otherwise. */
export interface ModeOutcome {
  readonly mode: ComparedMode;
  /** Absent if nobody said what is wrong with the program. */
  readonly verdict?: Verdict;
  /** What was reported, in order: the kind of bug, and what was tried. */
  readonly reports: readonly string[];
  /** How the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** Shadow of RAM. */
  readonly directShadow: number;
  /** Tags that hardware keeps beside RAM, at four bits for 16 bytes. */
  readonly tagStorage: number;
  /** Shadow pages of vmalloc and module space at the end. */
  readonly vmallocShadowPages: number;
  /** Freed objects kept from use at the end. */
  readonly quarantine: number;
  /** The stack depot at the end. */
  readonly depot: number;
  /** Most pages in use at one time, shadow of RAM left out. */
  readonly peakUsedPages: number;
  /** Time from boot to the end. */
  readonly milliseconds: number;
}

/** How a program is run in each mode. */
export interface ModeFlags extends Omit<MachineFlags, "mode" | "vmallocShadow"> {
  readonly timeout: number;
}

/** Runs a program on a machine in a mode. */
export async function runInMode(mode: ComparedMode, program: Program, flags: ModeFlags): Promise<ModeOutcome> {
  const machineFlags: MachineFlags = { ...flags, mode, vmallocShadow: "lazy" };
  const machine = machineOptions(machineFlags);
  let start = 0;
  const result = await runProgram({
    files: program.files,
    machine,
    plugins: pluginSource(pluginChoice(machineFlags)),
    compile: compileOptions(machineFlags, machine.architecture),
    run: { parameters: [], timeout: flags.timeout },
    cache: openCache(),
    progress: (what) => {
      if (what === "booting") start = performance.now();
    },
    log: () => {},
  });
  const { reports, stopped, statistics } = result;
  return {
    mode,
    ...(program.expected && { verdict: judged(program, result) }),
    reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
    ...(stopped !== undefined && { stopped }),
    directShadow: statistics.directShadow,
    tagStorage: statistics.tagStorage,
    vmallocShadowPages: statistics.vmallocShadowPages,
    quarantine: statistics.quarantine,
    depot: statistics.depot,
    peakUsedPages: statistics.peakUsedPages,
    milliseconds: Math.round(performance.now() - start),
  };
}

/** Tags name a bug that they do not know better `invalid-access`: that is a report of it all the same. */
function judged({ expected }: Program, result: Parameters<typeof verdict>[1]): Verdict {
  const bug = expected?.bug;
  const reports = result.reports.map((report) =>
    bug !== undefined && report.bugType === "invalid-access" ? { ...report, bugType: bug } : report,
  );
  return verdict({ bug, vmapStack: false }, { ...result, reports });
}

/** A row for each mode; the first is the head. */
export function modeTable(outcomes: readonly ModeOutcome[]): string[][] {
  const withVerdict = outcomes.some((one) => one.verdict !== undefined);
  const kilo = (bytes: number) => `${Math.round(bytes / 1024)}`;
  const head = ["mode", ...(withVerdict ? ["verdict"] : []), "found", ...COSTS];
  return [
    head,
    ...outcomes.map((one) => [
      one.mode,
      ...(withVerdict ? [one.verdict ?? ""] : []),
      foundText(one),
      kilo(one.directShadow),
      kilo(one.tagStorage),
      String(one.vmallocShadowPages),
      kilo(one.quarantine),
      kilo(one.depot),
      String(one.peakUsedPages),
      String(one.milliseconds),
    ]),
  ];
}

const COSTS = ["shadow KB", "tag storage KB", "vmalloc shadow pages", "quarantine KB", "stacks KB", "pages used", "ms"];

function foundText({ reports, stopped }: ModeOutcome): string {
  const parts = [...new Set(reports)].map((report) => {
    const count = reports.filter((other) => other === report).length;
    return count === 1 ? report : `${count} x ${report}`;
  });
  if (stopped !== undefined) parts.push(parts.length > 0 ? `then ${stopped}` : stopped);
  return parts.join(", ") || "nothing";
}
