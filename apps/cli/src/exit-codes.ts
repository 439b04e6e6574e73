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
  /** A defect of kasan. */
  internal: 70,
} as const;

/** The exit code of a run. A panic that `panic_on_warn` asked for is the end of a run that found a bug. */
export function exitCodeOf({ stopped, reports, warnings }: ProgramResult, panicOnWarn: boolean): number {
  const found = reports.length > 0 || warnings > 0;
  if (stopped === "panic" && panicOnWarn && found) return ExitCode.bugs;
  if (stopped !== undefined) return ExitCode.crashed;
  return found ? ExitCode.bugs : ExitCode.clean;
}
