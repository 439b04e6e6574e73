import { type Entry, PageFlags } from "@kasan/mmu";
import { describe, expect, test } from "vitest";
import { EntryBits, EntryHighBits, Riscv64Flags } from "./entry.ts";
import { readSatp, riscv64 } from "./paging.ts";

const { V, R, W, X, U, G, A, D } = EntryBits;
const sv48 = riscv64({ levels: 4 });
const halves = (entry: bigint): [number, number] => [Number(entry & 0xffff_ffffn), Number(entry >> 32n)];
const kind = (level: number, entry: bigint, architecture = sv48) => architecture.kind(level, ...halves(entry));
const PPN = 0x80200n << 10n;
const bits = (low: number, high = 0) => BigInt(low) | (BigInt(high >>> 0) << 32n);

describe("an entry", () => {
  test.each([
    ["not valid", 3, PPN, "none"],
    ["a page", 3, PPN | bits(V | R | W | A | D), "leaf"],
    ["executable only", 3, PPN | bits(V | X | A), "leaf"],
    ["writable, but not readable", 3, PPN | bits(V | W), "reserved"],
    ["writable and executable, but not readable", 3, PPN | bits(V | W | X), "reserved"],
    ["a pointer", 2, PPN | bits(V), "table"],
    ["a pointer where the last level is", 3, PPN | bits(V), "reserved"],
    ["a pointer that is global", 1, PPN | bits(V | G), "table"],
    ["a pointer with A", 1, PPN | bits(V | A), "reserved"],
    ["a pointer with D", 1, PPN | bits(V | D), "reserved"],
    ["a pointer with U", 1, PPN | bits(V | U), "reserved"],
    ["a pointer with a memory type", 1, PPN | bits(V, 1 << 29), "reserved"],
    ["an aligned megapage", 2, PPN | bits(V | R), "leaf"],
    ["a misaligned megapage", 2, (0x80201n << 10n) | bits(V | R), "reserved"],
    ["an aligned gigapage", 1, (0x80000n << 10n) | bits(V | R), "leaf"],
    ["a misaligned gigapage", 1, PPN | bits(V | R), "reserved"],
    ["a terapage", 0, (0x8000000n << 10n) | bits(V | R), "leaf"],
    ["reserved bits", 3, PPN | bits(V | R, 1 << 22), "reserved"],
    ["the highest reserved bit", 3, PPN | bits(V | R, 1 << 28), "reserved"],
    ["the reserved memory type", 3, PPN | bits(V | R, EntryHighBits.PBMT), "reserved"],
    ["one of 16", 3, (0x80208n << 10n) | bits(V | R, EntryHighBits.N), "leaf"],
    ["one of 16 of a size that does not exist", 3, (0x80204n << 10n) | bits(V | R, EntryHighBits.N), "reserved"],
    ["one of 16 above the last level", 2, (0x80208n << 10n) | bits(V | R, EntryHighBits.N), "reserved"],
  ] as const)("%s at level %i", (_, level, entry, expected) => {
    expect(kind(level, entry)).toBe(expected);
    expect(sv48.decode(level, entry).kind).toBe(expected);
  });

  test("needs its extensions for memory types and for 64 KiB", () => {
    const plain = riscv64({ svpbmt: false, svnapot: false });
    expect(kind(3, PPN | bits(V | R, 1 << 29), plain)).toBe("reserved");
    expect(kind(3, (0x80208n << 10n) | bits(V | R, EntryHighBits.N), plain)).toBe("reserved");
  });

  test("one of 16 leads to a page for each address (Svnapot)", () => {
    const entry = halves((0x80208n << 10n) | bits(V | R, EntryHighBits.N));
    for (const vpn of [0x7f0, 0x7f5, 0x7ff]) expect(sv48.frame(3, ...entry, vpn)).toBe(0x80200000 + (vpn & 15) * 4096);
  });

  test("physical addresses have 56 bits", () => {
    const out: Entry = { lo: 0, hi: 0 };
    const physical = 2 ** 56 - 4096;
    sv48.encodeLeaf(3, physical, PageFlags.KERNEL, out);
    expect(sv48.kind(3, out.lo, out.hi)).toBe("leaf");
    expect(sv48.frame(3, out.lo, out.hi, 0)).toBe(physical);
  });

  test("has a name for each bit, and Linux's use of it", () => {
    const entry = (0x80208n << 10n) | bits(0xff | (3 << 8), EntryHighBits.N | (1 << 29));
    const { fields, flags } = sv48.decode(3, entry);
    expect(fields.map(({ name, high, low }) => (high === low ? `${name} ${high}` : `${name} ${high}-${low}`))).toEqual(
      "N 63|PBMT 62-61|reserved 60-54|PPN 53-10|RSW1 9|RSW0 8|D 7|A 6|G 5|U 4|X 3|W 2|R 1|V 0".split("|"),
    );
    const meanings = Object.fromEntries(fields.map(({ name, meaning }) => [name, meaning]));
    expect(meanings).toMatchObject({
      N: "one of 16 entries that map 64 KiB (Svnapot)",
      PBMT: "memory type NC",
      PPN: "physical 0x80200000",
      RSW1: "Linux: DEVMAP",
      RSW0: "Linux: SPECIAL",
      U: "user",
    });
    expect(flags & (Riscv64Flags.SPECIAL | Riscv64Flags.DEVMAP)).toBe(Riscv64Flags.SPECIAL | Riscv64Flags.DEVMAP);
    expect(sv48.decode(2, (0x80201n << 10n) | bits(V | R)).fields[3]?.meaning).toMatch(/misaligned/);
  });
});

test("satp says the mode and the root (privileged architecture, 4.1.11)", () => {
  expect(readSatp(0x8000100000081cf5n)).toEqual({ levels: 3, root: 0x81cf5000 });
  expect(readSatp(0x9000100000081fb4n)).toEqual({ levels: 4, root: 0x81fb4000 });
  expect(readSatp(0xa000100000081e15n)).toEqual({ levels: 5, root: 0x81e15000 });
  expect(readSatp(0n)).toBeUndefined();
});

test("other depths are refused", () => {
  expect(() => riscv64({ levels: 2 as 3 })).toThrow(expect.objectContaining({ code: "RISCV_OPTIONS" }));
});

test("software that sets A and D itself is asked to by faults (Svade)", () => {
  const svade = riscv64({ svadu: false });
  const { READ, WRITE, ACCESSED, DIRTY } = PageFlags;
  expect(svade.check(READ | WRITE, 1)).toBe("access-flag");
  expect(svade.check(READ | WRITE | ACCESSED, 1)).toBeUndefined();
  expect(svade.check(READ | WRITE | ACCESSED, 2)).toBe("access-flag");
  expect(svade.check(READ | WRITE | ACCESSED | DIRTY, 2)).toBeUndefined();
  expect(svade.withDirty(3, V | R | W, 0)).toBe(V | R | W);
});

test("the kernel accesses user pages with SUM alone, and never executes them", () => {
  const flags = PageFlags.KERNEL | PageFlags.EXEC | PageFlags.USER;
  expect(sv48.check(flags, 1)).toBe("protection");
  expect(riscv64({ sum: true }).check(flags, 1)).toBeUndefined();
  expect(riscv64({ sum: true }).check(flags, 4)).toBe("protection");
});
