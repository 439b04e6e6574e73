import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { AREA_STATE_BYTES, AreaAllocator, AreaFlag } from "./areas.ts";
import { ToyMachine } from "./contract/toy-machine.ts";
import { RangePool } from "./range-pool.ts";
import { LazyShadow } from "./schemes/lazy.ts";
import { lazyMaxPages, Vmalloc } from "./vmalloc.ts";

const FIRST = 2 ** 20;
const GFP = 0xcc0;

let machine: ToyMachine;
let vmalloc: Vmalloc;
function setUp({ pages = 4096, records = 256, shadow = true } = {}): void {
  const memory = PhysicalMemory.allocate(4096, RangePool.bytes(records) + 64);
  const pool = new RangePool(memory, 4096, records);
  const state = new Uint32Array(AREA_STATE_BYTES / 4);
  const areas = new AreaAllocator(pool, state, BigInt(FIRST) << 12n, (BigInt(FIRST + pages) << 12n) - 1n);
  machine = new ToyMachine();
  vmalloc = new Vmalloc(areas, machine.backend, shadow ? new LazyShadow(machine.shadow) : undefined, 1);
}
beforeEach(() => setUp());

const allocate = (size: number, align?: number) =>
  vmalloc.allocate({ size, gfp: GFP, caller: 0x20, ...(align && { align }) });
/** Frames that hold memory, not shadow. */
const memoryPages = () => [...machine.mapped.keys()].filter((vpn) => vpn < 2 ** 40).length;
const everythingBack = () => {
  vmalloc.purge();
  expect(machine.frames.size).toBe(0);
  expect(machine.mapped.size).toBe(0);
  expect(vmalloc.counts).toEqual({ areas: 0, lazyPages: 0 });
};

test("an area has its pages, a guard page that is not mapped, and shadow for exactly what was asked for", () => {
  const vpn = allocate(2 * PAGE_SIZE + 5);
  expect(vpn).toBe(FIRST);
  expect([0, 1, 2, 3].map((i) => machine.mapped.has(vpn + i))).toEqual([true, true, true, false]);
  expect(machine.accessible(vpn, 4 * PAGE_SIZE)).toBe(2 * PAGE_SIZE + 5);
  expect(allocate(1)).toBe(vpn + 4);
  expect(vmalloc.find(vpn + 3)).toEqual({ vpn, pages: 4, backed: 3, caller: 0x20, flags: AreaFlag.ALLOC });
  expect([...vmalloc.list()].map((area) => area.vpn)).toEqual([vpn, vpn + 4]);
});

test("an area of vm_map_ram has no guard page, and its pages stay their owner's", () => {
  const frames = Array.from({ length: 65 }, () => machine.backend.allocatePage(GFP));
  const vpn = vmalloc.mapRam(frames);
  expect(vmalloc.find(vpn)).toEqual({ vpn, pages: 65, backed: 0, caller: 0, flags: AreaFlag.RAM });
  expect(machine.accessible(vpn, 65 * PAGE_SIZE)).toBe(65 * PAGE_SIZE);
  expect(allocate(1), "the next area follows at once").toBe(vpn + 65);
  expect(vmalloc.free(vpn + 65)).toBe(true);
  expect(vmalloc.unmapRam(vpn, 65)).toBe(true);
  expect(memoryPages()).toBe(0);
  for (const pfn of frames) machine.backend.freePage(pfn);
  everythingBack();
});

test("nothing is not allocated", () => {
  expect(allocate(0)).toBe(-1);
  expect(vmalloc.map([], 0)).toBe(-1);
  expect(vmalloc.counts.areas).toBe(0);
});

test("freeing gives the pages back at once and the addresses at the purge, with one flush for all", () => {
  const [one, two, three] = [allocate(PAGE_SIZE), allocate(PAGE_SIZE), allocate(PAGE_SIZE)];
  expect(vmalloc.free(three)).toBe(true);
  expect(vmalloc.free(one)).toBe(true);
  expect([...vmalloc.unpurged()].map(({ vpn, pages }) => [vpn, pages])).toEqual([
    [one, 2],
    [three, 2],
  ]);
  expect(memoryPages()).toBe(1);
  expect(machine.accessible(one, PAGE_SIZE)).toBe(0);
  expect(machine.accessible(two, PAGE_SIZE)).toBe(PAGE_SIZE);
  expect(machine.flushes).toEqual([]);
  expect(vmalloc.counts).toEqual({ areas: 1, lazyPages: 4 });
  expect(allocate(PAGE_SIZE), "freed addresses are not used again before the purge").toBe(FIRST + 6);
  vmalloc.purge();
  expect(machine.flushes).toEqual([{ vpn: FIRST, pages: 6 }]);
  expect(allocate(PAGE_SIZE)).toBe(FIRST);
});

test("only the first page of an area frees it, and only once", () => {
  const vpn = allocate(3 * PAGE_SIZE);
  expect([vpn + 1, vpn + 3, vpn + 4, 0].map((wrong) => vmalloc.free(wrong))).toEqual([false, false, false, false]);
  expect(vmalloc.free(vpn)).toBe(true);
  expect(vmalloc.free(vpn)).toBe(false);
  everythingBack();
});

