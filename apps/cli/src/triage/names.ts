import type { KnownName, StoredReport } from "./database.ts";

/** A group that gets a name. */
interface Nameless {
  /** The fingerprint of most of its reports. */
  readonly fingerprint: string;
  readonly members: readonly StoredReport[];
}

/** The id of a report that a decision took out of a group with its fingerprint, and that of one which stays there. */
export interface TakenOut {
  readonly report: string;
  readonly from: string;
}

/**
 * Names groups, so that names stay from run to run: a group keeps the name that it had, which is the oldest of those that were joined. A new
 * one is named by its fingerprint; if another group has that name already, by the id of one of its reports.
 * A group that a decision took out of another with its fingerprint is named by the report that was taken out.
 *
 * @returns the names of the groups, in their order
 */
export function nameGroups(
  groups: readonly Nameless[],
  known: readonly KnownName[],
  takenOut: readonly TakenOut[],
): KnownName[] {
  const names = new Map<Nameless, KnownName>();
  const taken = new Set<string>();
  const give = (group: Nameless | undefined, name: string, anchor: string): void => {
    if (group === undefined || names.has(group) || taken.has(name)) return;
    names.set(group, { name, anchor });
    taken.add(name);
  };
  const having = groupsBy(groups);
  for (const { report, from } of takenOut) {
    const group = having.get(report)?.[0]?.group;
    if (group !== having.get(from)?.[0]?.group) give(group, report, report);
  }
  for (const { name, anchor } of known) {
    give(having.get(anchor)?.[0]?.group, name, anchor);
    const other = having.get(name)?.find(({ group }) => !names.has(group));
    if (other) give(other.group, name, other.anchor);
  }
  for (const group of groups) {
    const { fingerprint, members } = group;
    const first = members.find((one) => one.fingerprint === fingerprint)!;
    give(group, fingerprint, first.id);
    for (const { id, fingerprint: own } of members) give(group, own, id);
    for (const { id } of members) give(group, id, id);
    for (let use = 2; !names.has(group); use++) give(group, `${fingerprint}-${use}`, first.id);
  }
  return groups.map((group) => names.get(group)!);
}

/** Groups by the fingerprints and the ids of their reports, with the first report that has it. */
function groupsBy(groups: readonly Nameless[]): Map<string, { group: Nameless; anchor: string }[]> {
  const having = new Map<string, { group: Nameless; anchor: string }[]>();
  for (const group of groups) {
    const own = new Map<string, string>();
    for (const { id, fingerprint } of group.members) {
      for (const key of [id, fingerprint]) if (!own.has(key)) own.set(key, id);
    }
    for (const [key, anchor] of own) {
      const others = having.get(key);
      if (others) others.push({ group, anchor });
      else having.set(key, [{ group, anchor }]);
    }
  }
  return having;
}
