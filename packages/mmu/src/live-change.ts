import { addressOf, formatAddress } from "@kasan/shadow";
import { type Architecture, type Entry, pagesPerEntry } from "./architecture.ts";
import { MmuError } from "./error.ts";

/** A change of a live entry that the architecture wants made by way of an invalid one, and that was not. */
export interface LiveChange {
  /** The level of the entry, 0 for the root table's. */
  readonly level: number;
  /** The first page number that the entry translates. */
  readonly vpn: number;
  /** Physical address of the entry. */
  readonly entryAddress: number;
  /** The entry before, 0 … 2^64-1. */
  readonly before: bigint;
  /** The entry after. */
  readonly after: bigint;
  /** The change: `output address`, `memory type`, …; see {@link Architecture.breakReason}. */
  readonly what: string;
}

/** Hears of a {@link LiveChange} before it is made. If it returns, the change is made as it stands. */
export type LiveChangeHandler = (change: LiveChange) => void;

/**
 * Reports a live change as an error, which keeps it from being made.
 *
 * @throws {@link MmuError} `BREAK_BEFORE_MAKE`, always.
 */
export function refuseLiveChange({ level, vpn, before, after, what }: LiveChange): never {
  const where = `level ${level} entry for ${formatAddress(addressOf(vpn, 0))}`;
  const how = "unmap and flush it first, or use replacePage or map with `replace`";
  throw new MmuError(
    "BREAK_BEFORE_MAKE",
    `the ${where} is live and changes its ${what} (0x${before.toString(16)} to 0x${after.toString(16)}); ${how}`,
  );
}

/**
 * Whether a change of an entry needs break-before-make, and why. Entries that map nothing, before or after, need none,
 * nor do those with reserved bits: no TLB holds them.
 */
export function breakReason(
  architecture: Architecture,
  level: number,
  oldLo: number,
  oldHi: number,
  { lo, hi }: Entry,
): string | undefined {
  if (!architecture.breakBeforeMake) return undefined;
  const before = architecture.kind(level, oldLo, oldHi);
  const after = architecture.kind(level, lo, hi);
  if (before === "none" || before === "reserved" || after === "none" || after === "reserved") return undefined;
  if (architecture.breakReason) return architecture.breakReason(level, oldLo, oldHi, lo, hi);
  if (before !== after) return "block size";
  // Any page does: both entries stand in the same place.
  const same = architecture.frame(level, oldLo, oldHi, 0) === architecture.frame(level, lo, hi, 0);
  return same ? undefined : "output address";
}

/** The change of the entry at `entryAddress` from two halves to `entry`, as the handler hears of it. */
export function liveChange(
  architecture: Architecture,
  level: number,
  vpn: number,
  entryAddress: number,
  oldLo: number,
  oldHi: number,
  entry: Entry,
  what: string,
): LiveChange {
  const pages = pagesPerEntry(architecture.levels[level]!);
  const whole = (lo: number, hi: number) => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  return {
    level,
    vpn: Math.floor(vpn / pages) * pages,
    entryAddress,
    before: whole(oldLo, oldHi),
    after: whole(entry.lo, entry.hi),
    what,
  };
}
