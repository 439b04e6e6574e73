import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { AREA_STATE_BYTES, AreaAllocator, AreaFlag } from "./areas.ts";
import { BLOCK_PAGES, MOST_BLOCK_MAP } from "./blocks.ts";
import { ToyMachine } from "./contract/toy-machine.ts";
import { RangePool } from "./range-pool.ts";
import { LazyShadow } from "./schemes/lazy.ts";
import { Vmalloc } from "./vmalloc.ts";

const FIRST = 2 ** 20;
const RAM_BLOCK = AreaFlag.RAM | AreaFlag.BLOCK;

let machine: ToyMachine;
let vmalloc: Vmalloc;
function setUp({ pages = 16 * BLOCK_PAGES, records = 256, limit = Number.POSITIVE_INFINITY } = {}): void {
  const memory = PhysicalMemory.allocate(4096, RangePool.bytes(records) + 64);
  const pool = new RangePool(memory, 4096, records);
  const state = new Uint32Array(AREA_STATE_BYTES / 4);
  const areas = new AreaAllocator(pool, state, BigInt(FIRST) << 12n, (BigInt(FIRST + pages) << 12n) - 1n);
  machine = new ToyMachine(limit);
  vmalloc = new Vmalloc(areas, machine.backend, new LazyShadow(machine.shadow), 1);
}
beforeEach(() => setUp());

/** Frames owned by others: numbers that the machine does not hand out. */
const frames = (count: number) => Array.from({ length: count }, (_, i) => 1_000_000 + i);
const mapRam = (count: number) => vmalloc.mapRam(frames(count));
const isMapped = (vpn: number, count: number) =>
  Array.from({ length: count }, (_, i) => machine.mapped.has(vpn + i)).every(Boolean);

test("small mappings follow each other in one area, each with the pages of a power of two", () => {
  vmalloc.allocate({ size: PAGE_SIZE, gfp: 0, caller: 1 });
  const block = FIRST + BLOCK_PAGES;
  expect([1, 2, 3, 64, 1].map(mapRam)).toEqual([block, block + 1, block + 3, block + 7, block + 71]);
  expect([...vmalloc.list()].slice(1)).toEqual([
    { vpn: block, pages: BLOCK_PAGES, backed: 0, caller: 0, flags: RAM_BLOCK },
  ]);
  expect(isMapped(block + 3, 3)).toBe(true);
  expect(machine.mapped.has(block + 6), "the fourth of three is left out").toBe(false);
  expect(machine.accessible(block + 3, 4 * PAGE_SIZE)).toBe(3 * PAGE_SIZE);
});

test("a mapping is poisoned and unmapped as it is given back, without a flush, and its addresses are not used again", () => {
  const [one, two] = [mapRam(4), mapRam(4)];
  expect(vmalloc.unmapRam(one, 4)).toBe(true);
  expect(machine.mapped.has(one)).toBe(false);
  expect(machine.accessible(one, 4 * PAGE_SIZE)).toBe(0);
  expect(machine.accessible(two, 4 * PAGE_SIZE)).toBe(4 * PAGE_SIZE);
  expect(machine.flushes).toEqual([]);
  expect(mapRam(4)).toBe(two + 4);
  vmalloc.purge();
  expect(machine.flushes, "a purge is of areas").toEqual([]);
  expect(mapRam(4)).toBe(two + 8);
});

test("a block that is used up and all given back is an area that waits for the purge, which frees its shadow", () => {
  const mapped = Array.from({ length: BLOCK_PAGES / MOST_BLOCK_MAP }, () => mapRam(MOST_BLOCK_MAP));
  const next = mapRam(1);
  expect(next).toBe(FIRST + BLOCK_PAGES);
  const shadow = machine.frames.size;
  expect(shadow).toBe((2 * BLOCK_PAGES) / 8);
  for (const vpn of mapped) {
    expect(vmalloc.counts).toEqual({ areas: 2, lazyPages: 0 });
    expect(vmalloc.unmapRam(vpn, MOST_BLOCK_MAP)).toBe(true);
  }
  expect(vmalloc.counts).toEqual({ areas: 1, lazyPages: BLOCK_PAGES });
  expect([...vmalloc.unpurged()]).toEqual([{ vpn: FIRST, pages: BLOCK_PAGES, backed: 0, caller: 0, flags: RAM_BLOCK }]);
  expect(machine.frames.size).toBe(shadow);
  vmalloc.purge();
  expect(machine.flushes[0]).toEqual({ vpn: FIRST, pages: BLOCK_PAGES });
  expect(machine.frames.size).toBe(BLOCK_PAGES / 8);
  expect(vmalloc.unmapRam(next, 1)).toBe(true);
});

test("vm_unmap_aliases flushes once: from the first dirty page of all blocks and areas to the last", () => {
  const held = mapRam(1);
  const [two, three] = [mapRam(2), mapRam(2)];
  vmalloc.unmapRam(three, 2);
  vmalloc.unmapAliases();
  expect(machine.flushes).toEqual([{ vpn: three, pages: 2 }]);
  vmalloc.unmapAliases();
  expect(machine.flushes, "nothing is dirty since").toHaveLength(1);
  const area = vmalloc.allocate({ size: PAGE_SIZE, gfp: 0, caller: 1 });
  vmalloc.free(area);
  vmalloc.unmapRam(two, 2);
  vmalloc.unmapAliases();
  expect(machine.flushes[1]).toEqual({ vpn: two, pages: area + 2 - two });
  // Much of the block is free, so it stays.
  expect(vmalloc.unmapRam(held, 1)).toBe(true);
  vmalloc.unmapAliases();
  expect(vmalloc.counts.areas).toBe(1);
});

