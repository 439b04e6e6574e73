import { type EntryKind, MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "@kasan/mmu";

/**
 * Bits of an entry in its low half, as masks (RISC-V privileged architecture, 4.4.1). What Linux uses the software bits for is
 * from `arch/riscv/include/asm/pgtable-bits.h`.
 */
export const EntryBits = {
  /** Valid. */
  V: 1 << 0,
  /** Readable. An entry that is valid without R, W and X points to a table. */
  R: 1 << 1,
  /** Writable. Without R it is reserved. */
  W: 1 << 2,
  /** Executable. */
  X: 1 << 3,
  /** User code may access. */
  U: 1 << 4,
  /** Global. */
  G: 1 << 5,
  /** Accessed. */
  A: 1 << 6,
  /** Dirty. */
  D: 1 << 7,
  /** Bits 8 and 9, for software; Linux: SPECIAL and DEVMAP. */
  RSW: 3 << 8,
} as const;

/** Bits of an entry in its high half, as masks of that half. */
export const EntryHighBits = {
  /** Bits 54 to 60, reserved: they must be 0. */
  RESERVED: 0x7f << 22,
  /** Bits 61 and 62: the page-based memory type (Svpbmt). */
  PBMT: 3 << 29,
  /** Bit 63: the entry is one of 16 that together map 64 KiB (Svnapot). */
  N: 1 << 31,
} as const;

/**
 * The bits of flags that `PageFlags` of `@kasan/mmu` leaves to the architecture: the entry's bits for software. Mapping with them sets
 * them, and changing permissions keeps them.
 */
export const Riscv64Flags = {
  /** Bit 8; Linux: SPECIAL. */
  SPECIAL: 1 << 12,
  /** Bit 9; Linux: DEVMAP. */
  DEVMAP: 1 << 13,
} as const;

const { V, R, W, X, U, G, A, D, RSW } = EntryBits;
const { RESERVED, PBMT, N } = EntryHighBits;
/** How far left of an entry's bits 8 and 9 the flags hold them. */
const RSW_SHIFT = 4;
const PBMT_SHIFT = 29;
/** The bits of a page number that Svnapot takes from the address, and their fixed value in the entry. */
const NAPOT_MASK = 0xf;
const NAPOT_64K = 0x8;

/** Memory types by PBMT: PMA, NC, IO. The fourth value is reserved. */
const TYPES: readonly number[] = [MemoryType.WRITE_BACK, MemoryType.WRITE_COMBINING, MemoryType.UNCACHED];
/** PBMT by {@link MemoryType}: what is not cached in some way, NC, or strictly, IO. */
const PBMT_OF: readonly number[] = [0, 0, 1, 1, 2, 0, 0, 0];

/** Names of PBMT's values (Svpbmt). */
export const PBMT_NAMES = ["PMA", "NC", "IO", "reserved"] as const;

/** The `PageFlags` and {@link Riscv64Flags} that a leaf can hold; memory types only with Svpbmt. */
export const leafFlags = (svpbmt: boolean): number => 0x7f | (svpbmt ? PageFlags.MEMORY_TYPE : 0) | (3 << 12);

/** Options of the processor. */
export interface EntryFormat {
  /** Whether entries have memory types (Svpbmt). */
  readonly svpbmt: boolean;
  /** Whether an entry can be one of 16 that map 64 KiB (Svnapot). */
  readonly svnapot: boolean;
}

/** The page number that an entry holds, of 44 bits. */
const ppnOf = (lo: number, hi: number): number => (lo >>> 10) + (hi & 0x3fffff) * 2 ** 22;

/** The physical address that an entry holds; of a Svnapot entry, that of page `vpn`. */
export function frameOf(lo: number, hi: number, vpn: number): number {
  const ppn = ppnOf(lo, hi);
  return (hi & N && lo & (R | X) ? ppn - (ppn & NAPOT_MASK) + (vpn & NAPOT_MASK) : ppn) * 4096;
}

/**
 * The kind of an entry, as the processor's walk sees it (privileged architecture, 4.3.2).
 *
 * @param last Whether the table is of the last level.
 * @param alignment The page number that a leaf of this level points to must be a multiple of this.
 */
export function kindOf(format: EntryFormat, last: boolean, alignment: number, lo: number, hi: number): EntryKind {
  if (!(lo & V)) return "none";
  if (hi & RESERVED) return "reserved";
  if (!(lo & (R | W | X))) return last || hi & (PBMT | N) || lo & (U | A | D) ? "reserved" : "table";
  if (lo & W && !(lo & R)) return "reserved";
  const pbmt = (hi & PBMT) >>> PBMT_SHIFT;
  if (pbmt === 3 || (pbmt !== 0 && !format.svpbmt)) return "reserved";
  const ppn = ppnOf(lo, hi);
  if (hi & N) return format.svnapot && last && (ppn & NAPOT_MASK) === NAPOT_64K ? "leaf" : "reserved";
  return ppn % alignment === 0 ? "leaf" : "reserved";
}

/** The {@link PageFlags} of a leaf. */
export function flagsOf(lo: number, hi: number): number {
  return (
    (lo & R ? PageFlags.READ : 0) |
    (lo & W ? PageFlags.WRITE : 0) |
    (lo & X ? PageFlags.EXEC : 0) |
    (lo & U ? PageFlags.USER : 0) |
    (lo & G ? PageFlags.GLOBAL : 0) |
    (lo & A ? PageFlags.ACCESSED : 0) |
    (lo & D ? PageFlags.DIRTY : 0) |
    ((TYPES[(hi & PBMT) >>> PBMT_SHIFT] ?? 0) << MEMORY_TYPE_SHIFT) |
    ((lo & RSW) << RSW_SHIFT)
  );
}

/** The low half of a leaf with `flags`, without its address. What may not be executed can be read: else it would be a table. */
export function lowOfLeaf(flags: number): number {
  const readable = flags & (PageFlags.READ | PageFlags.WRITE) || !(flags & PageFlags.EXEC);
  return (
    V |
    (readable ? R : 0) |
    (flags & PageFlags.WRITE ? W : 0) |
    (flags & PageFlags.EXEC ? X : 0) |
    (flags & PageFlags.USER ? U : 0) |
    (flags & PageFlags.GLOBAL ? G : 0) |
    (flags & PageFlags.ACCESSED ? A : 0) |
    (flags & PageFlags.DIRTY ? D : 0) |
    ((flags >>> RSW_SHIFT) & RSW)
  );
}

/** The high half of a leaf with `flags`, without its address. */
export function highOfLeaf(svpbmt: boolean, flags: number): number {
  return svpbmt ? PBMT_OF[(flags & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT]! << PBMT_SHIFT : 0;
}

/** A physical address in its place in the low half. */
export const lowOfAddress = (physical: number): number => ((physical / 4096) % 2 ** 22) * 2 ** 10;
/** The same in the high half. */
export const highOfAddress = (physical: number): number => Math.floor(physical / 2 ** 34);
