import { TAG_GRANULE } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { type BugType, bugTraits, KASAN_TAG_MAX, minTag } from "@kasan/shadow";

/** The modes that compare tags. */
export type TaggedMode = "sw_tags" | "hw_tags";

/** Whether a mode compares tags. */
export const isTaggedMode = (mode: string): mode is TaggedMode => mode === "sw_tags" || mode === "hw_tags";

/** How many different tags objects can have in a mode. */
export const tagCount = (mode: TaggedMode): number => KASAN_TAG_MAX + 1 - minTag(mode);

/**
 * Why a mode with tags missed a bad access.
 *
 * - `last-granule`: it stays in the last granule of the object, whose tag is that of the object.
 * - `untagged`: it is behind a variable of a kind that has no tag in this mode.
 * - `chance`: the tags of pointer and memory agreed.
 */
type MissCause = "last-granule" | "untagged" | "chance";

/** A bad access that a mode with tags missed. */
export interface Miss {
  /** The kind of bug, and what was tried. */
  readonly report: string;
  /** Why it was missed. */
  readonly cause: MissCause;
}

/**
 * What a mode with tags missed, which found nothing where generic mode, whose shadow tells bytes apart, made these reports. What is
 * alike is said once.
 */
export function missesOf(mode: TaggedMode, reports: readonly KasanReport[]): Miss[] {
  const misses = reports.map((report) => ({
    report: `${report.bugType} ${report.access.kind}`,
    cause: causeOf(mode, report),
  }));
  return misses.filter((miss, i) => misses.findIndex((other) => textOf(other) === textOf(miss)) === i);
}

const textOf = ({ report, cause }: Miss) => `${report} ${cause}`;

/** A miss for people: what was missed, and why. */
export function missText(mode: TaggedMode, { report, cause }: Miss): string {
  return `${report}: ${CAUSES[cause](mode)}`;
}

const CAUSES: Readonly<Record<MissCause, (mode: TaggedMode) => string>> = {
  "last-granule": () => "inside the object's last granule of 16 bytes, which has one tag: no seed finds it",
  untagged: (mode) => `${mode === "sw_tags" ? "globals have" : "globals and the stack have"} no tags: no seed finds it`,
  chance: (mode) => `two random tags agreed, with a chance of 1 in ${tagCount(mode)}: other seeds give other tags`,
};

function causeOf(mode: TaggedMode, report: KasanReport): MissCause {
  if (isUntagged(mode, report.bugType)) return "untagged";
  return isInLastGranule(report) ? "last-granule" : "chance";
}

/** The compiler tags the kernel's stack variables with software tags alone, and its globals in no mode. */
function isUntagged(mode: TaggedMode, bug: BugType): boolean {
  const { family } = bugTraits(bug);
  return family === "global" || (mode === "hw_tags" && (family === "stack" || family === "alloca"));
}

/**
 * Whether the bad bytes of an access that generic mode reported all lie in one granule of tags that begins with accessible bytes: those
 * of the object before them. Generic mode aligns slab objects to 8 bytes only, tags to their granule, so that one's granules count from
 * its start.
 */
function isInLastGranule({ access, firstBad, memory, object }: KasanReport): boolean {
  const { address, kind, size } = access;
  if (kind === "Free" || size === undefined || memory === undefined) return false;
  const bad = firstBad ?? address;
  const granule = bad - (BigInt.asUintN(64, bad - (object?.address ?? 0n)) % BigInt(TAG_GRANULE));
  const row = memory.rows.filter((candidate) => candidate.address <= granule).at(-1);
  const byte = row?.bytes[Number(granule - row.address) / memory.granule];
  return byte !== undefined && byte < memory.granule && address + BigInt(size) <= granule + BigInt(TAG_GRANULE);
}
