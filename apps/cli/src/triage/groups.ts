import { groupReports } from "@kasan/report";
import type { StoredReport } from "./database.ts";

/** Reports of one bug. */
export interface BugGroup {
  /** The most common title. */
  readonly title: string;
  /** Other names of theirs. */
  readonly altTitles: readonly string[];
  /** The kind of crash. */
  readonly type: string;
  /** That of most of them: the group's name from run to run. */
  readonly fingerprint: string;
  /** The name of its page. */
  readonly page: string;
  /** The reports, by file and place. */
  readonly members: readonly StoredReport[];
}

/** Groups reports by bug, largest group first. */
export function groupBugs(reports: readonly StoredReport[]): BugGroup[] {
  const groups = groupReports(reports).map((members) => {
    const sound = members.filter(({ corrupted }) => !corrupted);
    const named = sound.length > 0 ? sound : members;
    const title = mostCommon(named.map((report) => report.title));
    const first = named.find((report) => report.title === title)!;
    const names = new Set(members.flatMap((report) => [report.title, ...report.altTitles]));
    names.delete(title);
    return {
      title,
      altTitles: [...names].sort(),
      type: first.type,
      fingerprint: mostCommon(named.filter((report) => report.title === title).map(({ fingerprint }) => fingerprint)),
      members,
    };
  });
  const sorted = groups.sort((a, b) => b.members.length - a.members.length || (a.title < b.title ? -1 : 1));
  const uses = new Map<string, number>();
  return sorted.map((group) => {
    const use = (uses.get(group.fingerprint) ?? 0) + 1;
    uses.set(group.fingerprint, use);
    return { ...group, page: `${group.fingerprint}${use === 1 ? "" : `-${use}`}.html` };
  });
}

/** The value that stands most often in `values`; of several, the first in the alphabet. */
function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0][0];
}
