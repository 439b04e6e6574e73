import type { Access } from "./fault.ts";
import type { AddressLayout, Region } from "./layout.ts";

/** One level of page tables: what an entry of a table at this level covers, and how many entries a table has. */
export interface Level {
  /** The field's name for an entry of this level: `PGD` … `PTE`, `level 0` … `level 3`. */
  readonly name: string;
  /** log2 of the bytes that one entry covers, at least 12. */
  readonly shift: number;
  /** log2 of the entries in a table of this level, at 8 bytes each. */
  readonly indexBits: number;
  /** Whether an entry of this level can map memory itself: at most 2^48 bytes. */
  readonly leaf: boolean;
}

/** A run of canonical addresses that one root table serves. Page numbers, both inclusive. */
export interface Span {
  /** First page number. */
  readonly start: number;
  /** Last page number. */
  readonly end: number;
  /** Index into {@link Architecture.roots}. */
  readonly root: number;
}

/** The kind of an entry: nothing, a pointer to the next table, memory, or bits that the architecture forbids. */
export type EntryKind = "none" | "table" | "leaf" | "reserved";

/** An entry to fill: two 32-bit halves (each signed or unsigned). Made once and used again, so that encoding makes no garbage. */
export interface Entry {
  /** Bits 0 … 31. */
  lo: number;
  /** Bits 32 … 63. */
  hi: number;
}

/**
 * The permissions and attributes of a mapping, in the same bits for every architecture. An architecture uses bits 12 … 30 for what
 * only it knows (software bits, protection keys, …), so that changing a mapping keeps them.
 */
export const PageFlags = {
  /** The kernel may read. */
  READ: 1 << 0,
  /** The kernel may write; user code too, if {@link PageFlags.USER | USER} is set. */
  WRITE: 1 << 1,
  /** The kernel may execute; on x86 also what user code may, under {@link PageFlags.USER | USER}. */
  EXEC: 1 << 2,
  /** User code may access. */
  USER: 1 << 3,
  /** Kept by the TLB when the address space changes. */
  GLOBAL: 1 << 4,
  /** Has been accessed. */
  ACCESSED: 1 << 5,
  /** Has been written to. */
  DIRTY: 1 << 6,
  /** The bits of a {@link MemoryType}, shifted left by {@link MEMORY_TYPE_SHIFT}. */
  MEMORY_TYPE: 7 << 8,
  /** The flags that `protect` changes by default: READ, WRITE, EXEC and USER. */
  PERMISSIONS: 0xf,
  /** An ordinary page of kernel data: READ, WRITE, GLOBAL, ACCESSED, DIRTY, write-back (Linux's `PAGE_KERNEL`). */
  KERNEL: (1 << 0) | (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6),
  /** A read-only page of kernel data (Linux's `PAGE_KERNEL_RO`). */
  KERNEL_RO: (1 << 0) | (1 << 4) | (1 << 5),
} as const;

/** The lowest bit of {@link PageFlags.MEMORY_TYPE}. */
export const MEMORY_TYPE_SHIFT = 8;

/** How memory is cached: the common ground of x86's PAT and arm64's MAIR, 0 … 7. */
export const MemoryType = {
  /** Write-back; normal memory. */
  WRITE_BACK: 0,
  /** Write-through. */
  WRITE_THROUGH: 1,
  /** Write-combining; arm64: normal non-cacheable. */
  WRITE_COMBINING: 2,
  /** Uncached, overridable by x86's MTRRs (UC-); arm64: device nGnRE. */
  UNCACHED_MINUS: 3,
  /** Strictly uncached; arm64: device nGnRnE. */
  UNCACHED: 4,
  /** Reads cached, writes not. */
  WRITE_PROTECT: 5,
  /** Write-back with allocation tags (arm64 MTE). */
  TAGGED: 6,
} as const;

/** A run of bits of an entry, for display. */
export interface EntryField {
  /** As the manual or the kernel spells it: `RW`, `AttrIndx`. */
  readonly name: string;
  /** Its highest bit, 0 … 63. */
  readonly high: number;
  /** Its lowest bit, 0 … 63. */
  readonly low: number;
  /** Its value, shifted down to bit 0. */
  readonly value: bigint;
  /** The meaning of the value, where it is not obvious. */
  readonly meaning?: string;
}

/** An entry taken apart, for display. */
export interface DecodedEntry {
  /** The kind of the entry. */
  readonly kind: EntryKind;
  /** The physical address of the memory or table that it points to; `undefined` if it points to neither. */
  readonly physical: number | undefined;
  /** {@link PageFlags} of a leaf, 0 otherwise. */
  readonly flags: number;
  /** Every bit of the entry, each in exactly one field, from bit 63 down. */
  readonly fields: readonly EntryField[];
}