test("vm_unmap_aliases gives up a block with nothing mapped of which less than a quarter is free", () => {
  const count = (BLOCK_PAGES * 3) / 4 / MOST_BLOCK_MAP;
  const mapped = Array.from({ length: count }, () => mapRam(MOST_BLOCK_MAP));
  for (const vpn of mapped) vmalloc.unmapRam(vpn, MOST_BLOCK_MAP);
  vmalloc.unmapAliases();
  expect(vmalloc.counts.areas).toBe(1);
  vmalloc.unmapRam(mapRam(1), 1);
  vmalloc.unmapAliases();
  expect(vmalloc.counts).toEqual({ areas: 0, lazyPages: 0 });
  expect(machine.frames.size).toBe(0);
});

test("where addresses are short, blocks with nothing mapped make room", () => {
  setUp({ pages: 2 * BLOCK_PAGES });
  vmalloc.unmapRam(mapRam(1), 1);
  const size = BLOCK_PAGES * PAGE_SIZE;
  expect(vmalloc.allocate({ size, gfp: 0, caller: 1 })).toBe(FIRST);
  expect(mapRam(1), "there is no room for a block").toBe(-1);
});

test("what is no mapping is not given back", () => {
  const vpn = mapRam(4);
  const area = vmalloc.allocate({ size: PAGE_SIZE, gfp: 0, caller: 1 });
  for (const [at, pages] of [
    [vpn, 0],
    [vpn, 8],
    [vpn + 4, 1],
    [area, 1],
    [FIRST - 1, 1],
    [vpn, 65],
  ] as const) {
    expect(vmalloc.unmapRam(at, pages), `${at - FIRST}, ${pages}`).toBe(false);
  }
  expect(vmalloc.free(vpn), "a block is not for vfree").toBe(false);
  expect(vmalloc.unmapRam(vpn, 4)).toBe(true);
  expect(vmalloc.unmapRam(vpn, 4)).toBe(false);
  expect(vmalloc.mapRam([])).toBe(-1);
});

test("short of memory or records, nothing is held", () => {
  setUp({ limit: 100 });
  expect(mapRam(1), "a block's shadow is 128 pages").toBe(-1);
  expect([vmalloc.counts.areas, machine.frames.size]).toEqual([0, 0]);
  setUp({ records: 3 });
  expect(mapRam(1)).toBe(-1);
  expect([vmalloc.counts.areas, machine.frames.size]).toEqual([0, 0]);
  setUp();
  machine.mapsLeft = BLOCK_PAGES / 8 + 2;
  expect(mapRam(4), "the third page cannot be mapped").toBe(-1);
  machine.mapsLeft = Number.POSITIVE_INFINITY;
  expect(machine.accessible(FIRST, 4 * PAGE_SIZE)).toBe(0);
  expect(mapRam(4)).toBe(FIRST + 4);
});

test("whatever is mapped and given back, mappings never overlap, no address comes back unflushed, and all shadow goes", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 80 }).map((pages) => ({ do: "map" as const, pages })) },
    { weight: 4, arbitrary: fc.nat(1000).map((which) => ({ do: "unmap" as const, which })) },
    { weight: 1, arbitrary: fc.constantFrom({ do: "purge" as const }, { do: "aliases" as const }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      setUp();
      const live: { vpn: number; pages: number }[] = [];
      for (const next of steps) {
        if (next.do === "map") {
          const vpn = mapRam(next.pages);
          if (vpn < 0) continue;
          // The machine refuses to map a page twice; this checks that no TLB may still hold an old translation.
          for (let page = vpn; page < vpn + next.pages; page++) expect(machine.stale.has(page)).toBe(false);
          live.push({ vpn, pages: next.pages });
        } else if (next.do === "unmap") {
          const [one] = live.splice(next.which % Math.max(1, live.length), 1);
          if (one) expect(vmalloc.unmapRam(one.vpn, one.pages)).toBe(true);
        } else if (next.do === "purge") vmalloc.purge();
        else {
          vmalloc.unmapAliases();
          expect(machine.stale.size).toBe(0);
        }
        for (const { vpn, pages } of live) {
          for (const page of [vpn, vpn + pages - 1]) expect(machine.shadowByte(page, 0)).toBe(0);
          expect(isMapped(vpn, pages)).toBe(true);
        }
      }
      for (const { vpn, pages } of live) expect(vmalloc.unmapRam(vpn, pages)).toBe(true);
      // When an allocation fails, unused blocks are given up.
      expect(vmalloc.allocate({ size: 16 * BLOCK_PAGES * PAGE_SIZE, gfp: 0, caller: 1 })).toBe(-1);
      expect(machine.frames.size).toBe(0);
      expect(vmalloc.counts).toEqual({ areas: 0, lazyPages: 0 });
    }),
    { numRuns: 30 },
  );
});
