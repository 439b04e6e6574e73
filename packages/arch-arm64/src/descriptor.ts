import { MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "@kasan/mmu";

/**
 * Bits of a descriptor in its low half, as masks (Arm ARM D8.3.1). Names as in the manual; Linux's are in
 * `arch/arm64/include/asm/pgtable-hwdef.h`.
 */
export const DescriptorBits = {
  /** Valid. */
  VALID: 1 << 0,
  /** Clear: a block. Set: a table, or at level 3 a page. */
  TABLE: 1 << 1,
  /** The memory attributes' index in MAIR_EL1, 0 … 7. */
  ATTR_INDX: 7 << 2,
  /** Non-secure. */
  NS: 1 << 5,
  /** AP[1]: user code may access (Linux: `PTE_USER`). */
  AP_USER: 1 << 6,
  /** AP[2]: read-only (Linux: `PTE_RDONLY`). */
  AP_READ_ONLY: 1 << 7,
  /** Shareability: 0 none, 2 outer, 3 inner. With FEAT_LPA2 these bits are of the address instead. */
  SH: 3 << 8,
  /** Access flag. */
  AF: 1 << 10,
  /** Not global. */
  NG: 1 << 11,
} as const;

/** Bits of a descriptor in its high half, as masks of that half. */
export const DescriptorHighBits = {
  /** Bit 50: guarded; indirect branches must land on a BTI. */
  GP: 1 << 18,
  /** Bit 51: dirty bit modifier; hardware may make the page writable (Linux: `PTE_WRITE`). */
  DBM: 1 << 19,
  /** Bit 52: one of a set of entries that one TLB entry may hold. */
  CONTIGUOUS: 1 << 20,
  /** Bit 53: the kernel may not execute. */
  PXN: 1 << 21,
  /** Bit 54: user code may not execute. */
  UXN: 1 << 22,
  /** Bit 55, for software; Linux: `PTE_DIRTY`. */
  DIRTY: 1 << 23,
  /** Bit 56, for software; Linux: `PTE_SPECIAL`. */
  SPECIAL: 1 << 24,
  /** Bit 57, for software; Linux: `PTE_DEVMAP`. */
  DEVMAP: 1 << 25,
  /** Bit 58, for software; Linux: `PTE_UFFD_WP`. */
  UFFD_WP: 1 << 26,
  /** Bit 59 of a table: the kernel may not execute below. */
  PXN_TABLE: 1 << 27,
  /** Bit 60 of a table: user code may not execute below. */
  UXN_TABLE: 1 << 28,
  /** Bit 61 of a table, APTable[0]: user code may not access below. */
  AP_TABLE_NO_USER: 1 << 29,
  /** Bit 62 of a table, APTable[1]: read-only below. */
  AP_TABLE_READ_ONLY: 1 << 30,
  /** Bit 63 of a table: the tables below are non-secure. */
  NS_TABLE: 1 << 31,
} as const;

/**
 * The bits of flags that `PageFlags` of `@kasan/mmu` leaves to the architecture. Mapping with them sets them, and changing
 * permissions keeps them.
 */
export const Arm64Flags = {
  /** User code may execute: {@link DescriptorHighBits.UXN} is clear. */
  USER_EXEC: 1 << 12,
  /** How {@link DescriptorBits.SH} differs from inner shareable, which Linux maps memory as: SH XOR 3, shifted left by 13. */
  NOT_INNER_SHAREABLE: 3 << 13,
  /** {@link DescriptorHighBits.GP}. */
  GUARDED: 1 << 15,
  /** {@link DescriptorHighBits.CONTIGUOUS}. The set of entries must be complete, aligned and alike. */
  CONTIGUOUS: 1 << 16,
  /** {@link DescriptorHighBits.SPECIAL}. */
  SPECIAL: 1 << 17,
  /** {@link DescriptorHighBits.DEVMAP}. */
  DEVMAP: 1 << 18,
  /** {@link DescriptorHighBits.UFFD_WP}. */
  UFFD_WP: 1 << 19,
  /** Bits 59 to 63 of a page or block: PBHA, and one that is ignored. */
  IGNORED: 0x1f << 20,
  /** {@link DescriptorBits.NS}. */
  NON_SECURE: 1 << 25,
} as const;

const { AP_USER, AP_READ_ONLY, SH, AF, NG, NS } = DescriptorBits;
const { GP, DBM, CONTIGUOUS, PXN, UXN, DIRTY } = DescriptorHighBits;
/** How far left of SH (bit 8) flags hold it. */
const SH_SHIFT = 5;
/** Bits 56 … 63 of a leaf, in the high half, and how far left of {@link Arm64Flags.SPECIAL} they are. */
const KEPT_HIGH = 0xff << 24;
const KEPT_SHIFT = 7;
const KEPT_FLAGS = 0xff << 17;

/** One of the eight memory attributes of MAIR_EL1. */
export interface MairAttribute {
  /** Linux's name for the type, without `MT_`. */
  readonly name: string;
  /** The byte in MAIR_EL1. */
  readonly value: number;
  /** The {@link MemoryType}. */
  readonly type: number;
}

/** MAIR_EL1 as Linux sets it, by index (`MAIR_EL1_SET` in arch/arm64/mm/proc.S, with MTE). */
export const LINUX_MAIR: readonly MairAttribute[] = [
  { name: "NORMAL", value: 0xff, type: MemoryType.WRITE_BACK },
  { name: "NORMAL_TAGGED", value: 0xf0, type: MemoryType.TAGGED },
  { name: "NORMAL_NC", value: 0x44, type: MemoryType.WRITE_COMBINING },
  { name: "DEVICE_nGnRnE", value: 0x00, type: MemoryType.UNCACHED },
  { name: "DEVICE_nGnRE", value: 0x04, type: MemoryType.UNCACHED_MINUS },
  { name: "DEVICE_nGnRnE", value: 0x00, type: MemoryType.UNCACHED },
  { name: "DEVICE_nGnRnE", value: 0x00, type: MemoryType.UNCACHED },
  { name: "DEVICE_nGnRnE", value: 0x00, type: MemoryType.UNCACHED },
];
const TYPES = Uint8Array.from(LINUX_MAIR, ({ type }) => type);
/** The lowest index of each {@link MemoryType}; NORMAL for those that arm64 lacks. */
const INDEXES = Uint8Array.from({ length: 8 }, (_, type) => Math.max(0, TYPES.indexOf(type)));

/** How a format differs in the flags that a leaf can hold. */
export interface LeafFormat {
  /** FEAT_LPA2: there is no SH. */
  readonly lpa2: boolean;
  /** Whether DBM makes a page writable. */
  readonly hardwareDirty: boolean;
}

/** The {@link PageFlags} and {@link Arm64Flags} that a leaf can hold. */
export function leafFlags({ lpa2 }: LeafFormat): number {
  const own = (1 << 26) - (1 << 12);
  return 0x7f | PageFlags.MEMORY_TYPE | (lpa2 ? own & ~Arm64Flags.NOT_INNER_SHAREABLE : own);
}

/**
 * The flags of a leaf. With hardware management of the dirty state, a page with DBM that is read-only is writable and
 * clean, and one that is not read-only counts as dirty, because nothing marks it. Without, AP[2] alone decides, and
 * "dirty" is Linux's software bit.
 */
export function flagsOf(format: LeafFormat, lo: number, hi: number): number {
  const { hardwareDirty } = format;
  const open = !(lo & AP_READ_ONLY);
  return (
    PageFlags.READ |
    (open || (hardwareDirty && hi & DBM) ? PageFlags.WRITE : 0) |
    (hi & PXN ? 0 : PageFlags.EXEC) |
    (lo & AP_USER ? PageFlags.USER : 0) |
    (lo & NG ? 0 : PageFlags.GLOBAL) |
    (lo & AF ? PageFlags.ACCESSED : 0) |
    (hi & DIRTY || (hardwareDirty && open) ? PageFlags.DIRTY : 0) |
    (TYPES[(lo >>> 2) & 7]! << MEMORY_TYPE_SHIFT) |
    (hi & UXN ? 0 : Arm64Flags.USER_EXEC) |
    (format.lpa2 ? 0 : (~lo & SH) << SH_SHIFT) |
    (hi & GP ? Arm64Flags.GUARDED : 0) |
    (hi & CONTIGUOUS ? Arm64Flags.CONTIGUOUS : 0) |
    ((hi & KEPT_HIGH) >>> KEPT_SHIFT) |
    (lo & NS ? Arm64Flags.NON_SECURE : 0)
  );
}

/** The low half of a page or block with `flags`, without address and type. */
export function lowOfLeaf(format: LeafFormat, flags: number): number {
  const clean = format.hardwareDirty && !(flags & PageFlags.DIRTY);
  return (
    DescriptorBits.VALID |
    (INDEXES[(flags & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT]! << 2) |
    (flags & Arm64Flags.NON_SECURE ? NS : 0) |
    (flags & PageFlags.USER ? AP_USER : 0) |
    (flags & PageFlags.WRITE && !clean ? 0 : AP_READ_ONLY) |
    (format.lpa2 ? 0 : (~flags >>> SH_SHIFT) & SH) |
    (flags & PageFlags.ACCESSED ? AF : 0) |
    (flags & PageFlags.GLOBAL ? 0 : NG)
  );
}

/** The high half of a page or block with `flags`, without address. */
export function highOfLeaf(flags: number): number {
  return (
    (flags & Arm64Flags.GUARDED ? GP : 0) |
    (flags & PageFlags.WRITE ? DBM : 0) |
    (flags & Arm64Flags.CONTIGUOUS ? CONTIGUOUS : 0) |
    (flags & PageFlags.EXEC ? 0 : PXN) |
    (flags & Arm64Flags.USER_EXEC ? 0 : UXN) |
    (flags & PageFlags.DIRTY ? DIRTY : 0) |
    ((flags & KEPT_FLAGS) << KEPT_SHIFT)
  );
}

/** The permissions that a table passes on to the levels below it, as a mask for flags. */
export function limitOf(hi: number): number {
  return ~(
    (hi & DescriptorHighBits.AP_TABLE_READ_ONLY ? PageFlags.WRITE : 0) |
    (hi & DescriptorHighBits.AP_TABLE_NO_USER ? PageFlags.USER : 0) |
    (hi & DescriptorHighBits.PXN_TABLE ? PageFlags.EXEC : 0) |
    (hi & DescriptorHighBits.UXN_TABLE ? Arm64Flags.USER_EXEC : 0)
  );
}

/**
 * The high half of a table that permits `flags`, without address: UXNTable on kernel tables, as Linux's `__pmd_populate` and
 * its kin set it; the others only where something is not permitted.
 */
export function highOfTable(flags: number): number {
  return (
    (flags & PageFlags.WRITE ? 0 : DescriptorHighBits.AP_TABLE_READ_ONLY) |
    (flags & PageFlags.EXEC ? 0 : DescriptorHighBits.PXN_TABLE) |
    (flags & PageFlags.USER ? 0 : DescriptorHighBits.UXN_TABLE)
  );
}
