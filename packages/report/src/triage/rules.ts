import type { KernelVersion } from "@kasan/shadow";
import { likeness, placesOf, type Signature } from "./signature.ts";

/** The part of a report that {@link groupReports} needs. */
export interface Groupable {
  /** The crash's title. */
  readonly title: string;
  /** Identifies the bug. */
  readonly signature: Signature;
}

/**
 * Why two reports are of one bug, surest first:
 *
 * - `same-report`: the same address and function: most likely one report, twice in the logs.
 * - `same-places`: the stacks of the access, the allocation and the free begin alike, in the same version of Linux as far as is known.
 * - `same-stack`: the same title, and stacks of the access that are alike.
 * - `near-versions`: the same title, in versions of Linux near each other, and no objects of different size.
 * - `bad-pointer`: a fault at the place where, in the same version, a freed object is used: the pointer was read out of it.
 * - `decision`: somebody said so.
 */
export type GroupingRule = "same-report" | "same-places" | "same-stack" | "near-versions" | "bad-pointer" | "decision";

/** A rule: says of two reports that they are one bug, or nothing. */
export interface Rule {
  readonly name: GroupingRule;
  readonly holds: (a: Groupable, b: Groupable) => boolean;
}

/** The numbers in the rules. */
export interface RuleLimits {
  /** Stacks of accesses that are this alike name one bug, if the title is the same. */
  readonly sameStack: number;
  /** Versions of Linux that are no farther apart may have the same bug even if its stack has changed. */
  readonly nearVersions: number;
}

/**
 * Chosen, with the rules themselves, by how well they do on bugs that had no part in the choice: docs/grouping.md. What does best on one
 * set of bugs does worse on others.
 */
export const LIMITS: RuleLimits = { sameStack: 0.95, nearVersions: 1 };

/** The rules, surest first. */
export function rulesWith(limits: RuleLimits): Rule[] {
  return [
    { name: "same-report", holds: isSameReport },
    { name: "same-places", holds: isSamePlaces },
    { name: "same-stack", holds: (a, b) => a.title === b.title && stacksAlike(a, b) >= limits.sameStack },
    { name: "near-versions", holds: (a, b) => a.title === b.title && isNear(a.signature, b.signature, limits) },
    {
      name: "bad-pointer",
      holds: (a, b) => (isFaultOf(a, b) || isFaultOf(b, a)) && stacksAlike(a, b) >= limits.sameStack,
    },
  ];
}

/** The rules that hold for all. */
export const RULES: readonly Rule[] = rulesWith(LIMITS);

/** Keys of a report. Reports for which a rule holds share at least one. */
export function keysOf({ title, signature }: Groupable): string[] {
  const { access, version, address } = signature;
  const keys = [`title ${title}`, `places ${placesOf(signature)}`];
  if (access.length > 0 && version) keys.push(`place ${access[0]} ${version.major}.${version.minor}`);
  if (address !== undefined) keys.push(`address ${address}`);
  return keys;
}

/** All that rules look at, but for the address: reports that are equal in it are one bug. */
export function traitsOf({ title, signature }: Groupable): string {
  const { family, access, allocated, freed, object, version } = signature;
  return JSON.stringify([title, family, access, allocated, freed, object?.size, version?.major, version?.minor]);
}

const stacksAlike = (a: Groupable, b: Groupable) => likeness(a.signature.access, b.signature.access);

function isSameReport({ signature: a }: Groupable, { signature: b }: Groupable): boolean {
  return a.address !== undefined && a.address === b.address && a.access[0] === b.access[0];
}

function isSamePlaces({ signature: a }: Groupable, { signature: b }: Groupable): boolean {
  if (a.access.length === 0 || a.allocated.length + a.freed.length === 0) return false;
  return placesOf(a) === placesOf(b) && (versionsApart(a.version, b.version) ?? 0) === 0;
}

function isNear(a: Signature, b: Signature, { nearVersions }: RuleLimits): boolean {
  if (a.object && b.object && a.object.size !== b.object.size) return false;
  return (versionsApart(a.version, b.version) ?? 0) <= nearVersions;
}

/** Whether the first can be a fault of the second's bug. */
function isFaultOf({ signature: fault }: Groupable, { signature: use }: Groupable): boolean {
  if (fault.family !== "bad-access" || use.family !== "use-after-free") return false;
  return versionsApart(fault.version, use.version) === 0;
}

/** How many releases of Linux lie between two; `undefined` if one is unknown. */
function versionsApart(a: KernelVersion | undefined, b: KernelVersion | undefined): number | undefined {
  return a && b && Math.abs(releaseNumber(a) - releaseNumber(b));
}

/** Counts releases: 4.20 came before 5.0, 5.19 before 6.0, 6.19 before 7.0. */
function releaseNumber({ major, minor }: KernelVersion): number {
  return major < 5 ? (major - 5) * 20 + minor - 1 : (major - 5) * 20 + minor;
}
