import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { AREA_STATE_BYTES, AreaAllocator, AreaFlag } from "./areas.ts";
import { RangePool } from "./range-pool.ts";

const FIRST = 100;
const PAGES = 64;
const error = (code: string, text: string) => expect.objectContaining({ code, message: expect.stringContaining(text) });

let pool: RangePool;
let state: Uint32Array;
let areas: AreaAllocator;
function setUp(records = 256): void {
  const memory = PhysicalMemory.allocate(4096, RangePool.bytes(records) + 64);
  pool = new RangePool(memory, 4096, records);
  state = new Uint32Array(AREA_STATE_BYTES / 4);
  areas = new AreaAllocator(pool, state, BigInt(FIRST) << 12n, (BigInt(FIRST + PAGES) << 12n) - 1n);
}
beforeEach(() => setUp());

/** Number of records that can still be taken; leaves the pool unchanged. */
function recordsLeft(): number {
  const taken: number[] = [];
  for (let record = pool.take(0, 1); record !== 0; record = pool.take(0, 1)) taken.push(record);
  for (const record of taken.reverse()) pool.give(record);
  return taken.length;
}

test("a range that is not made of pages is refused", () => {
  const make = (start: bigint, end: bigint) => () => new AreaAllocator(pool, new Uint32Array(8), start, end);
  expect(make(0x1001n, 0x2fffn)).toThrow(error("VMALLOC_RANGE", "0x1001"));
  expect(make(0x1000n, 0x2ffen)).toThrow(error("VMALLOC_RANGE", "2ffe"));
  expect(make(0x2000n, 0x1fffn)).toThrow(error("VMALLOC_RANGE", "start at a page"));
  setUp(3);
  expect(recordsLeft()).toBe(1);
  pool.take(0, 1);
  expect(make(0x1000n, 0x2fffn)).toThrow(error("VMALLOC_RECORDS", "larger"));
});

test("an area is what was asked for", () => {
  expect(areas.allocate(5, 1, AreaFlag.ALLOC, 0x81000020, 4)).toBe(FIRST);
  const area = { vpn: FIRST, pages: 5, backed: 4, caller: 0x81000020, flags: AreaFlag.ALLOC };
  expect(areas.find(FIRST + 4)).toEqual(area);
  expect(areas.find(FIRST + 5)).toBeUndefined();
  expect(areas.find(0)).toBeUndefined();
  expect([...areas.areas()]).toEqual([area]);
});

test("an area is freed by its first page, once, and its addresses come back at the purge", () => {
  const vpn = areas.allocate(PAGES, 1, 0, 0);
  expect(areas.release(vpn + 1)).toBe(false);
  expect(areas.release(vpn)).toBe(true);
  expect(areas.release(vpn)).toBe(false);
  expect(areas.find(vpn)).toBeUndefined();
  expect(areas.allocate(1, 1, 0, 0)).toBe(-1);
  const flushed: number[][] = [];
  const flush = (...range: number[]) => void flushed.push(range);
  expect(areas.purge(flush, () => {})).toBe(1);
  expect(areas.purge(flush, () => expect.fail("nothing waits"))).toBe(0);
  expect(flushed).toEqual([[FIRST, PAGES]]);
  expect(areas.allocate(PAGES, 1, 0, 0)).toBe(FIRST);
});

test("two views of the same state are the same areas", () => {
  const vpn = areas.allocate(3, 1, 0, 7);
  const other = new AreaAllocator(pool, state, BigInt(FIRST) << 12n, (BigInt(FIRST + PAGES) << 12n) - 1n);
  expect(other.find(vpn)).toEqual(areas.find(vpn));
  expect(other.allocate(2, 1, 0, 0)).toBe(vpn + 3);
  expect(areas.count).toBe(2);
});

test("when the records are used up, allocate says so, and changes nothing", () => {
  for (const records of [3, 4, 5]) {
    setUp(records);
    // The second splits the free range in three, which takes two records.
    const first = areas.allocate(1, 1, 0, 0);
    const second = areas.allocate(4, 8, 0, 0);
    const taken = [first, second].filter((vpn) => vpn >= 0).length;
    expect(areas.count).toBe(taken);
    expect(recordsLeft()).toBe(records - 1 - (taken === 2 ? 4 : 2));
    for (const vpn of [first, second]) if (vpn >= 0) areas.release(vpn);
    areas.purge(
      () => {},
      () => {},
    );
    expect(areas.allocate(PAGES, 1, 0, 0), `with ${records} records`).toBe(FIRST);
  }
});

