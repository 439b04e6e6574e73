import type { EntryField, EntryKind } from "@kasan/mmu";
import { EntryBits, frameOf, PBMT_NAMES } from "./entry.ts";

/** The fields of an entry (0 … 2^64-1), from bit 63 down. */
export function fieldsOf(kind: EntryKind, shift: number, entry: bigint): EntryField[] {
  const valid = (entry & BigInt(EntryBits.V)) !== 0n;
  if (!valid) {
    return [
      { name: "ignored", high: 63, low: 1, value: entry >> 1n },
      { name: "V", high: 0, low: 0, value: 0n, meaning: "not valid" },
    ];
  }
  const leaf = (entry & BigInt(EntryBits.R | EntryBits.W | EntryBits.X)) !== 0n;
  const field = (high: number, low: number, name: string, meaning?: (value: bigint) => string | undefined) => {
    const value = (entry >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
    const text = meaning?.(value);
    return { name, high, low, value, ...(text === undefined ? {} : { meaning: text }) };
  };
  /** Words for a bit that is set, of a leaf. */
  const set = (words: string) => (value: bigint) => (leaf && value ? words : undefined);
  return [
    field(63, 63, "N", set("one of 16 entries that map 64 KiB (Svnapot)")),
    field(62, 61, "PBMT", (value) => (leaf ? `memory type ${PBMT_NAMES[Number(value)]}` : undefined)),
    field(60, 54, "reserved"),
    field(53, 10, "PPN", (value) => ppnMeaning(kind, shift, value, entry)),
    field(9, 9, "RSW1", set("Linux: DEVMAP")),
    field(8, 8, "RSW0", set("Linux: SPECIAL")),
    field(7, 7, "D", set("dirty")),
    field(6, 6, "A", set("accessed")),
    field(5, 5, "G", (value) => (value ? "global" : undefined)),
    field(4, 4, "U", (value) => (leaf ? (value ? "user" : "supervisor") : undefined)),
    field(3, 3, "X", (value) => (leaf ? (value ? "executable" : "no execute") : undefined)),
    field(2, 2, "W", (value) => (leaf ? (value ? "writable" : "read-only") : undefined)),
    field(1, 1, "R", () => (leaf ? undefined : "points to a table")),
    field(0, 0, "V", () => "valid"),
  ];
}

function ppnMeaning(kind: EntryKind, shift: number, ppn: bigint, entry: bigint): string {
  if (kind === "leaf" && shift === 12) {
    const physical = frameOf(Number(entry & 0xffff_ffffn), Number(entry >> 32n), 0);
    return `physical 0x${physical.toString(16)}`;
  }
  const misaligned = kind === "reserved" && shift > 12 && (ppn & ((1n << BigInt(shift - 12)) - 1n)) !== 0n;
  return `physical 0x${(ppn << 12n).toString(16)}${misaligned ? ", misaligned if it maps a page of this level" : ""}`;
}
