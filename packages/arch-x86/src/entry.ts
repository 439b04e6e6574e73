import {
  type DecodedEntry,
  type EntryField,
  type EntryKind,
  MEMORY_TYPE_SHIFT,
  MemoryType,
  PageFlags,
} from "@kasan/mmu";

/**
 * Bits of an entry in its low half, as masks (Intel SDM vol. 3A, tables 4-14 to 4-20). Names as in the SDM; what Linux
 * uses the software bits for is from `arch/x86/include/asm/pgtable_types.h`.
 */
export const EntryBits = {
  /** Present. */
  P: 1 << 0,
  /** Writable, as far as this entry goes. */
  RW: 1 << 1,
  /** User code may access, as far as this entry goes. */
  US: 1 << 2,
  /** Page-level write-through: bit 0 of the PAT index. */
  PWT: 1 << 3,
  /** Page-level cache disable: bit 1 of the PAT index. */
  PCD: 1 << 4,
  /** Accessed; set by hardware in every entry that it uses. */
  A: 1 << 5,
  /** Dirty; set by hardware in a leaf. */
  D: 1 << 6,
  /** Page size: set in a PUD or PMD entry that maps a page. */
  PS: 1 << 7,
  /** Bit 2 of the PAT index, in a PTE. */
  PAT: 1 << 7,
  /** Global. */
  G: 1 << 8,
  /** Software bit; Linux: SPECIAL. */
  SOFTW1: 1 << 9,
  /** Software bit; Linux: UFFD_WP. */
  SOFTW2: 1 << 10,
  /** Software bit; Linux: SOFT_DIRTY. */
  SOFTW3: 1 << 11,
  /** Bit 2 of the PAT index, in a PUD or PMD entry that maps a page. */
  PAT_LARGE: 1 << 12,
} as const;

/** Bits of an entry in its high half, as masks of that half. */
export const EntryHighBits = {
  /** Bit 57, a software bit; Linux: DEVMAP. */
  SOFTW4: 1 << 25,
  /** Bit 58, a software bit; Linux: SAVED_DIRTY in a leaf, NOPTISHADOW in a PGD entry. */
  SOFTW5: 1 << 26,
  /** Bits 59 to 62: the protection key of a leaf. */
  PKEY: 0xf << 27,
  /** Bit 63: no execute (XD in the SDM). */
  NX: 1 << 31,
} as const;

/**
 * The bits of flags that `PageFlags` of `@kasan/mmu` leaves to the architecture: software bits and the protection key. Mapping with them
 * sets them, and changing permissions keeps them.
 */
export const X86Flags = {
  /** {@link EntryBits.SOFTW1}. */
  SPECIAL: 1 << 12,
  /** {@link EntryBits.SOFTW2}. */
  UFFD_WP: 1 << 13,
  /** {@link EntryBits.SOFTW3}. */
  SOFT_DIRTY: 1 << 14,
  /** Bits 52 to 56, which Linux does not use. */
  IGNORED: 0x1f << 15,
  /** {@link EntryHighBits.SOFTW4}. */
  DEVMAP: 1 << 20,
  /** {@link EntryHighBits.SOFTW5}. */
  SAVED_DIRTY: 1 << 21,
  /** The protection key, 0 … 15, shifted left by 22. */
  PKEY: 0xf << 22,
} as const;

const SOFTWARE_LOW = EntryBits.SOFTW1 | EntryBits.SOFTW2 | EntryBits.SOFTW3;
/** How far left of an entry's bits 9 … 11 the flags hold them. */
const SOFTWARE_LOW_SHIFT = 3;
/** Bits 52 … 62 in the high half, and how far left of there the flags hold them. */
const SOFTWARE_HIGH = 0x7ff << 20;
const SOFTWARE_HIGH_SHIFT = 5;

