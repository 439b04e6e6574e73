import { type GroupingRule, type GroupMember, groupReports, whyGrouped, whyJoined } from "@kasan/report";
import type { KnownName, StoredReport } from "./database.ts";
import { type Decision, labelOf } from "./decisions.ts";
import { nameGroups } from "./names.ts";
import type { Occurrence } from "./occurrences.ts";
import { resolveDecisions } from "./resolve.ts";

/** A report of a bug. */
export interface BugMember extends Occurrence {
  /** How it came to the bug. The first report has none. */
  readonly joined?: {
    readonly rule: GroupingRule;
    /** The report that it was put to. */
    readonly to: StoredReport;
    /** In words. */
    readonly how: string;
  };
}

/** Reports of one bug. */
export interface BugGroup {
  /** Its name from run to run. */
  readonly name: string;
  /** The most common title. */
  readonly title: string;
  /** Other names of theirs. */
  readonly altTitles: readonly string[];
  /** The kind of crash. */
  readonly type: string;
  /** The fingerprint of most of them. */
  readonly fingerprint: string;
  /** The name of its page. */
  readonly page: string;
  /** The id of the report that its page explains. */
  readonly sample: string;
  /** The id of the report that tells which bug it is. */
  readonly anchor: string;
  /** Why its reports are one bug, and what decisions keep apart from it. */
  readonly why: string;
  /** The reports, by file and place. */
  readonly members: readonly BugMember[];
}

/** All bugs. */
export interface Bugs {
  /** Those with the most reports first. */
  readonly groups: readonly BugGroup[];
  /** Decisions that have no effect, or not all of it: a line each. */
  readonly problems: readonly string[];
  /** Numbers of the decisions that contradict those before them. */
  readonly contradictions: readonly number[];
}

/** Groups reports by bug, as decisions and rules say. */
export function groupBugs(
  reports: readonly Occurrence[],
  decisions: readonly Decision[],
  known: readonly KnownName[],
): Bugs {
  const { resolved, missing, takenOut } = resolveDecisions(decisions, reports);
  const { groups, keptApart, contradictions } = groupReports(
    reports,
    resolved.map(({ grouping }) => grouping),
  );
  const against = contradictions.map((index) => resolved[index]!.decision);
  const unnamed = groups
    .map(describe)
    .sort((a, b) => b.members.length - a.members.length || (a.title < b.title ? -1 : 1));
  const names = nameGroups(unnamed, known, takenOut);
  const nameOf = new Map(unnamed.flatMap(({ members }, at) => members.map((one) => [placeOf(one), names[at]!.name])));
  const apart = keptApart.map(({ decision, reports: pair }) => ({
    decision: resolved[decision]!.decision,
    names: pair.map((one) => nameOf.get(placeOf(one))!),
  }));
  return {
    groups: unnamed.map((group, at) => {
      const { name, anchor } = names[at]!;
      return { ...group, name, anchor, page: `${name}.html`, why: [group.why, ...apartFrom(name, apart)].join(" ") };
    }),
    problems: [
      ...missing,
      ...against.map((decision) => `${labelOf(decision)} contradicts decisions before it, and has no effect`),
    ],
    contradictions: against.map(({ number }) => number),
  };
}

const placeOf = ({ file, report }: StoredReport): string => `${report} ${file}`;

/** Where a report stands: its file and line. */
export const whereOf = ({ file, line }: StoredReport): string => `${file}:${line}`;

function describe(group: readonly GroupMember<Occurrence>[]) {
  const members = group.map(({ report, joined }): BugMember => {
    if (joined === undefined) return report;
    const how = whyJoined(report, joined, whereOf(joined.to));
    return { ...report, joined: { ...joined, how } };
  });
  const sound = members.filter(({ corrupted }) => !corrupted);
  const named = sound.length > 0 ? sound : members;
  const title = mostCommon(named.map((report) => report.title));
  const titled = named.filter((report) => report.title === title);
  const fingerprint = mostCommon(titled.map((report) => report.fingerprint));
  const names = new Set(members.flatMap((report) => [report.title, ...report.altTitles]));
  names.delete(title);
  return {
    title,
    altTitles: [...names].sort(),
    type: titled[0]!.type,
    fingerprint,
    sample: titled.find((report) => report.fingerprint === fingerprint)!.id,
    why: whyGrouped(group),
    members,
  };
}

/** Sentences about the bugs that a decision keeps apart from one. */
function apartFrom(name: string, apart: readonly { decision: Decision; names: readonly string[] }[]): string[] {
  const others = apart.filter(({ names }) => names.includes(name));
  const sentences = others.map(({ decision, names }) => {
    const other = names.find((one) => one !== name);
    return `Rules would put it to bug ${other}: decision ${decision.number} keeps them apart.`;
  });
  return [...new Set(sentences)];
}

/** The value that stands most often in `values`; of several, the first in the alphabet. */
function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0][0];
}
