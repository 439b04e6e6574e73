import { LinkedSets } from "./linked-sets.ts";
import { type Groupable, type GroupingRule, keysOf, RULES, type Rule, traitsOf } from "./rules.ts";
import { likeness } from "./signature.ts";

/** A decision about reports, which counts for more than rules. */
export interface GroupingDecision<T> {
  /** `merge`: all sides are one bug. `split`: no two sides are one bug. */
  readonly kind: "merge" | "split";
  /** The reports of each side. Of a split, no report is on two sides. */
  readonly sides: readonly (readonly T[])[];
}

/** How a report came into its group. */
export interface Joined<T> {
  /** The rule that holds for it and `to`. */
  readonly rule: GroupingRule;
  /** The report of the group that it was put to. */
  readonly to: T;
}

/** A report in a group. */
export interface GroupMember<T> {
  /** The report. */
  readonly report: T;
  /** How it came in. The group's first report has none. */
  readonly joined?: Joined<T>;
}

/** Two reports that a rule would put together, and a decision keeps apart. */
export interface KeptApart<T> {
  /** The decision's place in the list. */
  readonly decision: number;
  /** The rule. */
  readonly rule: GroupingRule;
  /** The reports. */
  readonly reports: readonly [T, T];
}

/** The result of {@link groupReports}. */
export interface Grouping<T> {
  /** The bugs, that with the most reports first. Members are in the order in which they were given. */
  readonly groups: readonly (readonly GroupMember<T>[])[];
  /** What decisions keep apart: for two groups and a decision once. */
  readonly keptApart: readonly KeptApart<T>[];
  /** Places in the list of decisions that contradict those before them, and have no effect. */
  readonly contradictions: readonly number[];
}

/** A report is compared with so many of those that could be alike, whatever they are. */
const COMPARED = 64;
/** It is compared with as many more of those that are like none before them. */
const MAX_COMPARED = 256;

/**
 * Puts reports of the same bug together. Decisions come first, each unless it contradicts one before it; then rules, the surest first, as
 * far as decisions allow. The groups do not depend on the order of the reports.
 */
export function groupReports<T extends Groupable>(
  reports: Iterable<T>,
  decisions: readonly GroupingDecision<T>[] = [],
): Grouping<T> {
  return groupWith(RULES, reports, decisions);
}

/** Groups by other rules than those that hold for all. */
export function groupWith<T extends Groupable>(
  rules: readonly Rule[],
  reports: Iterable<T>,
  decisions: readonly GroupingDecision<T>[] = [],
): Grouping<T> {
  const kinds = kindsOf([...reports], decisions);
  const sets = new LinkedSets<Link<T>>(kinds.length);
  const contradictions = applyDecisions(sets, kinds, decisions);
  const ordered = decisions.some(({ kind }) => kind === "split");
  const refused = linksBetween(kinds, rules, ordered).filter((link) => !sets.join(link.a, link.b, link));
  return { groups: groupsOf(sets, kinds, rules), keptApart: keptApart(sets, refused), contradictions };
}

/** Reports between which neither a rule nor a decision sees a difference, in the order in which they were given. */
type Kind<T> = readonly { readonly report: T; readonly index: number }[];