/** The memory types by PAT index, in the MSR as Linux sets it (`pat_bp_init` in `arch/x86/mm/pat/memtype.c`). */
export const LINUX_PAT: readonly number[] = [
  MemoryType.WRITE_BACK,
  MemoryType.WRITE_COMBINING,
  MemoryType.UNCACHED_MINUS,
  MemoryType.UNCACHED,
  MemoryType.WRITE_BACK,
  MemoryType.WRITE_PROTECT,
  MemoryType.UNCACHED_MINUS,
  MemoryType.WRITE_THROUGH,
];
/** The names of {@link LINUX_PAT}, as `/sys/kernel/debug/x86/pat_memtype_list` and the boot log spell them. */
const PAT_NAMES = ["WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT"] as const;
/** The lowest PAT index of each {@link MemoryType}; write-back for those that x86 lacks. */
const PAT_INDEX = Array.from({ length: 8 }, (_, type) => Math.max(0, LINUX_PAT.indexOf(type)));

/** The {@link PageFlags} and {@link X86Flags} that a leaf can hold. */
export const LEAF_FLAGS = 0x7f | PageFlags.MEMORY_TYPE | (0x3fff << 12);

/** The kinds of entries, by level. */
export type EntryPlace = "PGD" | "P4D" | "PUD" | "PMD" | "PTE";

/** Differences between processors: the width of a physical address, and whether NX is on (`EFER.NXE`). */
export interface EntryFormat {
  /** MAXPHYADDR, 33 … 52. */
  readonly physicalBits: number;
  /** Whether bit 63 forbids execution; it is reserved otherwise. */
  readonly nx: boolean;
  /** Whether a PUD entry can map 1 GiB. */
  readonly gigabytePages: boolean;
}

/** Reads the PAT index of a leaf. */
function patIndex(large: boolean, lo: number): number {
  return ((lo >>> 3) & 3) | (lo & (large ? EntryBits.PAT_LARGE : EntryBits.PAT) ? 4 : 0);
}

/** The {@link PageFlags} of a leaf; `large` if it is a PUD or PMD entry. */
export function flagsOf(large: boolean, lo: number, hi: number): number {
  return (
    PageFlags.READ |
    (lo & EntryBits.RW) | // the same bit as WRITE
    (hi & EntryHighBits.NX ? 0 : PageFlags.EXEC) |
    (lo & EntryBits.US ? PageFlags.USER : 0) |
    (lo & EntryBits.G ? PageFlags.GLOBAL : 0) |
    (lo & (EntryBits.A | EntryBits.D)) | // the same bits as ACCESSED and DIRTY
    (LINUX_PAT[patIndex(large, lo)]! << MEMORY_TYPE_SHIFT) |
    ((lo & SOFTWARE_LOW) << SOFTWARE_LOW_SHIFT) |
    ((hi & SOFTWARE_HIGH) >>> SOFTWARE_HIGH_SHIFT)
  );
}

