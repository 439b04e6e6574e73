import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BUDDY_STATE_BYTES, BuddyAllocator, MAX_ORDER } from "./buddy.ts";
import { PAGE_STRUCT_BYTES, PageDescriptors } from "./page-descriptors.ts";
import { batchPages, highPages, pageLists, perCpuPagesBytes } from "./per-cpu-pages.ts";

const FRAMES = 4096;
const FIRST = 1 + (FRAMES * PAGE_STRUCT_BYTES) / PAGE_SIZE;
const TOTAL = FRAMES - FIRST;

/** The allocator of one machine, as seen by each of its CPUs. */
function allocators(cpus: number): BuddyAllocator[] {
  const size = FRAMES * PAGE_SIZE;
  const ram = PhysicalMemory.allocate(size, 1024 + perCpuPagesBytes(FRAMES, cpus));
  const pages = new PageDescriptors(ram, PAGE_SIZE, FRAMES, 0xffffea0000000000n);
  for (let pfn = 0; pfn < FRAMES; pfn++) pages.reserve(pfn);
  const hooks = { allocated: () => true, freed() {} };
  const views = Array.from({ length: cpus }, (_, cpu) => {
    const lists = pageLists(ram, size + 1024, FRAMES, cpu, cpus);
    return new BuddyAllocator(ram, size + 64, pages, { hooks, lists });
  });
  expect(BUDDY_STATE_BYTES).toBeLessThan(1024 - 64);
  views[0]?.addRange(FIRST, FRAMES);
  return views;
}

test("batches are the kernel's: a quarter of a thousandth of RAM, at most 1 MB of it, one below a power of two", () => {
  // 64 MB, 256 MB, 4 GB, and a size too small for any list.
  expect([16384, 65536, 1048576, 256].map(batchPages)).toEqual([3, 15, 63, 1]);
  expect(highPages(65536)).toBe(60);
});

test("the page freed last is used first, and pages come in ascending order", () => {
  const [buddy] = allocators(1) as [BuddyAllocator];
  const taken = Array.from({ length: 8 }, () => buddy.allocate(0, 0));
  expect(taken).toEqual([...taken].sort((a, b) => a - b));
  buddy.free(taken[2], 0);
  buddy.free(taken[5], 0);
  expect([buddy.allocate(0, 0), buddy.allocate(0, 0)]).toEqual([taken[5], taken[2]]);
});

test("over any sequence no page is handed out twice, none is lost, and large blocks get what lies on lists", () => {
  const step = fc.oneof(
    fc.record({ cpu: fc.nat(1), order: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(MAX_ORDER)) }),
    fc.record({ cpu: fc.nat(1), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 }), fc.array(step, { maxLength: 400 }), (cpus, steps) => {
      const views = allocators(cpus);
      const owned = new Map<number, number>();
      const held = new Set<number>();
      let peak = 0;
      for (const next of steps) {
        const buddy = views[next.cpu % cpus];
        if ("order" in next) {
          const pfn = buddy.allocate(next.order, 0);
          if (pfn < 0) continue;
          owned.set(pfn, next.order);
          for (let i = 0; i < 1 << next.order; i++) {
            expect(held.has(pfn + i)).toBe(false);
            held.add(pfn + i);
          }
        } else if (owned.size > 0) {
          const [pfn, order] = [...owned][next.which % owned.size];
          owned.delete(pfn);
          for (let i = 0; i < 1 << order; i++) held.delete(pfn + i);
          buddy.free(pfn, order);
        }
        peak = Math.max(peak, held.size);
        expect(buddy.freePages).toBe(TOTAL - held.size);
      }
      if (cpus === 1) expect(views[0].peakUsedPages).toBe(peak);
      for (const [pfn, order] of owned) views[cpus - 1].free(pfn, order);
      // All of the largest blocks in RAM: no page on a CPU's list holds one back.
      const largest = Math.floor(FRAMES / 2 ** MAX_ORDER) - 1;
      const blocks = Array.from({ length: largest }, () => views[0].allocate(MAX_ORDER, 0));
      expect(blocks.every((pfn) => pfn > 0)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("memory that is short is taken from every list, to the last page", () => {
  const [first, second] = allocators(2) as [BuddyAllocator, BuddyAllocator];
  const taken: number[] = [];
  for (let pfn = second.allocate(0, 0); pfn >= 0; pfn = second.allocate(0, 0)) taken.push(pfn);
  expect(taken.length).toBe(TOTAL);
  for (const pfn of taken.slice(0, 5)) second.free(pfn, 0);
  expect(Array.from({ length: 6 }, () => first.allocate(0, 0) >= 0)).toEqual([true, true, true, true, true, false]);
});
