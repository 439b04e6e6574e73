import { bugTraits, KASAN_TAG_INVALID } from "@kasan/shadow";
import { type AccessFields, untaggedAddress } from "../sections/access.ts";
import type { ObjectFields } from "../sections/object.ts";
import type { TitleFields } from "../sections/title.ts";
import type { TrackFields } from "../sections/tracks.ts";
import { type ShadowContext, shadowAt } from "./shadow.ts";

/** The fields that tell which free a report is about. */
export type FreeReport = ShadowContext & AccessFields & ObjectFields & TrackFields;

/** Whether the report is about a free that could not be done, rather than an access. */
export function isBadFree({ access, bugType }: FreeReport): boolean {
  return access?.kind === "Free" || bugTraits(bugType).family === "free";
}

/** The address that was to be freed. Kernels before 6.2 do not say it, but where it lies. */
export function freedAddress({ access, region, caret }: FreeReport): bigint | undefined {
  if (access !== undefined) return untaggedAddress(access);
  if (region?.side !== undefined && region.distance !== undefined) {
    const distance = BigInt(region.distance);
    if (region.side === "left") return region.start - distance;
    return (region.side === "inside" ? region.start : region.end) + distance;
  }
  return caret?.exact ? caret.address : undefined;
}

/** What is wrong with a free: the object was free already, the address is not an object's start, or the report does not tell. */
export type BadFree = "again" | "not-start" | "unknown";

/** What is wrong with a bad free. Kernels before 6.0 did not tell a double free from others: the address and the shadow do. */
export function badFreeOf(report: FreeReport): BadFree {
  const { fault } = bugTraits(report.bugType);
  const address = freedAddress(report);
  const start = report.region?.start ?? report.object?.address;
  if (fault === "double-free") return "again";
  const offset = address !== undefined && start !== undefined ? address - start : undefined;
  if (offset !== undefined && offset !== 0n) return "not-start";
  if (fault === "invalid-free") return "unknown";
  const state = address === undefined ? undefined : shadowAt(report, address)?.state;
  return state === "freed" || (state === undefined && offset === 0n && report.freed?.stack !== undefined)
    ? "again"
    : "unknown";
}

/** Which free the report's record is of: the one that the bug is about, or one of an earlier life of the object's memory. */
export function freeRecordOf(report: FreeReport): "this" | "earlier" | "unknown" {
  const { fault, family } = bugTraits(report.bugType);
  if (fault === "use-after-free") return "this";
  // Memory with a valid tag is in use again, and its records can be those of two objects.
  if (family === "tags") return report.access?.memoryTag === KASAN_TAG_INVALID ? "this" : "unknown";
  if (isBadFree(report) && badFreeOf(report) === "again") return "this";
  const start = report.region?.start ?? report.object?.address;
  const state = start === undefined ? undefined : shadowAt(report, start)?.state;
  if (report.region?.state === "allocated" || state === "accessible" || state === "partial") return "earlier";
  return state === "freed" ? "this" : "unknown";
}

/** Whether the bug is the use of a page that was freed as such. In a slab, the page's records say nothing of the object. */
export function isPageUse({ object, bugType }: ObjectFields & TitleFields): boolean {
  return object === undefined && bugTraits(bugType).fault === "use-after-free";
}
