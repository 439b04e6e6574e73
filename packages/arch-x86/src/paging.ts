import { Access, type DecodedEntry, type Entry, type EntryKind, type Level, PageFlags } from "@kasan/mmu";
import type { Platform } from "@kasan/platform";
import { X86_CORE } from "./core.ts";
import {
  decodeEntry,
  EntryBits,
  EntryHighBits,
  type EntryPlace,
  flagsOf,
  highOfLeaf,
  LEAF_FLAGS,
  limitOf,
  lowOfLeaf,
} from "./entry.ts";
import { X86Error } from "./error.ts";
import { type X86Levels, x86Layout, x86Regions, x86Spans } from "./layout.ts";
import { x86Listing } from "./listing.ts";
import { X86_MEMORY } from "./memory-model.ts";
import { X86_WORDS } from "./words.ts";

/** Options of an x86-64 processor and its set-up. */
export interface X86Options {
  /** 4 or, with `CR4.LA57`, 5. */
  readonly levels: X86Levels;
  /** MAXPHYADDR, 33 … 52: 46 for 4 levels and 52 for 5 by default. */
  readonly physicalBits?: number;
  /** Whether pages can be no-execute (`EFER.NXE`); true by default. */
  readonly nx?: boolean;
  /** Whether PUD entries can map 1 GiB (CPUID's `pdpe1gb`); true by default. */
  readonly gigabytePages?: boolean;
  /** Whether the kernel is kept from executing user pages (`CR4.SMEP`); true by default. */
  readonly smep?: boolean;
  /** Whether the kernel is kept from accessing user pages (`CR4.SMAP`, `EFLAGS.AC` clear); true by default. */
  readonly smap?: boolean;
  /** `KERNEL_IMAGE_SIZE`, a power of two: 2^29 by default, 2^30 in kernels that can be moved (`CONFIG_RANDOMIZE_BASE`). */
  readonly kernelImageBytes?: number;
}

/** From the root on; 4 levels leave out the first, and call the next PGD. */
const LEVELS: readonly Level[] = [
  { name: "PGD", shift: 48, indexBits: 9, leaf: false },
  { name: "P4D", shift: 39, indexBits: 9, leaf: false },
  { name: "PUD", shift: 30, indexBits: 9, leaf: true },
  { name: "PMD", shift: 21, indexBits: 9, leaf: true },
  { name: "PTE", shift: 12, indexBits: 9, leaf: true },
];

/**
 * x86-64's page tables (Intel SDM vol. 3A, chapter 4), with Linux's address-space layout, PAT and use of software bits, and
 * supervisor writes to read-only pages forbidden (`CR0.WP`).
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 *
 * const { levels, layout } = x86_64({ levels: 5 });
 * console.log(levels.map(({ name }) => name).join(" ")); // PGD P4D PUD PMD PTE
 * console.log(layout.shadowOffset.toString(16)); // dffffc0000000000
 * ```
 * @throws {@link X86Error} `X86_OPTIONS` if an option is out of range.
 */
