import type { Cell } from "@kasan/html";
import { duration } from "../duration.ts";
import type { TitledTable } from "../table.ts";
import type { PageOutcome } from "./page-outcome.ts";
import type { Mix, PageCompared, Work } from "./page-schemes.ts";
import { verdictCell } from "./verdict.ts";

const COSTS = ["shadow KB", "at most", "pshadow KB", "slow path", "with a flush", "local flushes", "flushes"];

const kilo = (bytes: number): string => String(Math.round(bytes / 1024));

const costs = (one: PageOutcome): string[] => [
  kilo(one.shadow),
  kilo(one.shadowPeak),
  kilo(one.pshadow),
  ...[one.slowPaths, one.slowPathFlushes, one.localFlushes, one.flushes].map(String),
];

/** The outcomes of one program, a row per scheme; the first row is the head. */
export function pageProgramTable(outcomes: readonly PageOutcome[]): Cell[][] {
  const judged = outcomes.some(({ verdict }) => verdict !== undefined);
  const rows = outcomes.map((one) => [
    one.scheme,
    ...(judged ? [verdictCell(one)] : []),
    [...one.reports, ...(one.stopped === undefined ? [] : [one.stopped])].join(", ") || "nothing",
    ...costs(one),
    duration(one.milliseconds),
  ]);
  return [["scheme", ...(judged ? ["verdict"] : []), "found", ...COSTS, "time"], ...rows];
}

/** The outcome for each program's bug. */
export function pageVerdicts(compared: readonly PageCompared[]): TitledTable {
  const schemes = compared[0].outcomes.map(({ scheme }) => scheme);
  const rows = compared.map(({ program, outcomes }) => [program.name, ...outcomes.map(verdictCell)]);
  return { title: "What becomes of the bug", rows: [["program", ...schemes], ...rows] };
}

/** Sums over the programs, by scheme. */
export interface PageTotals {
  readonly scheme: string;
  readonly detected: number;
  readonly missed: number;
  readonly crashed: number;
  readonly falseReports: number;
  readonly slowPaths: number;
  readonly slowPathFlushes: number;
  readonly localFlushes: number;
  readonly flushes: number;
}

/** Adds up what the programs came to, by scheme. */
export function pageTotals(compared: readonly PageCompared[]): PageTotals[] {
  return compared[0].outcomes.map(({ scheme }, i) => {
    const all = compared.map(({ outcomes }) => outcomes[i]);
    const count = (wanted: string) => all.filter(({ verdict }) => verdict === wanted).length;
    const sum = (of: (one: PageOutcome) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      scheme,
      detected: count("detected"),
      missed: count("missed"),
      crashed: count("crashed"),
      falseReports: count("false report"),
      slowPaths: sum((one) => one.slowPaths),
      slowPathFlushes: sum((one) => one.slowPathFlushes),
      localFlushes: sum((one) => one.localFlushes),
      flushes: sum((one) => one.flushes),
    };
  });
}

/** {@link pageTotals} as a table. */
export function pageTotalsTable(compared: readonly PageCompared[]): TitledTable {
  const rows = pageTotals(compared).map(({ scheme, ...counts }) => [scheme, ...Object.values(counts).map(String)]);
  const head = ["scheme", "detected", "missed", "crashed", "false", ...COSTS.slice(3)];
  return { title: "All programs together", rows: [head, ...rows] };
}

/** The size of the shadow at several mixes. */
export function mixTables(mixes: readonly Mix[], schemes: readonly string[]): TitledTable[] {
  return mixes.map(({ run, points }) => ({
    title: mixTitle(run),
    rows: [["page cache", ...schemes], ...points.map(({ share, bytes }) => [`${share} %`, ...bytes.map(kilo)])],
  }));
}

/** The title of a mix. */
export const mixTitle = (run: number): string =>
  run === 1
    ? "KB of shadow and pshadow, pages of both kinds in turns"
    : `KB of shadow and pshadow, ${run} pages of a kind after each other`;

/** Time, and how it compares with the first scheme's. */
export function workTable(work: readonly Work[]): TitledTable {
  const rows = work.flatMap(({ name, outcomes }) =>
    outcomes.map((one) => [
      name,
      one.scheme,
      duration(one.milliseconds),
      (one.milliseconds / Math.max(1, outcomes[0].milliseconds)).toFixed(2),
      String(one.slowPaths),
      String(one.localFlushes),
      String(one.flushes),
    ]),
  );
  const head = ["work", "scheme", "time", "ratio", "slow path", "local flushes", "flushes"];
  return { title: "Time", rows: [head, ...rows] };
}
