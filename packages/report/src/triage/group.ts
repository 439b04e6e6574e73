import type { KernelVersion } from "@kasan/shadow";
import { likeness, type Signature } from "./signature.ts";

/** The part of a report that {@link groupReports} needs. */
export interface Groupable {
  /** The crash's title. */
  readonly title: string;
  /** Identifies the bug. */
  readonly signature: Signature;
}

/**
 * Stacks of accesses that are this alike name one bug, if the title is the same. This number and the rules below were chosen by how well
 * they do on halves of the bugs of real reports, over many ways to halve them: what does best on one set of bugs does worse on others.
 */
const SAME_STACK = 0.95;
/** Versions of Linux that are no farther apart may have the same bug even if its stack has changed. */
const NEAR_VERSIONS = 1;
/** Reports that a new one is compared with, of those that could be alike. */
const MAX_COMPARED = 64;

/** Puts reports of the same bug together, largest group first. The order of the reports does not matter, as a rule. */
export function groupReports<T extends Groupable>(reports: Iterable<T>): T[][] {
  const all = [...reports];
  const parents = all.map((_, index) => index);
  const rootOf = (index: number): number => {
    while (parents[index] !== index) {
      parents[index] = parents[parents[index]!]!;
      index = parents[index]!;
    }
    return index;
  };
  const buckets = new Map<string, number[]>();
  for (const [index, report] of all.entries()) {
    for (const key of keysOf(report)) {
      const bucket = buckets.get(key) ?? [];
      buckets.set(key, bucket);
      for (const other of bucket) {
        if (rootOf(other) !== rootOf(index) && isSameBug(all[other]!, report)) parents[rootOf(index)] = rootOf(other);
      }
      if (bucket.length < MAX_COMPARED) bucket.push(index);
    }
  }
  const groups = new Map<number, T[]>();
  for (const [index, report] of all.entries()) {
    const root = rootOf(index);
    const group = groups.get(root);
    if (group) group.push(report);
    else groups.set(root, [report]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/** Keys of a report. Reports of the same bug share at least one. */
function keysOf({ title, signature }: Groupable): string[] {
  const { access, version, address } = signature;
  const keys = [`title ${title}`];
  if (access.length > 0 && version) keys.push(`place ${access[0]} ${version.major}.${version.minor}`);
  if (address !== undefined) keys.push(`address ${address}`);
  return keys;
}

/** Whether two reports are of the same bug, as far as reports can tell. */
function isSameBug(a: Groupable, b: Groupable): boolean {
  const [x, y] = [a.signature, b.signature];
  // The same report, quoted.
  if (x.address !== undefined && x.address === y.address && x.access[0] === y.access[0]) return true;
  return (a.title === b.title && isSameCrash(x, y)) || isBadPointer(x, y) || isBadPointer(y, x);
}

/** Reports of one title: stacks that are alike, or versions that are near each other and objects of one size. */
function isSameCrash(a: Signature, b: Signature): boolean {
  if (likeness(a.access, b.access) >= SAME_STACK) return true;
  if (a.object && b.object && a.object.size !== b.object.size) return false;
  return (versionsApart(a.version, b.version) ?? 0) <= NEAR_VERSIONS;
}

/** A fault at the place where, in the same version, a freed object is used: the pointer was read out of it. */
function isBadPointer(fault: Signature, use: Signature): boolean {
  if (fault.family !== "bad-access" || use.family !== "use-after-free") return false;
  return versionsApart(fault.version, use.version) === 0 && likeness(fault.access, use.access) >= SAME_STACK;
}

/** How many releases of Linux lie between two; `undefined` if one is unknown. */
function versionsApart(a: KernelVersion | undefined, b: KernelVersion | undefined): number | undefined {
  return a && b && Math.abs(releaseNumber(a) - releaseNumber(b));
}

/** Counts releases: 4.20 came before 5.0, 5.19 before 6.0, 6.19 before 7.0. */
function releaseNumber({ major, minor }: KernelVersion): number {
  return major < 5 ? (major - 5) * 20 + minor - 1 : (major - 5) * 20 + minor;
}
