import { resolve } from "node:path";
import { COMPARED_FUNCTIONS } from "@kasan/report";
import type { StoredReport } from "./database.ts";
import { type Decision, DecisionError, type DecisionReport } from "./decisions.ts";
import { type BugGroup, type BugMember, type Bugs, whereOf } from "./groups.ts";

/** What the command line asks for. */
export interface DecisionRequest {
  /** Names of bugs and reports that are one bug. */
  readonly merge: readonly string[];
  /** Names of bugs and reports that are not one bug. */
  readonly split: readonly string[];
  /** Numbers of decisions that hold no more. */
  readonly undo: readonly number[];
}

/** Whether anything is asked for. */
export const asksFor = ({ merge, split, undo }: DecisionRequest): boolean =>
  merge.length + split.length + undo.length > 0;

/** What a name stands for: a report, and the bug that it belongs to. */
interface Named {
  readonly report: BugMember;
  readonly group: BugGroup;
  /** Whether it stands for the whole bug. */
  readonly whole?: boolean;
}

/**
 * Does what is asked for, one after the other.
 *
 * @param group - groups all reports as decisions say
 * @returns the decisions that hold then
 * @throws {@link DecisionError} if a name names nothing, or more than one thing, or a decision contradicts those before it.
 */
export function decide(
  before: readonly Decision[],
  { merge, split, undo }: DecisionRequest,
  group: (decisions: readonly Decision[]) => Bugs,
): Decision[] {
  let decisions = undo.reduce(without, [...before]);
  let next = Math.max(0, ...before.map(({ number }) => number)) + 1;
  const requests = [
    ...merge.map((names) => ({ kind: "merge" as const, names })),
    ...split.map((names) => ({ kind: "split" as const, names })),
  ];
  for (const { kind, names } of requests) {
    const sides = sidesOf(kind, namesIn(names), group(decisions).groups);
    const decision = { number: next++, kind, sides };
    decisions = [...decisions, decision];
    if (group(decisions).contradictions.includes(decision.number)) {
      throw new DecisionError(
        "DECISION_CONTRADICTS",
        `--${kind} ${names} contradicts an earlier decision; --list-decisions shows them, and --undo NUMBER takes one back`,
      );
    }
  }
  return decisions;
}

function without(decisions: Decision[], number: number): Decision[] {
  const left = decisions.filter((decision) => decision.number !== number);
  if (left.length < decisions.length) return left;
  throw new DecisionError("DECISION_NAME", `there is no decision ${number} to undo; --list-decisions shows them`);
}

const namesIn = (text: string): string[] => text.split(",").map((name) => name.trim());

function sidesOf(kind: Decision["kind"], names: readonly string[], groups: readonly BugGroup[]): Decision["sides"] {
  const named = names.map((name) => find(name, groups));
  const all = kind === "split" && named.length === 1 ? [restOf(names[0]!, named[0]!), ...named] : named;
  if (all.length < 2) throw new DecisionError("DECISION_NAME", `--${kind} ${names.join()}: name two or more, as A,B`);
  const reports = all.map(({ report }) => report);
  const again = reports.find(({ id }, at) => reports.findIndex((other) => other.id === id) !== at);
  if (again) {
    throw new DecisionError(
      "DECISION_NAME",
      `--${kind} ${names.join()}: two of the names are the same report, ${again.id}`,
    );
  }
  const sides = kind === "split" ? all.map((one) => wholeSide(one, reports)) : reports.map((report) => [report]);
  return sides.map((side) => side.map(decisionReport));
}

const decisionReport = (report: BugMember): DecisionReport => ({
  report: report.id,
  fingerprint: report.fingerprint,
  stack: report.signature.access.slice(0, COMPARED_FUNCTIONS),
  title: report.title,
  at: whereOf(report),
});

/** Reports of one side. Rules find more. */
const MAX_SIDE = 32;

