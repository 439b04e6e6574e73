import type { GroupMember, Joined } from "./group.ts";
import type { Groupable, GroupingRule } from "./rules.ts";
import { likeness, type Signature } from "./signature.ts";

/** Functions of a stack that are shown. */
const SHOWN = 3;

/**
 * How a report came into its group, as a phrase: `the same title and crash stack (walk < run < work) as a.log:12`.
 *
 * @param to - what to call the report that it was put to
 */
export function whyJoined<T extends Groupable>(report: T, joined: Joined<T>, to: string): string {
  const [a, b] = [report.signature, joined.to.signature];
  switch (joined.rule) {
    case "same-report":
      return `the same address and function as ${to}`;
    case "same-places":
      return `stacks of access, allocation and free that begin like those of ${to}${versionsOf(a, b)}`;
    case "same-stack":
      return `the same title and ${likeness(a.access, b.access) === 1 ? "" : "nearly the same "}crash stack ${stackOf(a, b)} as ${to}`;
    case "near-versions":
      return `the same title as ${to}${sizesOf(a, b)}${versionsOf(a, b)}`;
    case "bad-pointer":
      return a.family === "bad-access"
        ? `a fault where, in the same version, ${to} uses a freed object`
        : `it uses a freed object where, in the same version, ${to} faults`;
    case "decision":
      return `a decision says that it is the bug of ${to}`;
  }
}

function stackOf({ access: a }: Signature, { access: b }: Signature): string {
  const both = a.filter((name) => b.includes(name)).slice(0, SHOWN);
  return `(${both.join(" < ")})`;
}

function sizesOf({ object: a }: Signature, { object: b }: Signature): string {
  return a && b ? `, objects of ${a.size} bytes` : "";
}

function versionsOf({ version: a }: Signature, { version: b }: Signature): string {
  if (!a || !b) return ", no other version of Linux known";
  const [x, y] = [a, b].map(({ major, minor }) => `${major}.${minor}`);
  return x === y ? `, both in Linux ${x}` : `, Linux ${x} and ${y}`;
}

/** What joins reports, of several at once. */
const JOINS: Record<GroupingRule, string> = {
  "same-report": "the same address and function",
  "same-places": "stacks of access, allocation and free that begin alike, in one version of Linux as far as is known",
  "same-stack": "the same title and like crash stacks",
  "near-versions": "the same title in near versions of Linux, as far as is known, with no objects of different size",
  "bad-pointer": "a fault where, in the same version, a freed object is used",
  decision: "a decision",
};

/** Why a group's reports are one bug, in one or two sentences: which rules joined how many of them, and what they all share. */
export function whyGrouped<T extends Groupable>(group: readonly GroupMember<T>[]): string {
  if (group.length < 2) return "It is the only report of its bug.";
  const counts = new Map<GroupingRule, number>();
  for (const { joined } of group) if (joined) counts.set(joined.rule, (counts.get(joined.rule) ?? 0) + 1);
  const parts = [...counts].sort(([, m], [, n]) => n - m).map(([rule, count]) => `${count} by ${JOINS[rule]}`);
  return [`${group.length} reports are one bug: beside the first, ${listed(parts)}.`, ...sharedOf(group)].join(" ");
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join("; ")}; and ${parts.at(-1)}`;
}

/** A sentence about all, if there is anything to say. */
function sharedOf<T extends Groupable>(group: readonly GroupMember<T>[]): string[] {
  const reports = group.map(({ report }) => report);
  const { title, signature } = reports[0]!;
  const sameTitle = reports.every((report) => report.title === title);
  const differs = signature.access.findIndex((name, at) =>
    reports.some((report) => report.signature.access[at] !== name),
  );
  const stack = signature.access.slice(0, differs < 0 ? SHOWN : Math.min(differs, SHOWN));
  const facts = [
    ...(sameTitle ? ["have one title"] : []),
    ...(stack.length > 0 ? [`crash in ${stack.join(" < ")}`] : []),
  ];
  return facts.length > 0 ? [`All ${facts.join(" and ")}.`] : [];
}
