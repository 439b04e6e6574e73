import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { BuddyAllocator, MAX_ORDER } from "./buddy.ts";
import { Gfp } from "./gfp.ts";
import { PAGE_STRUCT_BYTES, PageDescriptors, PGTY_BUDDY } from "./page-descriptors.ts";
import type { Zeroing } from "./zeroing.ts";

const FRAMES = 2048;
const FIRST = (FRAMES * PAGE_STRUCT_BYTES) / PAGE_SIZE + 3;
const VMEMMAP = 0xffffea0000000000n;

let memory: PhysicalMemory;
let pages: PageDescriptors;
let buddy: BuddyAllocator;
let calls: string[];
function setUp(zeroing?: Zeroing): void {
  memory = PhysicalMemory.allocate(FRAMES * PAGE_SIZE, 4096);
  pages = new PageDescriptors(memory, PAGE_SIZE, FRAMES, VMEMMAP);
  for (let pfn = 0; pfn < FRAMES; pfn++) pages.reserve(pfn);
  calls = [];
  buddy = new BuddyAllocator(memory, memory.size, pages, {
    ...(zeroing && { zeroing }),
    hooks: {
      allocated: (pfn, order) => calls.push(`+${pfn}/${order}`) > 0,
      freed: (pfn, order) => void calls.push(`-${pfn}/${order}`),
    },
  });
  buddy.addRange(FIRST, FRAMES);
}
beforeEach(() => setUp());

const blocks = () => Array.from({ length: MAX_ORDER + 1 }, (_, order) => buddy.freeBlocks(order));
/** The free blocks on the lists, checked to be disjoint and counted correctly. */
function freeFrames(): Set<number> {
  const free = new Set<number>();
  for (let pfn = FIRST; pfn < FRAMES; pfn++) {
    if (pages.type(pfn) !== PGTY_BUDDY) continue;
    for (let i = 0; i < 1 << pages.private_(pfn); i++) {
      expect(free.has(pfn + i)).toBe(false);
      free.add(pfn + i);
    }
  }
  expect(buddy.freePages).toBe(free.size);
  expect(blocks().reduce((sum, count, order) => sum + (count << order), 0)).toBe(free.size);
  return free;
}

test("a range becomes the largest aligned blocks", () => {
  expect(buddy.totalPages).toBe(FRAMES - FIRST);
  expect(freeFrames().size).toBe(FRAMES - FIRST);
  expect(buddy.freeBlocks(MAX_ORDER)).toBe(1);
  expect(buddy.peakUsedPages).toBe(0);
});

test("a block is aligned, has one reference, and is told of", () => {
  const pfn = buddy.allocate(3, 0);
  expect(pfn % 8).toBe(0);
  expect(pages.references(pfn)).toBe(1);
  expect(pages.type(pfn)).toBe(0xff);
  expect(pages.isHead(pfn)).toBe(false);
  expect(calls.at(-1)).toBe(`+${pfn}/3`);
  buddy.free(pfn, 3);
  expect(calls.at(-1)).toBe(`-${pfn}/3`);
});

test("a compound page knows its order and its head", () => {
  const pfn = buddy.allocate(2, Gfp.COMP);
  expect([0, 1, 2, 3].map((i) => pages.head(pfn + i))).toEqual([pfn, pfn, pfn, pfn]);
  expect(pages.isHead(pfn)).toBe(true);
  expect(pages.order(pfn)).toBe(2);
  buddy.free(pfn, 2);
  expect(pages.head(pfn + 1)).toBe(pfn + 1);
});

test("pages are zeroed when asked", () => {
  memory.u8.fill(0xaa, FIRST * PAGE_SIZE, memory.size);
  const dirty = buddy.allocate(1, 0);
  const clean = buddy.allocate(1, Gfp.ZERO);
  expect(memory.u8[dirty * PAGE_SIZE]).toBe(0xaa);
  expect(memory.u8.subarray(clean * PAGE_SIZE, (clean + 2) * PAGE_SIZE).every((byte) => byte === 0)).toBe(true);
});

test("what does not fit is refused", () => {
  expect(buddy.allocate(MAX_ORDER + 1, 0)).toBe(-1);
  expect(buddy.allocate(MAX_ORDER, 0)).toBe(1024);
  expect(buddy.allocate(MAX_ORDER, 0)).toBe(-1);
});

test("taken page by page until none is left, and given back in any order, all is as before", () => {
  const before = blocks();
  const taken: number[] = [];
  for (let pfn = buddy.allocate(0, 0); pfn >= 0; pfn = buddy.allocate(0, 0)) taken.push(pfn);
  expect(new Set(taken).size).toBe(FRAMES - FIRST);
  expect(buddy.freePages).toBe(0);
  expect(buddy.peakUsedPages).toBe(FRAMES - FIRST);
  for (let i = 0; i < taken.length; i++) buddy.free(taken[(i * 7) % taken.length], 0);
  expect(taken.length % 7).not.toBe(0);
  expect(blocks()).toEqual(before);
  freeFrames();
});

