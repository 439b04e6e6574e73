import { type Entry, MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "@kasan/mmu";
import { expect, test } from "vitest";
import { LINUX_PAT, X86Flags } from "./entry.ts";
import { x86_64 } from "./paging.ts";

const four = x86_64({ levels: 4 });
const [PGD, PUD, PMD, PTE] = [0, 1, 2, 3] as const;
const entry: Entry = { lo: 0, hi: 0 };
const leaf = (level: number, physical: number, flags: number) => {
  four.encodeLeaf(level, physical, flags, entry);
  return (BigInt(entry.hi >>> 0) << 32n) | BigInt(entry.lo >>> 0);
};
const { READ, WRITE, EXEC, USER, KERNEL, KERNEL_RO } = PageFlags;

test("entries are those of a real kernel", () => {
  // From the page tables of a 6.12 kernel; their names are in arch/x86/include/asm/pgtable_types.h.
  expect(leaf(PTE, 0, KERNEL)).toBe(0x8000000000000163n);
  expect(leaf(PTE, 0x23ad000, KERNEL_RO)).toBe(0x80000000023ad121n);
  expect(leaf(PMD, 0xb600000, KERNEL)).toBe(0x800000000b6001e3n);
  four.encodeTable(PGD, 0x23ac000, READ | WRITE | EXEC, entry);
  expect([entry.hi, entry.lo]).toEqual([0, 0x23ac063]);
  four.encodeTable(PGD, 0x23ac000, READ | WRITE | EXEC | USER, entry);
  expect([entry.hi, entry.lo]).toEqual([0, 0x23ac067]);
});

test("memory types are PAT indexes, whose third bit moves in large pages", () => {
  const type = (value: number) => READ | EXEC | (value << MEMORY_TYPE_SHIFT);
  expect(leaf(PTE, 0, type(MemoryType.WRITE_COMBINING))).toBe(0x9n);
  expect(leaf(PTE, 0, type(MemoryType.UNCACHED_MINUS))).toBe(0x11n);
  expect(leaf(PTE, 0, type(MemoryType.UNCACHED))).toBe(0x19n);
  expect(leaf(PTE, 0, type(MemoryType.WRITE_THROUGH))).toBe(0x99n);
  expect(leaf(PMD, 0, type(MemoryType.WRITE_THROUGH))).toBe(0x1099n);
  expect(leaf(PUD, 0, type(MemoryType.WRITE_PROTECT))).toBe(0x1089n);
  for (let index = 0; index < 8; index++) {
    const lo = 1 | ((index & 3) << 3) | ((index & 4) << 5);
    expect((four.flags(PTE, lo, 0) & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT).toBe(LINUX_PAT[index]);
  }
});

test("software bits and protection keys are flags too", () => {
  expect(leaf(PTE, 0, READ | EXEC | X86Flags.SPECIAL | X86Flags.SOFT_DIRTY)).toBe(0xa01n);
  expect(leaf(PTE, 0, READ | EXEC | X86Flags.UFFD_WP)).toBe(0x401n);
  expect(leaf(PTE, 0, READ | EXEC | X86Flags.DEVMAP)).toBe((1n << 57n) | 1n);
  expect(leaf(PTE, 0, READ | EXEC | X86Flags.SAVED_DIRTY)).toBe((1n << 58n) | 1n);
  expect(leaf(PTE, 0, READ | EXEC | X86Flags.PKEY)).toBe((0xfn << 59n) | 1n);
});

test("decode names each field at each level", () => {
  const shown = (level: number, bits: bigint, architecture = four) =>
    architecture
      .decode(level, bits)
      .fields.filter(({ value }) => value !== 0n)
      .map(({ name, high, low, meaning }) => [name, high === low ? high : `${high}-${low}`, meaning].join(" ").trim());
  expect(shown(PTE, 0x80000000023ad121n)).toEqual([
    "NX 63 no execute",
    "page 45-12 physical 0x23ad000",
    "G 8 global",
    "A 5 accessed",
    "P 0 present",
  ]);
  expect(shown(PMD, 0x8a000000_0b601de3n)).toEqual([
    "NX 63 no execute",
    "PKEY 62-59",
    "SOFTW4 57 Linux: DEVMAP",
    "page 45-21 physical 0xb600000",
    "PAT 12",
    "SOFTW3 11 Linux: SOFT_DIRTY",
    "SOFTW2 10 Linux: UFFD_WP",
    "G 8 global",
    "PS 7 maps a page",
    "D 6 dirty",
    "A 5 accessed",
    "RW 1",
    "P 0 present",
  ]);
  expect(shown(PGD, 0x40000000023ac0e7n)).toContain("reserved 7");
  expect(shown(PUD, 0xe3n, x86_64({ levels: 4, gigabytePages: false }))).toContain("reserved 7");
  expect(shown(PGD, 0x04000000023ac063n)).toContain("ignored 58 Linux: NOPTISHADOW");
  expect(shown(PTE, 0x8000400000000001n, x86_64({ levels: 4, nx: false }))).toEqual([
    "reserved 63",
    "reserved 51-46",
    "P 0 present",
  ]);
  expect(shown(PTE, 0xff0n)).toEqual(["ignored 63-1"]);
  const meaning = (bits: bigint) => four.decode(PTE, bits).fields.find(({ name }) => name === "PWT")?.meaning;
  expect(meaning(0x99n)).toBe("memory type WT");
});
