import type { KasanReport } from "@kasan/report";
import { bugTraits } from "@kasan/shadow";
import type { TagTraits } from "./modes/mode.ts";
import { TAG_GRANULE } from "./tags/tags.ts";

/**
 * Why a mode with tags missed a bad access.
 *
 * - `last-granule`: it stays in the last granule of the object, whose tag is that of the object.
 * - `untagged`: it is behind a variable of a kind that has no tag in this mode.
 * - `chance`: the tags of pointer and memory agreed.
 */
export type MissCause = "last-granule" | "untagged" | "chance";

/** A bad access that a mode with tags missed. */
export interface MissedAccess {
  /** The kind of bug, and what was tried. */
  readonly report: string;
  /** Why it was missed. */
  readonly cause: MissCause;
}

/**
 * The bad accesses that a mode with tags missed. The mode found nothing, and generic mode, whose shadow distinguishes single bytes, made
 * these reports. Equal misses are listed once.
 */
export function missesOf(tags: TagTraits, reports: readonly KasanReport[]): MissedAccess[] {
  const misses = reports.map((report) => ({
    report: `${report.bugType} ${report.access.kind}`,
    cause: causeOf(tags, report),
  }));
  return misses.filter((miss, i) => misses.findIndex((other) => textOf(other) === textOf(miss)) === i);
}

const textOf = ({ report, cause }: MissedAccess) => `${report} ${cause}`;

/** A miss for people: what was missed, and why. */
export function missText(tags: TagTraits, { report, cause }: MissedAccess): string {
  return `${report}: ${CAUSES[cause](tags)}`;
}

const CAUSES: Readonly<Record<MissCause, (tags: TagTraits) => string>> = {
  "last-granule": () => "inside the object's last granule of 16 bytes, which has one tag: no seed finds it",
  untagged: ({ without }) => `${without.join(" and ")} have no tags: no seed finds it`,
  chance: ({ count }) => `two random tags agreed, with a chance of 1 in ${count}: other seeds give other tags`,
};

function causeOf(tags: TagTraits, report: KasanReport): MissCause {
  if (isUntagged(tags, report.bugType)) return "untagged";
  return isInLastGranule(report) ? "last-granule" : "chance";
}

/** The families of bugs of each kind of variables. */
const FAMILIES: Readonly<Record<TagTraits["without"][number], readonly string[]>> = {
  globals: ["global"],
  "the stack": ["stack", "alloca"],
};

/** Whether a bug is behind a variable of a kind that has no tag. */
const isUntagged = ({ without }: TagTraits, bug: string): boolean =>
  without.some((kind) => FAMILIES[kind].includes(bugTraits(bug).family ?? ""));

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
