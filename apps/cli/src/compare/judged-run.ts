import { type ProgramOptions, type ProgramResult, runProgram } from "@kasan/guest";
import type { MachineStatistics } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { type MachineFlags, programOptions } from "../commands/machine-options.ts";
import type { Program } from "./programs.ts";
import { type Verdict, verdict } from "./verdict.ts";

/** The part of an outcome that all comparisons share. */
export interface RunOutcome {
  /** Absent if nobody said what is wrong with the program. */
  readonly verdict?: Verdict;
  /** The reports in order: the kind of bug and the kind of access. */
  readonly reports: readonly string[];
  /** How the guest was stopped; absent if it came to its end. */
  readonly stopped?: string;
  /** Time from boot to the end. */
  readonly milliseconds: number;
}

/** How a program is run. */
export type JudgedFlags = MachineFlags & { readonly timeout: number };

/** The part of an outcome that one comparison adds. */
export interface RunExtras extends Partial<Pick<ProgramOptions, "log">> {
  /** Parameters of the module. */
  readonly parameters?: readonly (readonly [string, string])[];
  readonly onVmallocShadow?: ProgramOptions["machine"]["onVmallocShadow"];
  /** How a result is judged: {@link verdict} by default. */
  readonly judge?: typeof verdict;
}

/** Runs a program on a machine of its own, timed from boot on, and judges what came of it. */
export async function runJudged(
  program: Program,
  flags: JudgedFlags,
  { parameters = [], onVmallocShadow, log = () => {}, judge = verdict }: RunExtras = {},
): Promise<{ outcome: RunOutcome; statistics: MachineStatistics; reports: readonly KasanReport[] }> {
  const { machine, ...options } = await programOptions(flags);
  let start = 0;
  const result: ProgramResult = await runProgram({
    ...options,
    files: program.files,
    machine: { ...machine, ...(onVmallocShadow && { onVmallocShadow }) },
    run: { parameters, timeout: flags.timeout },
    progress: (what) => {
      if (what === "booting") start = performance.now();
    },
    log,
  });
  const milliseconds = Math.round(performance.now() - start);
  const { reports, stopped, statistics } = result;
  const outcome = {
    ...(program.expected && { verdict: judge(program.expected, result) }),
    reports: reports.map(({ bugType, access }) => `${bugType} ${access.kind}`),
    ...(stopped !== undefined && { stopped }),
    milliseconds,
  };
  return { outcome, statistics, reports };
}
