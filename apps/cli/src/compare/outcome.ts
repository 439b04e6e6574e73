import { type ProgramResult, runProgram } from "@kasan/guest";
import type { LogLine } from "@kasan/kernel";
import {
  compileOptions,
  type MachineFlags,
  machineOptions,
  openCache,
  pluginChoice,
} from "../commands/machine-options.ts";
import { pluginSource } from "../machine-plugins.ts";
import { History, type Point } from "./history.ts";
import type { Expectation, Program } from "./programs.ts";

/** What became of a program's bug under a scheme. */
export type Verdict =
  /** KASAN reported it. */
  | "detected"
  /** Nobody noticed. */
  | "missed"
  /** The machine crashed, without a report of the bug. */
  | "crashed"
  /** KASAN reported something else. */
  | "false report"
  /** There is none, and nothing was reported. */
  | "clean";

/** What a program came to under a scheme. Pages unless the name says otherwise. */
export interface Outcome {
  readonly scheme: string;
  /** Absent if nobody said what is wrong with the program. */
  readonly verdict?: Verdict;
  readonly reports: readonly string[];
  /** How the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** What a bad access looks like: the first line of the first report or oops. */
  readonly firstLine?: string;
  readonly shadowPagesPeak: number;
  readonly shadowPagesAtEnd: number;
  readonly pageTablePages: number;
  readonly tlbFlushes: number;
  readonly tlbShootdowns: number;
  /** Time from boot to the end. */
  readonly milliseconds: number;
  /** Nanoseconds of the machine's clock and pages of shadow, at changes and at the end. */
  readonly history: readonly Point[];
}

/** How a program is run under each scheme. */
export interface CompareFlags extends Omit<MachineFlags, "vmallocShadow" | "shadowScheme"> {
  readonly timeout: number;
}

/** Runs a program on a machine with a scheme. */
export async function runUnder(scheme: string, program: Program, flags: CompareFlags): Promise<Outcome> {
  const stack = program.expected?.vmapStack ? { vmapStack: true } : {};
  const machineFlags = { ...flags, ...stack, vmallocShadow: scheme };
  const options = machineOptions(machineFlags);
  const history = new History();
  const looks = new FirstLine();
  let peak = 0;
  let start = 0;
  const result = await runProgram({
    files: program.files,
    machine: {
      ...options,
      onVmallocShadow: (time, pages) => {
        peak = Math.max(peak, pages);
        history.add(time, pages);
      },
    },
    plugins: pluginSource(pluginChoice(machineFlags)),
    compile: compileOptions(machineFlags, options.architecture),
    run: { parameters: [], timeout: flags.timeout },
    cache: openCache(),
    progress: (what) => {
      if (what === "booting") start = performance.now();
    },
    log: (line) => looks.add(line),
  });
  const { reports, stopped, statistics } = result;
  return {
    scheme,
    ...(program.expected && { verdict: verdict(program.expected, result) }),
    reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
    ...(stopped !== undefined && { stopped }),
    ...(looks.text !== undefined && { firstLine: looks.text }),
    shadowPagesPeak: peak,
    shadowPagesAtEnd: statistics.vmallocShadowPages,
    pageTablePages: statistics.pageTablePages,
    tlbFlushes: statistics.tlbFlushes,
    tlbShootdowns: statistics.tlbShootdowns,
    milliseconds: Math.round(performance.now() - start),
    history: [...history.points, [statistics.time, statistics.vmallocShadowPages]],
  };
}

/** Judges what a run reported against what is wrong with the program. */
export function verdict(
  { bug }: Expectation,
  { reports, stopped }: Pick<ProgramResult, "reports" | "stopped">,
): Verdict {
  if (reports.some(({ bugType }) => bugType !== bug)) return "false report";
  if (reports.length > 0) return "detected";
  if (stopped !== undefined) return "crashed";
  return bug === undefined ? "clean" : "missed";
}

/** The first line of the log that a bad access has. */
class FirstLine {
  text: string | undefined;

  add({ text }: LogLine): void {
    if (/^(BUG: |Oops: |Unable to handle |Kernel panic )/.test(text)) this.text ??= text;
  }
}
