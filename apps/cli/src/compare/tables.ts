import type { Cell } from "@kasan/html";
import { duration } from "../duration.ts";
import type { TitledTable } from "../table.ts";
import type { Outcome } from "./outcome.ts";
import type { Program } from "./programs.ts";
import { type Verdict, verdictCell } from "./verdict.ts";

/** A program and what it came to under each scheme. */
export interface Compared {
  readonly program: Program;
  readonly outcomes: readonly Outcome[];
}

/** The outcomes of one program, a row per scheme. */
export function programTable(outcomes: readonly Outcome[]): Cell[][] {
  const judged = outcomes.some(({ verdict }) => verdict !== undefined);
  const head = ["scheme", ...(judged ? ["verdict"] : []), "found", ...COSTS, "time"];
  const rows = outcomes.map((one) => [
    one.scheme,
    ...(judged ? [verdictCell(one)] : []),
    found(one),
    ...costs(one),
    duration(one.milliseconds),
  ]);
  return [head, ...rows];
}

const COSTS = ["shadow peak", "at the end", "page tables", "flushes", "shootdowns"];

const costs = (one: Omit<Outcome, "scheme" | "reports" | "history" | "milliseconds">): string[] =>
  [one.shadowPagesPeak, one.shadowPagesAtEnd, one.pageTablePages, one.tlbFlushes, one.tlbShootdowns].map(String);

function found({ reports, stopped }: Outcome): string {
  const counts = new Map<string, number>();
  for (const report of reports) counts.set(report, (counts.get(report) ?? 0) + 1);
  const parts = [...counts].map(([report, count]) => (count === 1 ? report : `${count} x ${report}`));
  if (stopped !== undefined) parts.push(parts.length > 0 ? `then ${stopped}` : stopped);
  return parts.join(", ") || "nothing";
}

/** Several programs under several schemes: what became of each bug, what the schemes cost, what a bad access looks like. */
export function commonTables(compared: readonly Compared[]): TitledTable[] {
  return [verdicts(compared), totals(compared), looks(compared)];
}

function verdicts(compared: readonly Compared[]): TitledTable {
  const schemes = compared[0].outcomes.map(({ scheme }) => scheme);
  const rows = compared.map(({ program, outcomes }) => [program.name, ...outcomes.map(verdictCell)]);
  return { title: "What becomes of the bug", rows: [["program", ...schemes], ...rows] };
}

/** Sums over the programs, by scheme. */
export interface SchemeTotals {
  readonly scheme: string;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly shadowPagesPeak: number;
  readonly shadowPagesAtEnd: number;
  readonly pageTablePages: number;
  readonly tlbFlushes: number;
  readonly tlbShootdowns: number;
}

/** Adds up what the programs came to, by scheme. */
export function schemeTotals(compared: readonly Compared[]): SchemeTotals[] {
  return compared[0].outcomes.map(({ scheme }, i) => {
    const outcomes = compared.map((one) => one.outcomes[i]);
    const count = (wanted: Verdict) => outcomes.filter(({ verdict }) => verdict === wanted).length;
    const sum = (of: (one: Outcome) => number) => outcomes.reduce((all, one) => all + of(one), 0);
    return {
      scheme,
      verdicts: {
        detected: count("detected"),
        missed: count("missed"),
        crashed: count("crashed"),
        "false report": count("false report"),
        clean: count("clean"),
      },
      shadowPagesPeak: sum((one) => one.shadowPagesPeak),
      shadowPagesAtEnd: sum((one) => one.shadowPagesAtEnd),
      pageTablePages: sum((one) => one.pageTablePages),
      tlbFlushes: sum((one) => one.tlbFlushes),
      tlbShootdowns: sum((one) => one.tlbShootdowns),
    };
  });
}

function totals(compared: readonly Compared[]): TitledTable {
  const rows = schemeTotals(compared).map((one) => [
    one.scheme,
    ...["detected", "missed", "crashed", "false report"].map((name) => String(one.verdicts[name as Verdict])),
    ...costs(one),
  ]);
  return {
    title: "All programs together",
    rows: [["scheme", "detected", "missed", "crashed", "false", ...COSTS], ...rows],
  };
}

/** Schemes under which a bad access looks the same share a row. Addresses differ and say nothing. */
function looks(compared: readonly Compared[]): TitledTable {
  const rows = compared.flatMap(({ program, outcomes }) => {
    const groups = new Map<string, string[]>();
    for (const { scheme, firstLine } of outcomes) {
      const line = firstLine?.replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/, "") ?? "nothing";
      groups.set(line, [...(groups.get(line) ?? []), scheme]);
    }
    return [...groups].map(([line, schemes]) => [program.name, schemes.join(" "), line]);
  });
  return { title: "What a bad access looks like", rows: [["program", "schemes", "first line"], ...rows] };
}