/** The low half of a leaf with `flags`, without its address. */
export function lowOfLeaf(large: boolean, flags: number): number {
  const pat = PAT_INDEX[(flags & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT]!;
  return (
    EntryBits.P |
    (flags & PageFlags.WRITE) |
    (flags & PageFlags.USER ? EntryBits.US : 0) |
    (flags & PageFlags.GLOBAL ? EntryBits.G : 0) |
    (flags & (PageFlags.ACCESSED | PageFlags.DIRTY)) |
    ((pat & 3) << 3) |
    (pat & 4 ? (large ? EntryBits.PAT_LARGE : EntryBits.PAT) : 0) |
    (large ? EntryBits.PS : 0) |
    ((flags >>> SOFTWARE_LOW_SHIFT) & SOFTWARE_LOW)
  );
}

/** The high half of a leaf with `flags`, without its address. */
export function highOfLeaf(nx: boolean, flags: number): number {
  return ((flags << SOFTWARE_HIGH_SHIFT) & SOFTWARE_HIGH) | (nx && !(flags & PageFlags.EXEC) ? EntryHighBits.NX : 0);
}

/** The permissions of a table entry, as a mask for flags. */
export function limitOf(lo: number, hi: number): number {
  return ~(
    (lo & EntryBits.RW ? 0 : PageFlags.WRITE) |
    (lo & EntryBits.US ? 0 : PageFlags.USER) |
    (hi & EntryHighBits.NX ? PageFlags.EXEC : 0)
  );
}

/** log2 of the bytes that a leaf in this place maps; 12 for places that hold no leaf. */
function leafShift(place: EntryPlace): number {
  return place === "PUD" ? 30 : place === "PMD" ? 21 : 12;
}

/** Takes an entry (0 … 2^64-1) apart. `kind` is what it is, and `physical` where it points. */
export function decodeEntry(
  format: EntryFormat,
  place: EntryPlace,
  kind: EntryKind,
  physical: number,
  entry: bigint,
): DecodedEntry {
  const lo = Number(entry & 0xffff_ffffn);
  const hi = Number(entry >> 32n);
  const points = kind === "leaf" || kind === "table";
  return {
    kind,
    physical: points ? physical : undefined,
    flags: kind === "leaf" ? flagsOf(place !== "PTE", lo, hi) : 0,
    fields: kind === "none" ? absentFields(entry) : fieldsOf(format, place, entry),
  };
}

/** The fields of an entry that is not present: the processor looks at nothing but P. */
function absentFields(entry: bigint): EntryField[] {
  return [
    { name: "ignored", high: 63, low: 1, value: entry >> 1n },
    { name: "P", high: 0, low: 0, value: 0n, meaning: "not present" },
  ];
}

/** The fields of a present entry, from bit 63 down. */
function fieldsOf(format: EntryFormat, place: EntryPlace, entry: bigint): EntryField[] {
  const fields: EntryField[] = [];
  let next = 63;
  /** Adds the field that ends at bit `low`. */
  const add = (low: number, name: string, meaning?: (value: bigint) => string | undefined) => {
    if (low > next) return;
    const value = (entry >> BigInt(low)) & ((1n << BigInt(next - low + 1)) - 1n);
    const text = meaning?.(value);
    fields.push({ name, high: next, low, value, ...(text === undefined ? {} : { meaning: text }) });
    next = low - 1;
  };
  const leaf = place === "PTE" || ((place === "PUD" || place === "PMD") && (entry & 0x80n) !== 0n);
  const large = leaf && place !== "PTE";
  const shift = leaf ? leafShift(place) : 12;
  const linux = (name: string) => (value: bigint) => (leaf && value ? `Linux: ${name}` : undefined);
  const unless = (what: string) => (value: bigint) => (value ? undefined : what);

  add(63, format.nx ? "NX" : "reserved", (value) => (value && format.nx ? "no execute" : undefined));
  add(59, leaf ? "PKEY" : "ignored");
  add(
    58,
    leaf ? "SOFTW5" : "ignored",
    place === "PGD" ? (v) => (v ? "Linux: NOPTISHADOW" : undefined) : linux("SAVED_DIRTY"),
  );
  add(57, leaf ? "SOFTW4" : "ignored", linux("DEVMAP"));
  add(52, "ignored");
  add(format.physicalBits, "reserved");
  add(shift, leaf ? "page" : "table", (value) => `physical 0x${(value << BigInt(shift)).toString(16)}`);
  if (large) {
    add(13, "reserved");
    add(12, "PAT");
  }
  add(11, leaf ? "SOFTW3" : "ignored", linux("SOFT_DIRTY"));
  add(10, leaf ? "SOFTW2" : "ignored", linux("UFFD_WP"));
  add(9, leaf ? "SOFTW1" : "ignored", linux("SPECIAL"));
  add(8, leaf ? "G" : "ignored", (value) => (leaf && value ? "global" : undefined));
  if (place === "PTE") add(7, "PAT");
  else if (place === "PGD" || place === "P4D" || (place === "PUD" && !format.gigabytePages)) add(7, "reserved");
  else add(7, "PS", (value) => (value ? "maps a page" : "points to a table"));
  add(6, leaf ? "D" : "ignored", (value) => (leaf && value ? "dirty" : undefined));
  add(5, "A", (value) => (value ? "accessed" : undefined));
  add(4, "PCD");
  add(3, "PWT", () => (leaf ? `memory type ${PAT_NAMES[patIndex(large, Number(entry & 0xffff_ffffn))]}` : undefined));
  add(2, "US", (value) => (value ? "user" : "supervisor"));
  add(1, "RW", unless("read-only"));
  add(0, "P", () => "present");
  return fields;
}
