import { type GroupingDecision, likeness } from "@kasan/report";
import { type Decision, type DecisionSide, labelOf } from "./decisions.ts";
import type { TakenOut } from "./names.ts";
import type { Occurrence } from "./occurrences.ts";

/** A decision, and the reports that it is about. */
interface ResolvedDecision {
  readonly decision: Decision;
  readonly grouping: GroupingDecision<Occurrence>;
}

/** The result of {@link resolveDecisions}. */
interface Resolved {
  readonly resolved: readonly ResolvedDecision[];
  /** What decisions name, and no report is: a line each. */
  readonly missing: readonly string[];
  readonly takenOut: readonly TakenOut[];
}

/**
 * Finds the reports that decisions are about. A side is all reports with its fingerprint. If a decision splits reports of one fingerprint, a
 * side is the report that it names, and those that are more like it than like other sides.
 */
export function resolveDecisions(decisions: readonly Decision[], reports: readonly Occurrence[]): Resolved {
  const reportsOf = reportsBySide(decisions, reports);
  const missing: string[] = [];
  const resolved: ResolvedDecision[] = [];
  for (const decision of decisions) {
    const sides = decision.sides.flatMap((side) => {
      const found = reportsOf.get(side.report);
      if (!found) missing.push(`${labelOf(decision)} names what is not there any more: ${sideText(side)}`);
      return found ? [found] : [];
    });
    if (sides.length > 1) resolved.push({ decision, grouping: { kind: decision.kind, sides } });
    else missing.push(`${labelOf(decision)} has no effect: fewer than two of its sides are there`);
  }
  return { resolved, missing, takenOut: takenOut(decisions) };
}

/** The reports for which each report stands that is named. */
function reportsBySide(decisions: readonly Decision[], reports: readonly Occurrence[]): Map<string, Occurrence[]> {
  const divided = dividedFingerprints(decisions);
  const sides = new Map(decisions.flatMap((decision) => decision.sides).map((side) => [side.report, side]));
  const byFingerprint = indexed([...sides.values()], ({ fingerprint }) => fingerprint);
  const bySide = new Map<string, Occurrence[]>();
  for (const report of reports) {
    const alike = byFingerprint.get(report.fingerprint) ?? [];
    for (const { report: id } of sidesOf(report, alike, divided.has(report.fingerprint))) {
      const others = bySide.get(id);
      if (others) others.push(report);
      else bySide.set(id, [report]);
    }
  }
  return bySide;
}

/** Those of the sides with its fingerprint that a report is on. One without a stack is like none but itself. */
function sidesOf(
  { id, signature }: Occurrence,
  alike: readonly DecisionSide[],
  divided: boolean,
): readonly DecisionSide[] {
  if (signature.access.length > 0 && !divided) return alike;
  const itself = alike.filter(({ report }) => report === id);
  if (itself.length > 0 || signature.access.length === 0) return itself;
  // Of several that it is as much like, that which was named first.
  return [...alike]
    .sort((a, b) => likeness(b.stack, signature.access) - likeness(a.stack, signature.access))
    .slice(0, 1);
}

/** A side, for people to read. */
const sideText = ({ report, title, at }: DecisionSide): string => `${report} (${title}, ${at})`;

/** The fingerprints of which reports are on two sides of a split. */
function dividedFingerprints(decisions: readonly Decision[]): Set<string> {
  const splits = decisions.filter(({ kind }) => kind === "split");
  return new Set(
    splits.flatMap(({ sides }) => {
      const fingerprints = sides.map(({ fingerprint }) => fingerprint);
      return fingerprints.filter((one, at) => fingerprints.indexOf(one) !== at);
    }),
  );
}

/** The first side of a split stays what it was. */
function takenOut(decisions: readonly Decision[]): TakenOut[] {
  const splits = decisions.filter(({ kind }) => kind === "split");
  return splits.flatMap(({ sides }) =>
    sides.flatMap(({ report, fingerprint }, at) => {
      const from = sides.slice(0, at).find((before) => before.fingerprint === fingerprint);
      return from ? [{ report, from: from.report }] : [];
    }),
  );
}

function indexed<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const item of items) {
    const others = index.get(keyOf(item));
    if (others) others.push(item);
    else index.set(keyOf(item), [item]);
  }
  return index;
}
