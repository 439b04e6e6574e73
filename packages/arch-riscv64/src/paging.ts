import { Access, type DecodedEntry, type Entry, type EntryKind, type Level, PageFlags } from "@kasan/mmu";
import type { Platform } from "@kasan/platform";
import { RISCV64_CORE } from "./core.ts";
import {
  EntryBits,
  flagsOf,
  frameOf,
  highOfAddress,
  highOfLeaf,
  kindOf,
  leafFlags,
  lowOfAddress,
  lowOfLeaf,
} from "./entry.ts";
import { Riscv64Error } from "./error.ts";
import { fieldsOf } from "./fields.ts";
import { type Riscv64Levels, riscv64Layout, riscv64Regions, riscv64Spans, vaBitsOf } from "./layout.ts";
import { riscv64Listing } from "./listing.ts";
import { RISCV64_MEMORY } from "./memory-model.ts";
import { riscv64Words } from "./words.ts";

/** Options of a riscv64 processor and its kernel. */
export interface Riscv64Options {
  /** 3 (Sv39), 4 (Sv48) or 5 (Sv57); 4 by default. */
  readonly levels?: Riscv64Levels;
  /** Whether entries have memory types (Svpbmt); true by default. */
  readonly svpbmt?: boolean;
  /** Whether an entry can be one of 16 that map 64 KiB (Svnapot); true by default. */
  readonly svnapot?: boolean;
  /** Whether hardware sets A and D (Svadu); true by default. If not, an access that needs one set faults (Svade). */
  readonly svadu?: boolean;
  /**
   * Whether new entries are seen without a flush, in bounded time (Svvptc); false by default: a TLB may remember that nothing was
   * mapped (privileged architecture, 4.2.1).
   */
  readonly svvptc?: boolean;
  /** Whether the kernel may access user pages (`sstatus.SUM`); false by default. */
  readonly sum?: boolean;
  /** `MODULES_VADDR` of the kernel at hand; see {@link riscv64Layout}. */
  readonly modulesStart?: bigint;
}

const NAMES = ["PGD", "P4D", "PUD", "PMD", "PTE"] as const;

/** The mode of satp by levels (privileged architecture, table 4.4). */
const MODE: Readonly<Record<Riscv64Levels, bigint>> = { 3: 8n, 4: 9n, 5: 10n };

/** The fields of a satp. */
export interface Satp {
  /** The levels of its mode. */
  readonly levels: Riscv64Levels;
  /** Physical address of the root table. */
  readonly root: number;
}

/** Reads a satp; `undefined` for Bare and for modes that are not known. */
export function readSatp(satp: bigint): Satp | undefined {
  const mode = satp >> 60n;
  const levels = ([3, 4, 5] as const).find((depth) => MODE[depth] === mode);
  return levels && { levels, root: Number(satp & ((1n << 44n) - 1n)) * 4096 };
}

/**
 * riscv64's page tables, Sv39, Sv48 and Sv57 (RISC-V privileged architecture, 4.3 to 4.6, with Svnapot and Svpbmt), with Linux's
 * address-space layout and use of software bits.
 *
 * @example
 * ```ts
 * import { riscv64 } from "@kasan/arch-riscv64";
 *
 * console.log(riscv64({ levels: 3 }).levels.map(({ name }) => name).join(" ")); // PGD PMD PTE
 * ```
 * @throws {@link Riscv64Error} `RISCV_OPTIONS` if an option is out of range.
 */
export function riscv64(options: Riscv64Options = {}): Platform {
  const { levels: depth = 4, svpbmt = true, svnapot = true, svadu = true, svvptc = false, sum = false } = options;
  if (depth !== 3 && depth !== 4 && depth !== 5) {
    throw new Riscv64Error("RISCV_OPTIONS", `riscv64 has 3, 4 or 5 levels of page tables, not ${depth}`);
  }
  const format = { svpbmt, svnapot };
  const last = depth - 1;
  const levels: Level[] = Array.from({ length: depth }, (_, i) => ({
    // The root's entries are the PGD's, at every depth: the levels in between are folded.
    name: i === 0 ? "PGD" : NAMES[i + 5 - depth]!,
    shift: 12 + 9 * (last - i),
    indexBits: 9,
    leaf: true,
  }));
  const alignments = levels.map(({ shift }) => 2 ** (shift - 12));
  const edge = 2 ** (vaBitsOf(depth) - 13);
  const layout = riscv64Layout(depth, options.modulesStart);

  const kind = (level: number, lo: number, hi: number): EntryKind =>
    kindOf(format, level === last, alignments[level]!, lo, hi);
  const frame = (_level: number, lo: number, hi: number, vpn: number): number => frameOf(lo, hi, vpn);
  return {
    name: `riscv64, Sv${vaBitsOf(depth)}`,
    pageShift: 12,
    levels,
    physicalBits: 56,
    roots: ["satp"],
    spans: riscv64Spans(depth),
    ignoredTopBits: 0,
    breakBeforeMake: false,
    cachesInvalid: !svvptc,
    leafFlags: leafFlags(svpbmt),
    layout,
    regions: riscv64Regions(depth, layout),
    root: (vpn) => (vpn < edge || vpn >= 2 ** 52 - edge ? 0 : -1),
    kind,
    frame,
    flags: (_level, lo, hi) => flagsOf(lo, hi),
    // Tables restrict nothing.
    limit: () => -1,
    check(flags, access) {
      const user = (flags & PageFlags.USER) !== 0;
      if (access & Access.USER) {
        if (!user) return "protection";
        // The kernel never executes user code, whatever SUM says.
      } else if (user && (access & Access.EXECUTE || !sum)) return "protection";
      if (access & Access.READ && !(flags & PageFlags.READ)) return "protection";
      if (access & Access.WRITE && !(flags & PageFlags.WRITE)) return "protection";
      if (access & Access.EXECUTE && !(flags & PageFlags.EXEC)) return "protection";
      if (svadu) return undefined;
      const needed = PageFlags.ACCESSED | (access & Access.WRITE ? PageFlags.DIRTY : 0);
      return (flags & needed) === needed ? undefined : "access-flag";
    },
    withAccessed: (level, lo, hi) => (svadu && kind(level, lo, hi) === "leaf" ? lo | EntryBits.A : lo),
    withDirty: (_level, lo) => (svadu ? lo | EntryBits.D : lo),
    encodeLeaf(_level: number, physical: number, flags: number, out: Entry) {
      out.lo = lowOfAddress(physical) | lowOfLeaf(flags);
      out.hi = highOfAddress(physical) | highOfLeaf(svpbmt, flags);
    },
    encodeTable(_level: number, physical: number, _flags: number, out: Entry) {
      out.lo = lowOfAddress(physical) | EntryBits.V;
      out.hi = highOfAddress(physical);
    },
    decode(level: number, entry: bigint): DecodedEntry {
      const lo = Number(entry & 0xffff_ffffn);
      const hi = Number(entry >> 32n);
      const what = kind(level, lo, hi);
      return {
        kind: what,
        physical: what === "leaf" || what === "table" ? frame(level, lo, hi, 0) : undefined,
        flags: what === "leaf" ? flagsOf(lo, hi) : 0,
        fields: fieldsOf(what, levels[level]!.shift, entry),
      };
    },
    words: riscv64Words(layout.taskSizeMax),
    source: { folder: "riscv", config: ["RISCV"] },
    division: "ones",
    memoryModel: RISCV64_MEMORY,
    core: RISCV64_CORE,
    listing: riscv64Listing,
  };
}