test("records come back: any number of rounds fits a small pool", () => {
  setUp(8);
  for (let round = 0; round < 100; round++) {
    const vpns = [areas.allocate(3, 4, 0, 0), areas.allocate(1, 1, 0, 0), areas.allocate(5, 1, 0, 0)];
    for (const vpn of vpns) if (vpn >= 0) areas.release(vpn);
    areas.purge(
      () => {},
      () => {},
    );
  }
  expect(recordsLeft()).toBe(6);
});

test("it does what a map of pages does", () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("allocate" as const),
        pages: fc.integer({ min: 1, max: 12 }),
        align: fc.nat(3),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("purge" as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      setUp();
      const before = recordsLeft();
      /** State of each page: free, in the area that starts at the given page, or freed and waiting. */
      const owner: (number | "free" | "lazy")[] = Array(PAGES).fill("free");
      const live = new Map<number, number>();
      let lazy: { vpn: number; pages: number }[] = [];
      for (const next of steps) {
        if (next.do === "allocate") {
          const align = 2 ** next.align;
          let vpn = Math.ceil(FIRST / align) * align;
          const fits = (at: number) =>
            owner.slice(at - FIRST, at - FIRST + next.pages).every((page) => page === "free");
          while (vpn + next.pages <= FIRST + PAGES && !fits(vpn)) vpn += align;
          const expected = vpn + next.pages <= FIRST + PAGES ? vpn : -1;
          expect(areas.allocate(next.pages, align, 0, 0)).toBe(expected);
          if (expected < 0) continue;
          owner.fill(vpn, vpn - FIRST, vpn - FIRST + next.pages);
          live.set(vpn, next.pages);
        } else if (next.do === "release" && live.size > 0) {
          const vpn = [...live.keys()][next.which % live.size];
          const pages = live.get(vpn)!;
          live.delete(vpn);
          lazy.push({ vpn, pages });
          owner.fill("lazy", vpn - FIRST, vpn - FIRST + pages);
          expect(areas.release(vpn)).toBe(true);
        } else if (next.do === "purge") {
          const low = Math.min(...lazy.map(({ vpn }) => vpn));
          const high = Math.max(...lazy.map(({ vpn, pages }) => vpn + pages));
          const flushes = lazy.length === 0 ? [] : [[low, high - low]];
          for (let i = 0; i < PAGES; i++) if (owner[i] === "lazy") owner[i] = "free";
          const expected = lazy
            .sort((a, b) => a.vpn - b.vpn)
            .map(({ vpn, pages }) => {
              let start = vpn - FIRST;
              let end = start;
              while (owner[start - 1] === "free") start--;
              while (owner[end] === "free") end++;
              return { vpn, pages, freeVpn: start + FIRST, freePages: end - start };
            });
          const got: object[] = [];
          const flushed: number[][] = [];
          const count = areas.purge(
            (vpn, pages) => void flushed.push([vpn, pages]),
            (vpn, pages, freeVpn, freePages) => void got.push({ vpn, pages, freeVpn, freePages }),
          );
          expect(count).toBe(lazy.length);
          expect(flushed).toEqual(flushes);
          expect(got).toEqual(expected);
          lazy = [];
        }
        expect(areas.count).toBe(live.size);
        expect(areas.usedPages).toBe(owner.filter((page) => typeof page === "number").length);
        expect(areas.lazyPages).toBe(owner.filter((page) => page === "lazy").length);
        expect([...areas.areas()].map(({ vpn, pages }) => [vpn, pages])).toEqual([...live].sort(([a], [b]) => a - b));
      }
      for (const vpn of live.keys()) areas.release(vpn);
      areas.purge(
        () => {},
        () => {},
      );
      expect(recordsLeft()).toBe(before);
    }),
    { numRuns: 200 },
  );
});