/**
 * A page-table format: everything that this package knows of a processor. Data plus pure functions; the walker, the
 * mapper and the TLBs are written once, over this. What other packages ask of an architecture (how its kernel words an
 * oops, what a core file looks like) is in `Platform` of `@kasan/platform`, which extends this interface.
 *
 * To add a page-table format:
 *
 * 1. Write down the geometry: {@link pageShift}, {@link levels} (root first), {@link roots}, {@link spans},
 *    {@link physicalBits}. An entry has 8 bytes, little-endian; a table is one page or part of one.
 * 2. Say which root serves a page number: {@link root}. It must agree with `spans` where `ignoredTopBits` are canonical.
 * 3. Read entries: {@link kind}, {@link frame}, {@link flags}, {@link limit}. They are given any bits at all, as halves
 *    that may be signed or unsigned, on the hot path: they must make no garbage and never throw.
 * 4. Say what is allowed: {@link check}.
 * 5. Say what the hardware writes into entries: {@link withAccessed}, {@link withDirty}. Those bits must be in the low half.
 * 6. Write entries: {@link encodeLeaf}, {@link encodeTable}, and {@link leafFlags}, the flags that survive a round trip.
 *    If {@link breakBeforeMake}, say which changes need it: {@link breakReason}. Say whether TLBs may remember invalid
 *    entries: {@link cachesInvalid}.
 * 7. Take an entry apart for people: {@link decode}.
 * 8. Lay out the address space: {@link layout}, {@link regions}.
 * 9. Run `architectureContract` of `@kasan/mmu/contract` on it, naming exceptions with a reason.
 */
export interface Architecture {
  /** For people: `x86-64, 4 levels`. */
  readonly name: string;
  /** log2 of the smallest page, which is also the space of a table: at least 12. */
  readonly pageShift: number;
  /** From the root table's entries to the smallest page's. At most 8. */
  readonly levels: readonly Level[];
  /** Physical addresses are below 2 to this, at most 56. RAM ends at 2^52: what lies above is never there. */
  readonly physicalBits: number;
  /** The registers that hold the root tables: `["CR3"]`, `["TTBR0_EL1", "TTBR1_EL1"]`. */
  readonly roots: readonly string[];
  /** The canonical addresses, ascending and disjoint. */
  readonly spans: readonly Span[];
  /** How many of an address's top bits do not take part in translation (arm64's top-byte-ignore: 8), else 0. */
  readonly ignoredTopBits: number;
  /** Whether a valid entry must be made invalid and flushed from every TLB before it may point elsewhere. */
  readonly breakBeforeMake: boolean;
  /**
   * Whether a TLB may remember that nothing was mapped somewhere, so that a new mapping needs a flush too (RISC-V without
   * Svvptc). False by default: x86 and arm64 remember valid entries alone.
   */
  readonly cachesInvalid?: boolean;
  /** The {@link PageFlags}, and bits of this architecture's own, that a leaf entry can hold. */
  readonly leafFlags: number;
  /** Named addresses of the kernel's address space. */
  readonly layout: AddressLayout;
  /** Every address from 0 to 2^64-1, each in one region, gaps and non-canonical holes included. */
  readonly regions: readonly Region[];

  /** The index in {@link roots} of the table that translates page `vpn`; -1 if its addresses are not canonical. */
  root(vpn: number): number;
  /** The kind of an entry of a table at `level`. */
  kind(level: number, lo: number, hi: number): EntryKind;
  /**
   * The physical address that a leaf or table entry points to: a multiple of 4096, exact below 2^64.
   *
   * @param vpn The page number that is looked up, or the first that the entry covers. It takes part where one entry speaks
   * for several, each with an address of its own (RISC-V's Svnapot).
   */
  frame(level: number, lo: number, hi: number, vpn: number): number;
  /** The {@link PageFlags} of a leaf entry, as if all tables above it permitted everything. */
  flags(level: number, lo: number, hi: number): number;
  /** The permissions that a table entry passes on: a mask to AND with {@link flags}, or -1 if it restricts nothing. It clears only permissions. */
  limit(level: number, lo: number, hi: number): number;
  /** Whether flags (of a leaf, limited by the tables above it) forbid an access: a combination of {@link Access} bits. */
  check(flags: number, access: number): "protection" | "access-flag" | undefined;
  /** The low half of a leaf or table entry, after the hardware used it. Unchanged if hardware records no access. */
  withAccessed(level: number, lo: number, hi: number): number;
  /** The low half of a leaf entry, after the hardware wrote through it. Unchanged if hardware records no writes. */
  withDirty(level: number, lo: number, hi: number): number;
  /** Writes a leaf entry into `out`. `physical` is aligned to what `level` covers; flags outside {@link leafFlags} are ignored. */
  encodeLeaf(level: number, physical: number, flags: number, out: Entry): void;
  /** Writes a table entry into `out`, which permits at least the READ, WRITE, EXEC and USER that `flags` has. */
  encodeTable(level: number, physical: number, flags: number, out: Entry): void;
  /**
   * Asked if {@link breakBeforeMake}: what of a change from one valid entry of `level` to another needs it, in a few words
   * (`output address`, `memory type`); `undefined` if nothing does. An architecture without this function needs it whenever
   * the entry's kind or {@link frame} changes. Neither entry has reserved bits set.
   */
  breakReason?(level: number, oldLo: number, oldHi: number, newLo: number, newHi: number): string | undefined;
  /** Takes apart an entry (0 … 2^64-1) of a table at `level`. */
  decode(level: number, entry: bigint): DecodedEntry;
}

/** How many 4 KiB pages an entry at `level` covers. */
export function pagesPerEntry(level: Level): number {
  return 2 ** (level.shift - 12);
}
