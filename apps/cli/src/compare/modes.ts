import type { Cell } from "@kasan/html";
import { type MissedAccess, MODE_NAMES, MODES, type ModeName, missesOf } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { bugTraits } from "@kasan/shadow";
import { duration } from "../duration.ts";
import { type JudgedFlags, type RunOutcome, runJudged } from "./judged-run.ts";
import type { Program } from "./programs.ts";
import { verdict, verdictCell } from "./verdict.ts";

/** KASAN's modes, cheapest first. */
export const COMPARED_MODES: readonly ModeName[] = ["off", ...MODE_NAMES.filter((mode) => mode !== "off")];

/** The outcome of a program in a mode. Bytes unless the name says otherwise. */
export interface ModeOutcome extends RunOutcome {
  readonly mode: ModeName;
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
  /** The reports of generic mode, if this tag mode found nothing; else absent. */
  readonly missed?: readonly MissedAccess[];
}

/** How a program is run in each mode. */
export type ModeFlags = Omit<JudgedFlags, "mode" | "vmallocShadow">;

/**
 * Runs a program on a machine in a mode.
 *
 * @param generic - generic mode's reports of it, if they are known
 */
export async function runInMode(
  mode: ModeName,
  program: Program,
  flags: ModeFlags,
  generic: readonly KasanReport[] = [],
): Promise<{ outcome: ModeOutcome; reports: readonly KasanReport[] }> {
  const machineFlags = { ...flags, mode, vmallocShadow: "lazy" };
  const { outcome, statistics, reports } = await runJudged(program, machineFlags, { judge: judgeTagged });
  const tags = MODES[mode].tags;
  const missed = tags && reports.length === 0 ? missesOf(tags, generic) : [];
  const measured: ModeOutcome = {
    mode,
    ...outcome,
    directShadow: statistics.directShadow,
    tagStorage: statistics.tagStorage,
    vmallocShadowPages: statistics.vmallocShadowPages,
    quarantine: statistics.quarantine,
    depot: statistics.depot,
    peakUsedPages: statistics.peakUsedPages,
    ...(missed.length > 0 && { missed }),
  };
  return { outcome: measured, reports };
}

/** Tags name a bug that they do not know better `invalid-access`: that is a report of it all the same. */
const judgeTagged: typeof verdict = (expected, result) => {
  const { bug } = expected;
  const reports = result.reports.map((report) =>
    bug !== undefined && bugTraits(report.bugType).family === "tags" ? { ...report, bugType: bug } : report,
  );
  return verdict(expected, { ...result, reports });
};

/** A row for each mode; the first is the head. */
export function modeTable(outcomes: readonly ModeOutcome[]): Cell[][] {
  const withVerdict = outcomes.some((one) => one.verdict !== undefined);
  const kilo = (bytes: number) => `${Math.round(bytes / 1024)}`;
  const head = ["mode", ...(withVerdict ? ["verdict"] : []), "found", ...COSTS];
  return [
    head,
    ...outcomes.map((one) => [
      one.mode,
      ...(withVerdict ? [verdictCell(one)] : []),
      foundText(one),
      kilo(one.directShadow),
      kilo(one.tagStorage),
      String(one.vmallocShadowPages),
      kilo(one.quarantine),
      kilo(one.depot),
      String(one.peakUsedPages),
      duration(one.milliseconds),
    ]),
  ];
}

const COSTS = [
  "shadow KB",
  "tag storage KB",
  "vmalloc shadow pages",
  "quarantine KB",
  "stacks KB",
  "pages used",
  "time",
];

function foundText({ reports, stopped }: ModeOutcome): string {
  const parts = [...new Set(reports)].map((report) => {
    const count = reports.filter((other) => other === report).length;
    return count === 1 ? report : `${count} x ${report}`;
  });
  if (stopped !== undefined) parts.push(parts.length > 0 ? `then ${stopped}` : stopped);
  return parts.join(", ") || "nothing";
}
