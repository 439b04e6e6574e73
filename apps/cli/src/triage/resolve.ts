import { type GroupingDecision, likeness } from "@kasan/report";
import { type Decision, type DecisionReport, labelOf } from "./decisions.ts";
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
 * Finds the reports that decisions are about. A report that is named stands for all with its fingerprint. If a decision splits reports of one
 * fingerprint, it stands for itself and those that are more like it than like others that are named.
 */
export function resolveDecisions(decisions: readonly Decision[], reports: readonly Occurrence[]): Resolved {
  const found = reportsByName(decisions, reports);
  const missing: string[] = [];
  const resolved: ResolvedDecision[] = [];
  for (const decision of decisions) {
    for (const lost of decision.sides.flat().filter(({ report }) => !found.has(report)))
      missing.push(`${labelOf(decision)} names what is not there any more: ${nameText(lost)}`);
    const sides = decision.sides
      .map((side) => [...new Set(side.flatMap(({ report }) => found.get(report) ?? []))])
      .filter(({ length }) => length > 0);
    if (sides.length > 1) resolved.push({ decision, grouping: { kind: decision.kind, sides } });
    else missing.push(`${labelOf(decision)} has no effect: fewer than two of its sides are there`);
  }
  return { resolved, missing, takenOut: takenOut(decisions) };
}

/** The reports that each of those that are named stands for. */
function reportsByName(decisions: readonly Decision[], reports: readonly Occurrence[]): Map<string, Occurrence[]> {
  const divided = dividedFingerprints(decisions);
  const named = new Map(decisions.flatMap(({ sides }) => sides.flat()).map((one) => [one.report, one]));
  const byFingerprint = indexed([...named.values()], ({ fingerprint }) => fingerprint);
  const found = new Map<string, Occurrence[]>();
  for (const report of reports) {
    const alike = byFingerprint.get(report.fingerprint) ?? [];
    for (const { report: id } of namesOf(report, alike, divided.has(report.fingerprint))) {
      const others = found.get(id);
      if (others) others.push(report);
      else found.set(id, [report]);
    }
  }
  return found;
}

/** Those that stand for a report, of those with its fingerprint. One without a stack is like none but itself. */
function namesOf(
  { id, signature }: Occurrence,
  alike: readonly DecisionReport[],
  divided: boolean,
): readonly DecisionReport[] {
  if (signature.access.length > 0 && !divided) return alike;
  const itself = alike.filter(({ report }) => report === id);
  if (itself.length > 0 || signature.access.length === 0) return itself;
  // Of several that it is as much like, that which was named first.
  return [...alike]
    .sort((a, b) => likeness(b.stack, signature.access) - likeness(a.stack, signature.access))
    .slice(0, 1);
}

/** A report that is named, for people to read. */
const nameText = ({ report, title, at }: DecisionReport): string => `${report} (${title}, ${at})`;

/** The fingerprints that two sides of a split have. */
function dividedFingerprints(decisions: readonly Decision[]): Set<string> {
  return new Set(takenOut(decisions).map(({ fingerprint }) => fingerprint));
}

/** Reports of splits whose fingerprint an earlier side has, too. The first side stays what it was. */
function takenOut(decisions: readonly Decision[]): (TakenOut & { fingerprint: string })[] {
  const splits = decisions.filter(({ kind }) => kind === "split");
  return splits.flatMap(({ sides }) =>
    sides.flatMap((side, at) => {
      const before = sides.slice(0, at).flat();
      return side.flatMap(({ report, fingerprint }) => {
        const from = before.find((other) => other.fingerprint === fingerprint);
        return from ? [{ report, from: from.report, fingerprint }] : [];
      });
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
