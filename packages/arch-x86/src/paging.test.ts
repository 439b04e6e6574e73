import { Access, AddressSpace, FramePool, PageFlags, PhysicalMemory, WalkResult, walkFor } from "@kasan/mmu";
import { expect, test } from "vitest";
import { EntryBits, EntryHighBits } from "./entry.ts";
import { x86_64 } from "./paging.ts";

const four = x86_64({ levels: 4 });
const five = x86_64({ levels: 5 });
const [PGD, PUD, PMD, PTE] = [0, 1, 2, 3] as const;
const { READ, WRITE, EXEC, USER } = PageFlags;

test("canonical addresses have 48 or 57 significant bits", () => {
  const root = (architecture: typeof four, address: bigint) => architecture.root(Number(address >> 12n));
  const edges = (lower: bigint, upper: bigint) => [lower, lower + 1n, upper - 1n, upper];
  const of4 = edges(0x00007fffffffffffn, 0xffff800000000000n);
  const of5 = edges(0x00ffffffffffffffn, 0xff00000000000000n);
  expect(of4.map((address) => root(four, address))).toEqual([0, -1, -1, 0]);
  expect(of5.map((address) => root(five, address))).toEqual([0, -1, -1, 0]);
  expect(of5.map((address) => root(four, address))).toEqual([-1, -1, -1, -1]);
});

test("reserved bits are those of the manual", () => {
  const P = EntryBits.P;
  const PS = EntryBits.PS;
  expect(four.kind(PGD, P | PS, 0), "PS in a PGD entry").toBe("reserved");
  expect(five.kind(1, P | PS, 0), "PS in a P4D entry").toBe("reserved");
  expect(four.kind(PMD, P | PS | (1 << 13), 0), "below a large page's address").toBe("reserved");
  expect(four.kind(PMD, P | PS | (1 << 12), 0), "bit 12 is PAT").toBe("leaf");
  expect(four.kind(PMD, P | PS | (1 << 21), 0)).toBe("leaf");
  expect(four.kind(PUD, P | PS | (1 << 21), 0)).toBe("reserved");
  expect(four.kind(PTE, P, 1 << 13), "bit 45 of 46").toBe("leaf");
  expect(four.kind(PTE, P, 1 << 14), "bit 46 of 46").toBe("reserved");
  expect(five.kind(4, P, 1 << 19), "bit 51 of 52").toBe("leaf");
  expect(four.kind(PTE, 0, -1), "not present: nothing is reserved").toBe("none");
  expect(four.kind(PTE, P, 1 << 31)).toBe("leaf");
  expect(x86_64({ levels: 4, nx: false }).kind(PTE, P, 1 << 31), "NX without EFER.NXE").toBe("reserved");
  expect(x86_64({ levels: 4, gigabytePages: false }).kind(PUD, P | PS, 0)).toBe("reserved");
});

test("the kernel keeps off user pages, as far as SMEP and SMAP are on", () => {
  const all = READ | WRITE | EXEC | USER;
  expect(four.check(all, Access.READ)).toBe("protection");
  expect(four.check(all, Access.EXECUTE)).toBe("protection");
  const open = x86_64({ levels: 4, smap: false, smep: false });
  expect([open.check(all, Access.WRITE), open.check(all, Access.EXECUTE)]).toEqual([undefined, undefined]);
  expect(x86_64({ levels: 4, smep: false }).check(all, Access.READ)).toBe("protection");
});

test("a table permits what its RW, US and NX say", () => {
  const permits = (lo: number, hi: number) => four.limit(PGD, lo, hi) & PageFlags.PERMISSIONS;
  expect(permits(EntryBits.P, 0)).toBe(READ | EXEC);
  expect(permits(EntryBits.P | EntryBits.RW, 0)).toBe(READ | WRITE | EXEC);
  expect(permits(EntryBits.P | EntryBits.US, EntryHighBits.NX)).toBe(READ | USER);
});

test("hardware marks tables as accessed too, and only leaves as dirty", () => {
  const memory = PhysicalMemory.allocate(2 ** 16);
  const space = new AddressSpace({ architecture: four, memory, frames: new FramePool(memory, 0, 2 ** 16) });
  space.mapPage(0, 15, READ | WRITE).ignore("new");
  const clean = space.explain(0n).steps.slice(0, 3);
  for (const { entryAddress } of clean) memory.u32[entryAddress / 4]! &= ~(EntryBits.A | EntryBits.D);
  expect(walkFor(space, 0, Access.EXECUTE, new WalkResult())).toBe(false);
  const marks = () => space.explain(0n).steps.map(({ entry }) => Number(entry & 0xfffn) & (EntryBits.A | EntryBits.D));
  expect(marks()).toEqual([0, 0, 0, 0]);
  expect(walkFor(space, 0, Access.WRITE, new WalkResult())).toBe(true);
  expect(marks()).toEqual([EntryBits.A, EntryBits.A, EntryBits.A, EntryBits.A | EntryBits.D]);
});

test("options out of range are refused", () => {
  const refused = expect.objectContaining({ name: "X86Error", code: "X86_OPTIONS" });
  expect(() => x86_64({ levels: 3 as 4 })).toThrow(refused);
  expect(() => x86_64({ levels: 4, physicalBits: 53 })).toThrow(refused);
  expect(() => x86_64({ levels: 4, physicalBits: 32 })).toThrow(refused);
});