/** The side of a split that a name stands for. A bug is a report of each fingerprint that it has, and that no other side has. */
function wholeSide({ report, group, whole }: Named, named: readonly BugMember[]): BugMember[] {
  if (!whole) return [report];
  const side = new Map([[report.fingerprint, report]]);
  const others = new Set(named.map(({ fingerprint }) => fingerprint));
  for (const member of group.members) {
    if (!others.has(member.fingerprint) && !side.has(member.fingerprint)) side.set(member.fingerprint, member);
  }
  return [...side.values()].slice(0, MAX_SIDE);
}

/** What stays of a bug when one of its reports is split off. */
function restOf(name: string, { report, group }: Named): Named {
  if (name === group.name) {
    throw new DecisionError(
      "DECISION_NAME",
      `${name} is a whole bug; say which of its reports to split off: ${name},REPORT`,
    );
  }
  const others = group.members.filter(({ id }) => id !== report.id);
  const rest = others.find(({ id }) => id === group.anchor) ?? others[0];
  if (rest) return { report: rest, group, whole: true };
  const why =
    group.members.length === 1
      ? "is the only report of its bug: there is nothing to split it from"
      : "and the other reports of its bug are copies of one report: nothing tells them apart";
  throw new DecisionError("DECISION_NAME", `${name} ${why}`);
}

/** The report that a name stands for: of a bug, that which tells which bug it is. */
function find(name: string, groups: readonly BugGroup[]): Named {
  const all = groups.flatMap((group) => group.members.map((report) => ({ report, group })));
  const found = /^[0-9a-f]{4,16}$/.test(name) ? byHash(wholeHash(name, groups), groups, all) : byPlace(name, all);
  const [first] = found;
  if (first === undefined) {
    throw new DecisionError("DECISION_NAME", `${name} is no bug and no report; index.txt has their names`);
  }
  const other = found.find(({ report, group }) => report.id !== first.report.id || group !== first.group);
  if (other === undefined) return first;
  throw ambiguous(
    name,
    found.map(({ report }) => report.id),
  );
}

const ambiguous = (name: string, hashes: readonly string[]) =>
  new DecisionError(
    "DECISION_NAME",
    `${name} can be more than one; name one by its hash: ${[...new Set(hashes)].slice(0, 4).join(", ")}`,
  );

/** The hash that begins so, of a bug, a report, or a fingerprint. */
function wholeHash(start: string, groups: readonly BugGroup[]): string {
  const hashes = groups.flatMap(({ name, members }) => [
    name,
    ...members.flatMap(({ id, fingerprint }) => [id, fingerprint]),
  ]);
  const found = [...new Set(hashes.filter((hash) => hash.startsWith(start)))];
  if (found.length > 1) throw ambiguous(start, found);
  return found[0] ?? start;
}

/** By a bug's name, a report's own, or its fingerprint. */
function byHash(hash: string, groups: readonly BugGroup[], all: readonly Named[]): Named[] {
  const bug = groups.find(({ name }) => name === hash);
  if (bug) return [{ whole: true, group: bug, report: bug.members.find(({ id }) => id === bug.anchor)! }];
  const reports = all.filter(({ report }) => report.id === hash);
  if (reports.length > 0) return reports;
  const alike = all.filter(({ report }) => report.fingerprint === hash);
  // Reports of a fingerprint in one bug are decided about together.
  return alike.filter(({ group }, at) => alike.findIndex((other) => other.group === group) === at);
}

/** By where it stands, `FILE:LINE`, or by its mail, `MESSAGE-ID:LINE`. */
function byPlace(name: string, all: readonly Named[]): Named[] {
  const [, file, line] = /^(.+):(\d+)$/.exec(name) ?? [];
  if (file === undefined) return [];
  const isThere = (report: StoredReport) =>
    report.line === Number(line) &&
    (report.file === resolve(file) || report.file.endsWith(`/${file}`) || report.message === file);
  return all.filter(({ report }) => isThere(report) || report.copies.some(isThere));
}
