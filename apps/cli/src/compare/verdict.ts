import type { ProgramResult } from "@kasan/guest";
import { type Cell, mark, type Tone, terms } from "@kasan/html";
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

/** How each verdict is meant, and what it says. */
const VERDICTS: Readonly<Record<Verdict, { readonly tone: Tone; readonly says: string }>> = {
  detected: { tone: "good", says: "KASAN reported the bug; with a *, the machine crashed after that" },
  missed: { tone: "bad", says: "nobody noticed" },
  crashed: { tone: "alarm", says: "without a report" },
  "false report": { tone: "alarm", says: "of something else" },
  clean: { tone: "quiet", says: "nothing is wrong, and nothing was reported" },
};

/** A verdict in a table, if there is one. An asterisk says that the machine crashed after the report. */
export function verdictCell({ verdict, stopped }: { readonly verdict?: Verdict; readonly stopped?: string }): Cell {
  if (verdict === undefined) return "";
  const after = verdict === "detected" && stopped !== undefined ? "*" : "";
  return { text: `${verdict}${after}`, tone: VERDICTS[verdict].tone };
}

/** What the verdicts mean, for a page. */
export function verdictKey(): string {
  return terms(Object.entries(VERDICTS).map(([name, { tone, says }]) => ({ term: mark(tone, name), meaning: says })));
}
