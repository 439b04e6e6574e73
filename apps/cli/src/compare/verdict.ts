import type { ProgramResult } from "@kasan/guest";
import type { Expectation } from "./programs.ts";

/** The outcome for a program's bug under a scheme. */
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