test("mapped pages stay their owner's", () => {
  const frames = [machine.backend.allocatePage(GFP), machine.backend.allocatePage(GFP)];
  const vpn = vmalloc.map([frames[0], frames[1], frames[0]], 9);
  expect([0, 1, 2, 3].map((i) => machine.mapped.get(vpn + i))).toEqual([...frames, frames[0], undefined]);
  expect(machine.accessible(vpn, 4 * PAGE_SIZE)).toBe(3 * PAGE_SIZE);
  expect(vmalloc.find(vpn)).toMatchObject({ flags: AreaFlag.MAP, backed: 0, caller: 9 });
  vmalloc.free(vpn);
  for (const pfn of frames) machine.backend.freePage(pfn);
  everythingBack();
});

test("alignment is that of the address", () => {
  allocate(PAGE_SIZE);
  expect(allocate(PAGE_SIZE, 8 * PAGE_SIZE) % 8).toBe(0);
  expect(allocate(PAGE_SIZE, 1)).toBe(FIRST + 2);
});

test("a purge starts when more than 32 MB for each bit of the CPU count wait", () => {
  expect([1, 2, 3, 4, 255].map((cpus) => lazyMaxPages(cpus))).toEqual([8192, 16384, 16384, 24576, 65536]);
  expect(lazyMaxPages(1, 16)).toBe(512);
  setUp({ pages: 2 ** 16, shadow: false });
  const vpns = Array.from({ length: 9 }, () => allocate(1023 * PAGE_SIZE));
  for (const vpn of vpns.slice(0, 8)) vmalloc.free(vpn);
  expect(vmalloc.counts.lazyPages).toBe(8192);
  expect(machine.flushes.length).toBe(0);
  vmalloc.free(vpns[8]);
  expect(vmalloc.counts.lazyPages).toBe(0);
  expect(machine.flushes).toEqual([{ vpn: FIRST, pages: 9 * 1024 }]);
});

test("when addresses run out, a purge finds more", () => {
  setUp({ pages: 16 });
  const vpn = allocate(15 * PAGE_SIZE);
  expect(allocate(1)).toBe(-1);
  vmalloc.free(vpn);
  expect(allocate(15 * PAGE_SIZE)).toBe(vpn);
  expect(machine.flushes[0]).toEqual({ vpn, pages: 16 });
});

test("when records run out, allocation fails until something is freed", () => {
  setUp({ records: 4, shadow: false });
  const vpns = [allocate(1), allocate(1), allocate(1)];
  expect(vpns[2]).toBe(-1);
  vmalloc.free(vpns[0]);
  expect(allocate(1)).toBe(FIRST);
});

test.each(["frames", "tables"])("short of %s anywhere on the way, an allocation gives everything back", (what) => {
  // 20 pages and the guard page, on three shadow pages.
  for (let limit = 0; limit < 23; limit++) {
    setUp();
    if (what === "frames") machine.limit = limit;
    else machine.mapsLeft = limit;
    expect(allocate(20 * PAGE_SIZE), `with ${limit}`).toBe(-1);
    expect(memoryPages()).toBe(0);
    everythingBack();
    machine.limit = machine.mapsLeft = 23;
    expect(allocate(20 * PAGE_SIZE), `after a failure with ${limit}`).toBe(FIRST);
  }
});

test("short of tables, a mapping gives everything back but its pages", () => {
  for (let limit = 0; limit < 4; limit++) {
    setUp();
    const frames = [1, 2, 3].map(() => machine.backend.allocatePage(GFP));
    machine.mapsLeft = limit;
    expect(vmalloc.map(frames, 0)).toBe(-1);
    for (const pfn of frames) machine.backend.freePage(pfn);
    everythingBack();
  }
});

test("without KASAN there is no shadow", () => {
  setUp({ shadow: false });
  const vpn = allocate(5 * PAGE_SIZE);
  expect(machine.mapped.size).toBe(5);
  vmalloc.free(vpn);
  everythingBack();
});

test("over any sequence, memory and shadow are those of the areas in use", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("allocate" as const), size: fc.integer({ min: 1, max: 12 * PAGE_SIZE }) }),
    fc.record({ do: fc.constant("free" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("purge" as const) }),
    fc.record({ do: fc.constant("limit" as const), frames: fc.integer({ min: 0, max: 60 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      setUp({ pages: 64, records: 24 });
      const live = new Map<number, number>();
      for (const next of steps) {
        if (next.do === "allocate") {
          const vpn = allocate(next.size);
          if (vpn >= 0) live.set(vpn, next.size);
        } else if (next.do === "free" && live.size > 0) {
          const vpn = [...live.keys()][next.which % live.size];
          live.delete(vpn);
          expect(vmalloc.free(vpn)).toBe(true);
        } else if (next.do === "purge") vmalloc.purge();
        else if (next.do === "limit") machine.limit = next.frames;
        let pages = 0;
        for (const [vpn, size] of live) {
          expect(machine.accessible(vpn, size + PAGE_SIZE)).toBe(size);
          pages += Math.ceil(size / PAGE_SIZE);
        }
        expect(memoryPages()).toBe(pages);
        expect(vmalloc.counts.areas).toBe(live.size);
      }
      for (const vpn of live.keys()) vmalloc.free(vpn);
      everythingBack();
    }),
    { numRuns: 100 },
  );
});
