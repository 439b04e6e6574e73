import { type BugFamily, bugTraits, resetTag } from "@kasan/shadow";
import { type AccessFields, accessSize, untaggedAddress } from "../sections/access.ts";
import type { ObjectFields } from "../sections/object.ts";
import { plural } from "../words.ts";
import { type AccessVerdict, checkAccess, isUsable, type ShadowContext, usableEndBelow } from "./shadow.ts";

/** A slab object: the bytes that were asked for, and those that it has. */
export interface Extent {
  /** Its first address. */
  readonly start: bigint;
  /** Bytes that every object of its cache has, if the report says so. */
  readonly slot?: number;
  /** Bytes that were asked for, if the report says or shows it. */
  readonly asked?: number;
  /** Where the bytes asked for are known from: the words of the report, or its rows of shadow. */
  readonly source?: "words" | "shadow";
  /** Whether the rows show redzones only: nothing was asked for, as the slot is not allocated. */
  readonly empty?: boolean;
}

/** Memory that is not asked for object by object, although a slab can be below it: stacks come from one. */
const ELSEWHERE: ReadonlySet<BugFamily> = new Set(["stack", "alloca", "global", "vmalloc"]);

type ExtentReport = ShadowContext & AccessFields & ObjectFields;

/**
 * The slab object next to the address. Kernels before 6.4 print the slot in place of what was asked for; kernels before 4.12 print
 * no region, but the bytes asked for.
 */
export function extentOf(report: ExtentReport): Extent | undefined {
  const { region, object, access } = report;
  const at = region?.start ?? object?.address;
  if (at === undefined || ELSEWHERE.has(bugTraits(report.bugType).family)) return undefined;
  const start = access?.pointerTag === undefined ? at : resetTag(at);
  const said = region?.state === "allocated" ? region.size : region === undefined ? object?.allocSize : undefined;
  const slot = object?.objectSize ?? (region?.state === undefined ? region?.size : undefined);
  const known = { start, ...(slot !== undefined && { slot }) };
  const verdict = checkAccess(report);
  // A kernel that does not find what was asked for says the slot's size: then the bad bytes are inside.
  const holds = said !== undefined && !isBadInside(verdict, start, said);
  if (holds) return { ...known, asked: said, source: "words" };
  if (verdict?.allowed !== false || bugTraits(report.bugType).fault !== "out-of-bounds") return known;
  const end = usableEndBelow(report, verdict.firstBad, start);
  if (end === "none") return { ...known, empty: true };
  if (end === undefined || end <= start || (slot !== undefined && end > start + BigInt(slot))) return known;
  // A redzone in between is the end of something else.
  if (isUsable(report, start, end) === false) return known;
  return { ...known, asked: Number(end - start), source: "shadow" };
}

function isBadInside(verdict: AccessVerdict | undefined, start: bigint, size: number): boolean {
  return verdict?.allowed === false && verdict.firstBad >= start && verdict.firstBad < start + BigInt(size);
}

/** A stretch of memory that an access is compared with, in words: `the 115 bytes that were asked for`. */
export interface Stretch {
  /** Its first address. */
  readonly start: bigint;
  /** The address after it. */
  readonly end: bigint;
  /** Its name. */
  readonly name: string;
}

/** The place of the access relative to a stretch: `right behind the 115 bytes that were asked for`. */
export function placeOf(report: AccessFields, { start, end, name }: Stretch): string {
  const { access } = report;
  const address = untaggedAddress(access!);
  const last = address + (accessSize(report) ?? 1n);
  if (address < start) return `${plural(start - address, "byte")} before ${name}`;
  if (address === end) return `right behind ${name}`;
  if (address > end) return `${plural(address - end, "byte")} behind the end of ${name}`;
  const offset = `at offset ${address - start}`;
  const past = last > end ? `, and goes ${plural(last - end, "byte")} past the end` : "";
  return `inside of ${name}, ${offset}${past}`;
}
