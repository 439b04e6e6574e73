import type { Architecture } from "./architecture.ts";
import { Access, type FaultReason } from "./fault.ts";
import type { EntryMemory, PhysicalMemory } from "./memory.ts";

/** Page tables: a format, the RAM that they lie in, and where they start. An `AddressSpace` is one. */
export interface Tables {
  /** The format. */
  readonly architecture: Architecture;
  /** The RAM. */
  readonly memory: EntryMemory;
  /** Physical addresses of the root tables, one for each of {@link Architecture.roots}. */
  readonly roots: readonly number[];
}

/** Page tables in RAM, where hardware marks what it uses. */
export interface LiveTables extends Tables {
  /** The RAM. */
  readonly memory: PhysicalMemory;
}

/** The result of a walk. One object is reused for every walk. */
export class WalkResult {
  /** Why nothing is mapped there; `undefined` if something is. */
  reason: FaultReason | undefined = undefined;
  /** The level (0: root) of the last entry read, -1 if none was. */
  level = -1;
  /** Low half of that entry, as a signed number. */
  lo = 0;
  /** High half of that entry, as a signed number. */
  hi = 0;
  /** Physical address of the 4 KiB page; meaningless if `reason` is set. */
  physical = 0;
  /** The permissions of the leaf and the tables above it combined, and the leaf's other flags; meaningless if `reason` is set. */
  flags = 0;
  /** The combined permissions of the tables above the last entry; meaningless if `level` is -1. */
  limit = 0;
  /** Physical address of the entry read at each level, down to `level`; of a walk from a table in the middle, from there on. */
  readonly path = new Float64Array(8);
}

/**
 * The index of page `vpn` in its table at the level whose entries cover 2^`shift` bytes.
 * `low` and `high` are the page number's low 32 and high 20 bits.
 */
export function tableIndex(low: number, high: number, shift: number, indexBits: number): number {
  const down = shift - 12;
  const mask = (1 << indexBits) - 1;
  if (down === 0) return low & mask;
  if (down >= 32) return (high >>> (down - 32)) & mask;
  return ((low >>> down) | (high << (32 - down))) & mask;
}

/** The index of 4 KiB page `vpn` within an entry that covers 2^`shift` bytes. */
function within(vpn: number, shift: number): number {
  const down = shift - 12;
  // An entry of up to 2^43 bytes is counted in the low half alone.
  return down < 32 ? vpn & ((1 << down) - 1) : vpn % 2 ** down;
}

/**
 * Looks page `vpn` up in the page tables, and changes nothing. Checks no permissions. Makes no garbage.
 *
 * @returns Whether something is mapped there, in memory or not; if not, `out.reason` says why.
 */
export function walk(tables: Tables, vpn: number, out: WalkResult): boolean {
  const root = tables.architecture.root(vpn);
  out.level = -1;
  out.lo = out.hi = 0;
  if (root < 0) return failed(out, "non-canonical");
  return walkFrom(tables, vpn, 0, tables.roots[root]!, -1, out);
}

/**
 * {@link walk}, from a table in the middle.
 *
 * @param level Of the table's entries.
 * @param table Its physical address.
 * @param limit What the tables above it permit.
 */
export function walkFrom(
  tables: Tables,
  vpn: number,
  level: number,
  table: number,
  limit: number,
  out: WalkResult,
): boolean {
  const { architecture, memory } = tables;
  const { levels } = architecture;
  const low = vpn >>> 0;
  const high = vpn / 2 ** 32;
  for (; level < levels.length; level++) {
    const { shift, indexBits } = levels[level]!;
    const address = table + tableIndex(low, high, shift, indexBits) * 8;
    if (!memory.holds(address)) return failed(out, "bus");

    const lo = memory.word(address);
    const hi = memory.word(address + 4);
    out.level = level;
    out.lo = lo;
    out.hi = hi;
    out.limit = limit;
    out.path[level] = address;
    const kind = architecture.kind(level, lo, hi);
    if (kind === "table") {
      limit &= architecture.limit(level, lo, hi);
      table = architecture.frame(level, lo, hi, vpn);
    } else if (kind === "leaf") {
      out.reason = undefined;
      out.flags = architecture.flags(level, lo, hi) & limit;
      out.physical = architecture.frame(level, lo, hi, vpn) + within(vpn, shift) * 4096;
      return true;
    } else {
      return failed(out, kind === "none" ? "not-present" : "reserved-bit");
    }
  }
  return failed(out, "reserved-bit");
}

function failed(out: WalkResult, reason: FaultReason): false {
  out.reason = reason;
  return false;
}

/**
 * Walks as the hardware does for an access: checks permissions, and if they suffice marks every entry on the way as
 * accessed and, for a write, the leaf as dirty; `out.flags` includes those marks.
 *
 * Concurrency: an entry that another CPU changes between the look and the mark is left as that CPU wrote it, and the
 * walk starts again, as with the locked update of real hardware.
 *
 * @returns Whether the access may proceed; if not, `out.reason` says why.
 */
export function walkFor(tables: LiveTables, vpn: number, access: Access, out: WalkResult): boolean {
  const { architecture } = tables;
  do {
    if (!walk(tables, vpn, out)) return false;
    const forbidden = architecture.check(out.flags, access);
    if (forbidden !== undefined) return failed(out, forbidden);
  } while (!mark(tables, access, out));
  return true;
}

/** Sets accessed and dirty marks along `out.path`. Returns false if an entry has changed since it was read. */
function mark(tables: LiveTables, access: Access, out: WalkResult): boolean {
  const { architecture, memory } = tables;
  for (let level = 0; level < out.level; level++) {
    const word = out.path[level]! >>> 2;
    const lo = memory.i32[word]!;
    const marked = architecture.withAccessed(level, lo, memory.i32[word + 1]!) | 0;
    if (marked === lo) continue;
    memory.wrote(word * 4, 4);
    if (Atomics.compareExchange(memory.i32, word, lo, marked) !== lo) return false;
  }
  return markLeaf(tables, access, out);
}

/** Marks the leaf that a walk found, as {@link walkFor} does. Returns false if it has changed since it was read. */
export function markLeaf({ architecture, memory }: LiveTables, access: Access, out: WalkResult): boolean {
  const { level, lo, hi } = out;
  let marked = architecture.withAccessed(level, lo, hi);
  if (access & Access.WRITE) marked = architecture.withDirty(level, marked, hi);
  marked |= 0;
  if (marked === lo) return true;
  memory.wrote(out.path[level]!, 4);
  if (Atomics.compareExchange(memory.i32, out.path[level]! >>> 2, lo, marked) !== lo) return false;
  const limit = ~architecture.flags(level, lo, hi) | out.flags;
  out.lo = marked;
  out.flags = architecture.flags(level, marked, hi) & limit;
  return true;
}