function kindsOf<T extends Groupable>(reports: readonly T[], decisions: readonly GroupingDecision<T>[]): Kind<T>[] {
  const sides = sidesOf(decisions);
  const kinds = new Map<string, { report: T; index: number }[]>();
  for (const [index, report] of reports.entries()) {
    const key = `${traitsOf(report)} ${(sides.get(report) ?? []).join()}`;
    const kind = kinds.get(key);
    if (kind) kind.push({ report, index });
    else kinds.set(key, [{ report, index }]);
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

/** The decisions that name a report, and on which side. */
function sidesOf<T>(decisions: readonly GroupingDecision<T>[]): Map<T, string[]> {
  const sides = new Map<T, string[]>();
  for (const [number, decision] of decisions.entries()) {
    for (const [side, reports] of decision.sides.entries()) {
      for (const report of reports) {
        const own = sides.get(report);
        if (own) own.push(`${number}.${side}`);
        else sides.set(report, [`${number}.${side}`]);
      }
    }
  }
  return sides;
}

/** @returns The decisions that contradict others. */
function applyDecisions<T>(
  sets: LinkedSets<Link<T>>,
  kinds: readonly Kind<T>[],
  decisions: readonly GroupingDecision<T>[],
): number[] {
  const kindOf = new Map(kinds.flatMap((kind, number) => kind.map(({ report }) => [report, number] as const)));
  const contradictions: number[] = [];
  for (const [number, { kind, sides }] of decisions.entries()) {
    const named = sides.map((reports) => [...new Set(reports.map((report) => kindOf.get(report)!))]);
    const done =
      kind === "split"
        ? sets.separate(named, number)
        : sets.joinAll(named.flat(), (a, b) => ({
            a,
            b,
            rule: "decision",
            reports: [firstOf(kinds[a]!), firstOf(kinds[b]!)],
          }));
    if (!done) contradictions.push(number);
  }
  return contradictions;
}

const firstOf = <T>(kind: Kind<T>): T => kind[0]!.report;

/** Two kinds that are one bug. */
interface Link<T> {
  readonly a: number;
  readonly b: number;
  readonly rule: GroupingRule;
  /** The reports that the rule was applied to. */
  readonly reports: readonly [T, T];
}

/** A link that a rule sees. */
interface SeenLink<T> extends Link<T> {
  /** The rule's place: surer rules come first. */
  readonly rank: number;
  /** How alike the stacks are; 0 if it does not matter. */
  readonly alike: number;
}

/**
 * The links that rules see, surest first.
 *
 * @param ordered - whether those of one rule are ordered, too: where decisions keep two reports apart, a third goes to the one that it is
 *   more like
 */
function linksBetween<T extends Groupable>(
  kinds: readonly Kind<T>[],
  rules: readonly Rule[],
  ordered: boolean,
): SeenLink<T>[] {
  const links = new Map<number, SeenLink<T>>();
  const buckets = new Map<string, { readonly kind: number; readonly report: T }[]>();
  for (const [b, kind] of kinds.entries()) {
    for (const [key, report] of firstByKey(kind)) {
      const bucket = buckets.get(key) ?? [];
      buckets.set(key, bucket);
      let linked = false;
      for (const { kind: a, report: other } of bucket) {
        const rank = rules.findIndex(({ holds }) => holds(other, report));
        if (rank < 0) continue;
        linked = true;
        const pair = a * kinds.length + b;
        if (rank >= (links.get(pair)?.rank ?? rules.length)) continue;
        const alike = ordered ? likeness(other.signature.access, report.signature.access) : 0;
        links.set(pair, { a, b, rule: rules[rank]!.name, reports: [other, report], rank, alike });
      }
      if (bucket.length < (linked ? COMPARED : MAX_COMPARED)) bucket.push({ kind: b, report });
    }
  }
  return [...links.values()].sort((x, y) => x.rank - y.rank || y.alike - x.alike || x.a - y.a || x.b - y.b);
}

/** The keys of a kind's reports, each with the first report that has it. */
function firstByKey<T extends Groupable>(kind: Kind<T>): Map<string, T> {
  const first = new Map<string, T>();
  for (const { report } of kind) {
    for (const key of keysOf(report)) if (!first.has(key)) first.set(key, report);
  }
  return first;
}

function groupsOf<T extends Groupable>(
  sets: LinkedSets<Link<T>>,
  kinds: readonly Kind<T>[],
  rules: readonly Rule[],
): GroupMember<T>[][] {
  const neighbours = kinds.map((): Link<T>[] => []);
  for (const link of sets.links) {
    neighbours[link.a]!.push(link);
    neighbours[link.b]!.push(link);
  }
  const byFirst = [...kinds.keys()].sort((a, b) => kinds[a]![0]!.index - kinds[b]![0]!.index);
  const done = new Set<number>();
  const groups: Placed<T>[][] = [];
  for (const start of byFirst) {
    if (done.has(start)) continue;
    const entries = entriesFrom(start, kinds, neighbours);
    for (const { kind } of entries) done.add(kind);
    const members = entries.flatMap((entry) => membersOf(entry, kinds[entry.kind]!, rules));
    groups.push(members.sort((x, y) => x.index - y.index));
  }
  return groups.sort((x, y) => y.length - x.length).map((group) => group.map(({ member }) => member));
}

/** A member, and its place among the reports that were given. */
interface Placed<T> {
  readonly member: GroupMember<T>;
  readonly index: number;
}

/** How a kind came into its group: the report by which it did, and to which. */
interface Entry<T> {
  readonly kind: number;
  readonly report: T;
  readonly joined?: Joined<T>;
}

/** All kinds of a group, by following links from one. */
function entriesFrom<T>(start: number, kinds: readonly Kind<T>[], neighbours: readonly Link<T>[][]): Entry<T>[] {
  const entries: Entry<T>[] = [{ kind: start, report: firstOf(kinds[start]!) }];
  const met = new Set([start]);
  // The list grows while it is walked.
  for (const { kind } of entries) {
    for (const { a, b, rule, reports } of neighbours[kind]!) {
      const [next, [to, report]] = a === kind ? [b, reports] : [a, [reports[1], reports[0]] as const];
      if (met.has(next)) continue;
      met.add(next);
      entries.push({ kind: next, report, joined: { rule, to } });
    }
  }
  return entries;
}

function membersOf<T extends Groupable>(entry: Entry<T>, kind: Kind<T>, rules: readonly Rule[]): Placed<T>[] {
  return kind.map(({ report, index }) => {
    const joined =
      report === entry.report ? entry.joined : { rule: ruleFor(report, entry.report, rules), to: entry.report };
    return { index, member: { report, ...(joined && { joined }) } };
  });
}

/** The rule for two reports of one kind: they are equal in all that rules look at. */
function ruleFor<T extends Groupable>(a: T, b: T, rules: readonly Rule[]): GroupingRule {
  return rules.find(({ holds }) => holds(a, b))!.name;
}

function keptApart<T>(sets: LinkedSets<Link<T>>, refused: readonly Link<T>[]): KeptApart<T>[] {
  const kept = new Map<string, KeptApart<T>>();
  for (const { a, b, rule, reports } of refused) {
    const decision = sets.separationOf(a, b)!;
    const key = [decision, ...[sets.rootOf(a), sets.rootOf(b)].sort((x, y) => x - y)].join();
    if (!kept.has(key)) kept.set(key, { decision, rule, reports });
  }
  return [...kept.values()];
}