export function x86_64(options: X86Options): Platform {
  const { levels: depth, nx = true, gigabytePages = true, smep = true, smap = true } = options;
  const { kernelImageBytes = 2 ** 29 } = options;
  const { physicalBits = depth === 5 ? 52 : 46 } = options;
  if (depth !== 4 && depth !== 5) throw new X86Error("X86_OPTIONS", `x86-64 has 4 or 5 levels, not ${depth}`);
  if (!Number.isInteger(physicalBits) || physicalBits < 33 || physicalBits > 52) {
    throw new X86Error("X86_OPTIONS", `physical addresses of x86-64 have 33 to 52 bits, not ${physicalBits}`);
  }

  if (kernelImageBytes !== 2 ** 29 && kernelImageBytes !== 2 ** 30) {
    throw new X86Error("X86_OPTIONS", `kernel images of x86-64 have up to 2^29 or 2^30 bytes, not ${kernelImageBytes}`);
  }

  const format = { physicalBits, nx, gigabytePages };
  const levels = LEVELS.slice(5 - depth).map((level, i) => ({
    ...level,
    name: i === 0 ? "PGD" : level.name,
    leaf: level.leaf && (gigabytePages || level.shift !== 30),
  }));
  const last = depth - 1;
  const highFrame = 2 ** (physicalBits - 32) - 1;
  const reservedHigh = (0xfffff & ~highFrame) | (nx ? 0 : EntryHighBits.NX);
  /** By level: the bits of the low half that must be 0 in a page (13 up to the page's size). */
  const reservedLow = levels.map(({ shift, leaf }) => (leaf && shift > 12 ? 2 ** shift - 2 ** 13 : 0));
  /** By level: the bits of the low half that are a page's address. */
  const pageMask = levels.map(({ shift, leaf }) => (leaf ? -(2 ** shift) : -4096));

  const kind = (level: number, lo: number, hi: number): EntryKind => {
    if (!(lo & EntryBits.P)) return "none";
    if (hi & reservedHigh) return "reserved";
    if (level === last) return "leaf";
    if (!(lo & EntryBits.PS)) return "table";
    return levels[level]!.leaf && !(lo & reservedLow[level]!) ? "leaf" : "reserved";
  };
  const frame = (level: number, lo: number, hi: number): number => {
    const mask = level !== last && lo & EntryBits.PS ? pageMask[level]! : -4096;
    return (hi & highFrame) * 2 ** 32 + ((lo & mask) >>> 0);
  };
  const layout = x86Layout(depth, kernelImageBytes);
  const edge = depth === 5 ? 2 ** 44 : 2 ** 35;

  return {
    name: `x86-64, ${depth} levels`,
    pageShift: 12,
    levels,
    physicalBits,
    roots: ["CR3"],
    spans: x86Spans(depth),
    ignoredTopBits: 0,
    breakBeforeMake: false,
    leafFlags: LEAF_FLAGS,
    layout,
    regions: x86Regions(depth, layout),
    root: (vpn) => (vpn < edge || vpn >= 2 ** 52 - edge ? 0 : -1),
    kind,
    frame,
    flags: (level, lo, hi) => flagsOf(level !== last, lo, hi),
    limit: (_level, lo, hi) => limitOf(lo, hi),
    check(flags, access) {
      if (access & Access.USER) {
        if (!(flags & PageFlags.USER)) return "protection";
      } else if (flags & PageFlags.USER && (access & Access.EXECUTE ? smep : smap)) return "protection";
      if (access & Access.WRITE && !(flags & PageFlags.WRITE)) return "protection";
      if (access & Access.EXECUTE && !(flags & PageFlags.EXEC)) return "protection";
      return undefined;
    },
    withAccessed: (_level, lo) => lo | EntryBits.A,
    withDirty: (_level, lo) => lo | EntryBits.D,
    encodeLeaf(level: number, physical: number, flags: number, out: Entry) {
      out.lo = physical | 0 | lowOfLeaf(level !== last, flags);
      out.hi = Math.floor(physical / 2 ** 32) | highOfLeaf(nx, flags);
    },
    // A and D set as in Linux's _KERNPG_TABLE and _PAGE_TABLE.
    encodeTable(_level: number, physical: number, flags: number, out: Entry) {
      const user = flags & PageFlags.USER ? EntryBits.US : 0;
      out.lo = physical | 0 | EntryBits.P | EntryBits.A | EntryBits.D | (flags & PageFlags.WRITE) | user;
      out.hi = Math.floor(physical / 2 ** 32) | (nx && !(flags & PageFlags.EXEC) ? EntryHighBits.NX : 0);
    },
    decode(level: number, entry: bigint): DecodedEntry {
      const lo = Number(entry & 0xffff_ffffn);
      const hi = Number(entry >> 32n);
      const place = levels[level]!.name as EntryPlace;
      return decodeEntry(format, place, kind(level, lo, hi), frame(level, lo, hi), entry);
    },
    words: X86_WORDS,
    source: { folder: "x86", config: ["X86_64", "X86"] },
    division: "traps",
    memoryModel: X86_MEMORY,
    core: X86_CORE,
    listing: x86Listing,
  };
}
