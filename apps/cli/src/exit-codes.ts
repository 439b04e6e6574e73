import type { ProgramResult } from "@kasan/guest";

/** Exit codes of every command. */
export const ExitCode = {
  /** Ran, and found nothing. */
  clean: 0,
  /** Found bugs. */
  bugs: 1,
  /** Bad usage or input, C that does not compile included. */
  usage: 2,
  /** The guest crashed or timed out. */
  crashed: 3,
  /** Found nothing, but did not look at everything. */
  unfinished: 4,
  /** A bug in kasan. */
  internal: 70,
  /** Ctrl-C ended it, after it wrote what there was: 128 and the number of the signal, as shells have it. */
  interrupted: 130,
} as const;

/**
 * The exit code of a run. A failed KUnit test is a bug. A report in a test that passed is not, because the test expected it. A panic
 * because of `panic_on_warn` ends a run that found a bug.
 */
export function exitCodeOf(result: ProgramResult, panicOnWarn: boolean): number {
  const { stopped, warnings, tests } = result;
  const found = reportsOutsideTests(result) > 0 || warnings > 0 || tests.some(({ status }) => status === "not ok");
  if (stopped === "panic" && panicOnWarn && found) return ExitCode.bugs;
  if (stopped !== undefined) return ExitCode.crashed;
  return found ? ExitCode.bugs : ExitCode.clean;
}

/** KASAN reports that no KUnit test provoked. */
export function reportsOutsideTests({ reports, tests }: ProgramResult): number {
  const inTests = tests.flatMap(({ cases }) => cases.flatMap((testCase) => testCase.reports));
  return reports.length - inTests.length;
}