test("over any sequence, blocks are aligned, disjoint, and merge again", () => {
  const step = fc.oneof(
    fc.record({ order: fc.integer({ min: 0, max: 7 }), gfp: fc.constantFrom(0, Gfp.COMP) }),
    fc.record({ which: fc.nat() }),
  );
  const before = blocks();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const live: { pfn: number; order: number }[] = [];
      let used = 0;
      for (const next of steps) {
        if ("order" in next) {
          const pfn = buddy.allocate(next.order, next.gfp);
          if (pfn < 0) continue;
          expect(pfn % (1 << next.order)).toBe(0);
          live.push({ pfn, order: next.order });
          used += 1 << next.order;
        } else if (live.length > 0) {
          const [block] = live.splice(next.which % live.length, 1);
          buddy.free(block.pfn, block.order);
          used -= 1 << block.order;
        }
        expect(buddy.freePages).toBe(FRAMES - FIRST - used);
      }
      const free = freeFrames();
      const owned = live.flatMap(({ pfn, order }) => Array.from({ length: 1 << order }, (_, i) => pfn + i));
      expect(new Set(owned).size).toBe(owned.length);
      expect(owned.some((pfn) => free.has(pfn))).toBe(false);
      for (const { pfn, order } of live) buddy.free(pfn, order);
      expect(blocks()).toEqual(before);
    }),
    { numRuns: 40 },
  );
});

test("fields of a descriptor do not disturb each other", () => {
  const pfn = FIRST;
  pages.prepare(pfn, 0, false);
  pages.setReferences(pfn, -3);
  pages.setType(pfn, 0xf5);
  pages.setPrivate(pfn, 9);
  pages.setNext(pfn, 77);
  pages.setPrevious(pfn, 78);
  expect([pages.references(pfn), pages.type(pfn), pages.private_(pfn), pages.next(pfn), pages.previous(pfn)]).toEqual([
    -3, 0xf5, 9, 77, 78,
  ]);
  expect(pages.field(pfn, 8)).toBe(VMEMMAP + 77n * 64n);
  pages.setField(pfn, 32, 1, 2);
  expect(pages.field(pfn, 32)).toBe(0x2_0000_0001n);
  expect(pages.low(pfn, 32)).toBe(1);
  expect(pages.address(pfn)).toBe(PAGE_SIZE + pfn * 64);
  pages.setType(pfn, 0xff);
  expect(pages.field(pfn, 48) & 0xffffffffn).toBe(0xffffffffn);
  expect(pages.isReserved(pfn)).toBe(false);
  expect(pages.isReserved(1)).toBe(true);
});

test("links and heads that a guest wrote over lead nowhere outside", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 0xffffea00, 0xffffffff), (low, high) => {
      pages.setField(FIRST, 8, low, high);
      pages.setField(FIRST, 16, low, high);
      for (const found of [pages.next(FIRST), pages.previous(FIRST), pages.head(FIRST)]) {
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThan(FRAMES);
        expect(Number.isInteger(found)).toBe(true);
      }
    }),
  );
});

test("a page that is to be used late is the last of its list", () => {
  const taken = Array.from({ length: 64 }, () => buddy.allocate(0, 0));
  const [late, ...others] = taken.filter((_, i) => i % 2 === 0);
  for (const pfn of others) buddy.free(pfn, 0);
  const singles = buddy.freeBlocks(0);
  buddy.freeLast(late);
  expect(pages.references(late)).toBe(0);
  freeFrames();
  expect(Array.from({ length: singles + 1 }, () => buddy.allocate(0, 0)).at(-1)).toBe(late);
});

test.each([
  { initOnAlloc: true, initOnFree: false },
  { initOnAlloc: false, initOnFree: true },
])("pages are zeroed: %o", ({ initOnAlloc, initOnFree }) => {
  setUp({ initOnAlloc, initOnFree });
  const bytes = (pfn: number) => memory.u8.subarray(pfn * PAGE_SIZE, (pfn + 2) * PAGE_SIZE);
  const pfn = buddy.allocate(1, Gfp.KERNEL);
  bytes(pfn).fill(7);
  buddy.free(pfn, 1);
  expect(bytes(pfn).every((byte) => byte === (initOnFree ? 0 : 7))).toBe(true);
  expect(buddy.allocate(1, Gfp.KERNEL)).toBe(pfn);
  expect(bytes(pfn).every((byte) => byte === 0)).toBe(true);
});
