import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { Arena, PhysicalMemory } from "./memory.ts";
import {
  CPU_TLB_BYTES,
  CpuTlb,
  DATA_TLB_ENTRIES,
  SHADOW_TLB_ENTRIES,
  TLB_ADDEND,
  TLB_ENTRY_BYTES,
  TLB_TAG,
  TlbKind,
  Tlbs,
} from "./tlb.ts";

let memory: PhysicalMemory;
let tlbs: Tlbs;
let tlb: CpuTlb;
beforeEach(() => {
  memory = PhysicalMemory.allocate(4096, 3 * CPU_TLB_BYTES);
  tlbs = Tlbs.create(memory, new Arena(memory), 3);
  tlb = tlbs.cpu(0);
});

const someVpn = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number),
  fc.integer({ min: 0, max: 4096 }),
  fc.integer({ min: 1, max: 4096 }).map((n) => 2 ** 52 - n),
);

/** The look-up that guest code does (docs/architecture.md), computed with 64-bit numbers. */
function hit(kind: TlbKind, address: bigint, bytes: number, write: boolean): number {
  const view = new DataView(memory.u8.buffer);
  const [base, entries] =
    kind === TlbKind.DATA ? [tlb.dataBase, DATA_TLB_ENTRIES] : [tlb.shadowBase, SHADOW_TLB_ENTRIES];
  const entry = base + Number(((address >> 12n) ^ (address >> 32n)) & BigInt(entries - 1)) * TLB_ENTRY_BYTES;
  const tag = view.getBigUint64(entry + TLB_TAG, true);
  const end = BigInt.asUintN(64, address + BigInt(bytes - 1));
  const hits = write ? (end & ~0xfffn) === tag : (end ^ tag) < 4096n;
  return hits ? (view.getInt32(entry + TLB_ADDEND, true) + Number(BigInt.asIntN(32, address))) >>> 0 : -1;
}

test("an entry is what compiled code reads: loads and stores hit where they should", () => {
  const kind = fc.constantFrom(TlbKind.DATA, TlbKind.SHADOW);
  const offset = fc.integer({ min: 0, max: 4095 });
  fc.assert(
    fc.property(
      kind,
      someVpn,
      offset,
      fc.constantFrom(1, 2, 4, 8, 16),
      fc.boolean(),
      (kind, vpn, at, bytes, storable) => {
        const page = 0xabcde000;
        tlb.flushAll();
        const address = (BigInt(vpn) << 12n) + BigInt(at);
        expect(hit(kind, address, bytes, false)).toBe(-1);
        expect(hit(kind, address, bytes, true)).toBe(-1);
        tlb.fill(kind, vpn, page, storable);
        const fits = at + bytes <= 4096;
        expect(hit(kind, address, bytes, false)).toBe(fits ? page + at : -1);
        expect(hit(kind, address, bytes, true)).toBe(fits && storable ? page + at : -1);
        expect(tlb.lookup(kind, vpn, false)).toBe(page);
        expect(tlb.lookup(kind, vpn, true)).toBe(storable ? page : -1);
        expect(tlb.lookup((1 - kind) as TlbKind, vpn, false)).toBe(-1);
      },
    ),
  );
});

test("no access of any page hits an empty TLB, one that crosses pages included", () => {
  for (let vpn = 0; vpn < 2 * DATA_TLB_ENTRIES; vpn++) {
    for (const kind of [TlbKind.DATA, TlbKind.SHADOW]) {
      expect(hit(kind, BigInt(vpn) << 12n, 8, true)).toBe(-1);
      expect(hit(kind, (BigInt(vpn) << 12n) + 4092n, 8, false)).toBe(-1);
    }
  }
});

test("a flush of a range is a flush of each of its pages, whatever its size", () => {
  const pages = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(2 ** 20, 2 ** 51));
  fc.assert(
    fc.property(fc.array(someVpn, { maxLength: 30 }), someVpn, pages, (filled, from, size) => {
      const pages = Math.min(size, 2 ** 52 - from);
      tlb.flushAll();
      for (const vpn of filled) tlb.fill(TlbKind.DATA, vpn, 8192, true);
      for (const vpn of filled) tlb.fill(TlbKind.SHADOW, vpn, 4096, true);
      const before = filled.map((vpn) => tlb.lookup(TlbKind.DATA, vpn, false));
      tlb.flushRange(from, pages);
      for (const [i, vpn] of filled.entries()) {
        const flushed = from <= vpn && vpn < from + pages;
        expect(tlb.lookup(TlbKind.DATA, vpn, false)).toBe(flushed ? -1 : before[i]);
        if (flushed) expect(tlb.lookup(TlbKind.SHADOW, vpn, false)).toBe(-1);
      }
    }),
  );
});

test("a page is forgotten in both TLBs, and under every spelling of its address where top bits are ignored", () => {
  tlb.fill(TlbKind.DATA, 5, 0, true);
  tlb.fill(TlbKind.SHADOW, 5, 0, true);
  tlb.flushPage(5);
  expect([tlb.lookup(TlbKind.DATA, 5, false), tlb.lookup(TlbKind.SHADOW, 5, false)]).toEqual([-1, -1]);

  const ignoring = new CpuTlb(memory, tlb.dataBase, 8);
  const tagged = 0xab * 2 ** 44 + 5;
  for (const flush of [
    () => ignoring.flushPage(5),
    () => ignoring.flushRange(5, 10),
    () => ignoring.flushRange(0, 2 ** 40),
  ]) {
    tlb.fill(TlbKind.DATA, tagged, 0, true);
    flush();
    expect(tlb.lookup(TlbKind.DATA, tagged, false)).toBe(-1);
  }
  tlb.fill(TlbKind.DATA, tagged, 0, true);
  tlb.flushPage(5);
  expect(tlb.lookup(TlbKind.DATA, tagged, false)).toBe(0);
});

test("flushes are local or everywhere, and counted", () => {
  for (const cpu of tlbs.cpus) cpu.fill(TlbKind.DATA, 7, 0, false);
  tlbs.flushRange(1, 7, 1);
  expect(tlbs.cpus.map((cpu) => cpu.lookup(TlbKind.DATA, 7, false))).toEqual([0, -1, 0]);
  tlbs.shootDown(1, 7, 1);
  expect(tlbs.cpus.map((cpu) => cpu.lookup(TlbKind.DATA, 7, false))).toEqual([-1, -1, -1]);
  expect(tlbs.cpus.map(({ misses, flushes, shootdowns }) => [misses, flushes, shootdowns])).toEqual([
    [1, 1, 1],
    [1, 2, 0],
    [1, 1, 1],
  ]);
  expect(tlbs.shootdowns).toBe(2);
  expect(() => tlbs.flushRange(3, 0, 1)).toThrow(expect.objectContaining({ code: "RANGE" }));
});

test("a second view of the same bytes sees the same TLB", () => {
  tlb.fill(TlbKind.SHADOW, 9, 4096, true);
  expect(new CpuTlb(memory, tlb.dataBase).lookup(TlbKind.SHADOW, 9, true)).toBe(4096);
});
