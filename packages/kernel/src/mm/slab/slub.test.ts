import { KASAN_SLAB_REDZONE } from "@kasan/shadow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { slabOnly } from "../../../test/slab.ts";
import { type KmemCache, NO_FREE_META, SlabFlag } from "./cache.ts";
import { kmallocMaxSize, kmallocSizes } from "./sizes.ts";

const KMALLOC_MAX_SIZE = kmallocMaxSize();
const KMALLOC_SIZES = kmallocSizes();

test("slabs of a KASAN kernel with 2 CPUs are those of a real one", () => {
  // From the `raw:` lines of a 6.12 kernel's reports: objects in a slab, and its order.
  const { cache } = slabOnly({ cpus: 2 });
  const shape = (name: string) => {
    const { size, objects, order } = cache(name);
    return [size, objects, order];
  };
  expect(shape("kmalloc-8")).toEqual([48, 85, 0]);
  expect(shape("kmalloc-16")).toEqual([48, 85, 0]);
  expect(shape("kmalloc-32")).toEqual([64, 64, 0]);
  expect(shape("kmalloc-64")).toEqual([128, 32, 0]);
  expect(shape("kmalloc-128")).toEqual([256, 16, 0]);
  expect(shape("kmalloc-256")).toEqual([512, 16, 1]);
  expect(shape("kmalloc-8k")).toEqual([16384, 2, 3]);
});

test("without KASAN objects lie side by side", () => {
  const { cache } = slabOnly({ kasan: false });
  for (const [name, size] of KMALLOC_SIZES) expect(cache(name).size, name).toBe(size);
  expect(cache("kmalloc-8").freeMeta).toBe(NO_FREE_META);
});

test("kmalloc takes the smallest cache that fits", () => {
  const { allocator } = slabOnly();
  for (let size = 1; size <= 8192; size++) {
    const expected = KMALLOC_SIZES.find(([, objectSize]) => objectSize >= size)!;
    if (allocator.kmallocCache(size).name !== expected[0]) expect.fail(`kmalloc(${size})`);
  }
});

test("a slab's descriptor says what a kernel's says", () => {
  const { allocator, cache, pages } = slabOnly({ cpus: 2 });
  const kmalloc = cache("kmalloc-128");
  const object = allocator.allocate(kmalloc, 0xcc0);
  const slab = allocator.slabOf(object);
  expect(pages.field(slab, 8)).toBe(0xffff888000000000n + BigInt(kmalloc.address));
  expect(pages.field(slab, 40)).toBe(0x80100010n);
  expect(pages.field(slab, 48)).toBe(0x00000001_f5000000n);
  expect(allocator.cacheOf(slab)).toBe(kmalloc);
  expect(allocator.slabOf(4)).toBe(-1);
  expect(allocator.slabOf(-1)).toBe(-1);
  expect(allocator.slabOf(2 ** 40)).toBe(-1);
});

test("an address belongs to the object whose slot it is in", () => {
  const { allocator, cache } = slabOnly();
  const kmalloc = cache("kmalloc-8");
  const first = allocator.allocate(kmalloc, 0xcc0);
  const slab = allocator.slabOf(first);
  expect(allocator.nearestObject(kmalloc, slab, first)).toBe(first);
  expect(allocator.nearestObject(kmalloc, slab, first + 47)).toBe(first);
  expect(allocator.nearestObject(kmalloc, slab, first + 48)).toBe(first + 48);
  expect(allocator.nearestObject(kmalloc, slab, slab * 4096 + 4095)).toBe(slab * 4096 + 84 * 48);
});

test("objects do not overlap, are aligned, and come back; the counters are right", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("allocate" as const), cache: fc.nat(3) }),
    fc.record({ do: fc.constant("free" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("shrink" as const), cache: fc.nat(3) }),
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 200 }), (kasan, steps) => {
      const { allocator, cache, buddy } = slabOnly({ kasan });
      const own = allocator.create({ name: "own", objectSize: 1000, align: 64, flags: SlabFlag.HWCACHE_ALIGN })!;
      const caches = [cache("kmalloc-8"), cache("kmalloc-1k"), cache("kmalloc-4k"), own];
      const before = buddy.freePages;
      const live: { object: number; cache: KmemCache }[] = [];
      const check = () => {
        for (const cache of caches) {
          const objects = live.filter((entry) => entry.cache === cache);
          expect(cache.live).toBe(objects.length);
          let partial = 0;
          for (let slab = cache.partial; slab !== 0; slab = allocator["pages"].low(slab, 16)) {
            const word = allocator["pages"].low(slab, 40);
            const used = objects.filter(({ object }) => allocator.slabOf(object) === slab).length;
            expect(word & 0xffff, "objects in use on a slab of the list").toBe(used);
            partial++;
          }
          expect(cache.partialCount).toBe(partial);
        }
        const used = caches.reduce((sum, { slabs, order }) => sum + (slabs << order), 0);
        expect(buddy.freePages).toBe(before - used);
      };
      for (const next of steps) {
        if (next.do === "allocate") {
          const cache = caches[next.cache];
          const object = allocator.allocate(cache, 0xcc0);
          expect(object % cache.align).toBe(0);
          for (const other of live) {
            const apart = object + cache.size <= other.object || other.object + other.cache.size <= object;
            expect(apart, `${object} overlaps ${other.object}`).toBe(true);
          }
          live.push({ object, cache });
        } else if (next.do === "free" && live.length > 0) {
          const [entry] = live.splice(next.which % live.length, 1);
          allocator.release(entry.cache, entry.object);
        } else if (next.do === "shrink") allocator.shrink(caches[next.cache]);
        check();
      }
      while (live.length > 0) {
        const { cache, object } = live.pop()!;
        allocator.release(cache, object);
      }
      for (const cache of caches) {
        allocator.shrink(cache);
        expect(cache.slabs).toBe(0);
      }
      expect(buddy.freePages).toBe(before);
    }),
    { numRuns: 40 },
  );
});

test("a cache keeps a few empty slabs, and gives more back", () => {
  const { allocator, cache, buddy } = slabOnly();
  const kmalloc = cache("kmalloc-1k");
  const before = buddy.freePages;
  const objects = Array.from({ length: 20 * kmalloc.objects }, () => allocator.allocate(kmalloc, 0xcc0));
  expect(kmalloc.slabs).toBe(20);
  for (const object of objects) allocator.release(kmalloc, object);
  // The slab whose last object is freed counts itself: of 5 on the list, 4 stay. The CPU has one more.
  expect(kmalloc.partialCount).toBe(4);
  expect(kmalloc.slabs).toBe(5);
  expect(buddy.freePages).toBe(before - 5 * (1 << kmalloc.order));
});

test("a cache uses up memory, says so, and gives all of it back", () => {
  const { allocator, buddy } = slabOnly();
  const cache = allocator.create({ name: "large", objectSize: 3000, align: 8 })!;
  const before = buddy.freePages;
  const fill = () => {
    const objects: number[] = [];
    for (let object = allocator.allocate(cache, 0xcc0); object !== 0; object = allocator.allocate(cache, 0xcc0)) {
      objects.push(object);
    }
    return objects;
  };
  const objects = fill();
  expect(buddy.freePages).toBe(0);
  for (const object of objects) allocator.release(cache, object);
  allocator.shrink(cache);
  expect(buddy.freePages).toBe(before);
  expect(fill().length).toBe(objects.length);
});

test("when memory is in pieces, slabs are smaller", () => {
  const { allocator, cache, buddy } = slabOnly({ kasan: false });
  const kmalloc = cache("kmalloc-4k");
  expect([kmalloc.order, kmalloc.minOrder]).toEqual([3, 0]);
  const taken: number[] = [];
  for (let pfn = buddy.allocate(0, 0); pfn >= 0; pfn = buddy.allocate(0, 0)) taken.push(pfn);
  for (const pfn of taken) if (pfn % 2 === 0) buddy.free(pfn, 0);
  const object = allocator.allocate(kmalloc, 0xcc0);
  expect(object).not.toBe(0);
  expect(allocator.nearestObject(kmalloc, allocator.slabOf(object), object + 4096)).toBe(object);
});

test.each([
  [0, 8],
  [KMALLOC_MAX_SIZE + 1, 8],
  [2 ** 32 - 1, 8],
  [64, 2 ** 32 - 1],
])("a cache of objects of %i bytes aligned to %i cannot be", (size, align) => {
  const { allocator, cache } = slabOnly();
  const before = [...allocator.all()].length;
  const live = cache("kmem_cache").live;
  expect(allocator.create({ name: "impossible", objectSize: size, align })).toBeUndefined();
  expect([...allocator.all()].length).toBe(before);
  expect(cache("kmem_cache").live).toBe(live);
});

test("a cache comes and goes without a trace", () => {
  const { allocator, buddy } = slabOnly();
  const names = () => [...allocator.all()].map(({ name }) => name);
  const [before, free] = [names(), buddy.freePages];
  for (const order of ["newest", "oldest"]) {
    const caches = ["a", "b", "c"].map((name) => allocator.create({ name, objectSize: 100, align: 8 })!);
    expect(names()).toEqual([...before, "a", "b", "c"]);
    for (const cache of caches) allocator.release(cache, allocator.allocate(cache, 0xcc0));
    expect(allocator.findCache(caches[1].address)).toBe(caches[1]);
    for (const cache of order === "newest" ? caches.reverse() : caches) allocator.destroy(cache);
    expect(allocator.findCache(caches[1].address)).toBeUndefined();
    expect(names()).toEqual(before);
  }
  expect(buddy.freePages).toBe(free);
});

test("a long name is cut", () => {
  const { allocator } = slabOnly();
  const cache = allocator.create({ name: "n".repeat(500), objectSize: 8, align: 8 })!;
  expect(cache.name).toMatch(/^n{100,}$/);
});

test("constructors run once for each object of a slab, which keeps what they wrote", () => {
  const built: number[] = [];
  const construct = (low: number, high: number, object: number) => {
    expect([low, high]).toEqual([0x1234, 0xffffffff]);
    expect(shadow.byteAt(object)).toBe(0);
    memory.u32[object >>> 2] = 0xc0ffee;
    built.push(object);
  };
  const { allocator, memory, shadow } = slabOnly({ construct });
  const cache = allocator.create({
    name: "built",
    objectSize: 64,
    align: 8,
    constructorLow: 0x1234,
    constructorHigh: 0xffffffff,
  })!;
  expect(cache.freeOffset).toBe(64);
  expect(cache.freeMeta).toBeGreaterThanOrEqual(72);
  const object = allocator.allocate(cache, 0xcc0);
  expect(built.length).toBe(cache.objects);
  expect(shadow.byteAt(object)).toBe(KASAN_SLAB_REDZONE);
  allocator.release(cache, object);
  expect(memory.u32[allocator.allocate(cache, 0xcc0) >>> 2]).toBe(0xc0ffee);
});

test("a free list that a guest wrote over is noticed at the next allocation", () => {
  for (const [low, high] of [
    [0x41414141, 0x41414141],
    [0x1001, 0xffff8880],
    [0xffffff00, 0xffff8880],
  ] as const) {
    const { allocator, cache, memory } = slabOnly();
    const kmalloc = cache("kmalloc-64");
    const object = allocator.allocate(kmalloc, 0xcc0);
    allocator.release(kmalloc, object);
    memory.u32[(object + kmalloc.freeOffset) >>> 2] = low;
    memory.u32[((object + kmalloc.freeOffset) >>> 2) + 1] = high;
    const link = (BigInt(high) << 32n) | BigInt(low);
    expect(() => allocator.allocate(kmalloc, 0xcc0)).toThrow(
      expect.objectContaining({ code: "FREE_LIST", message: expect.stringContaining(link.toString(16)) }),
    );
  }
});

test("a free list that a guest made a ring of comes to an end", () => {
  const { allocator, cache, memory } = slabOnly();
  const kmalloc = cache("kmalloc-64");
  const object = allocator.allocate(kmalloc, 0xcc0);
  allocator.release(kmalloc, object);
  memory.u32[(object + kmalloc.freeOffset) >>> 2] = object;
  memory.u32[((object + kmalloc.freeOffset) >>> 2) + 1] = 0xffff8880;
  allocator.flushCpuSlab(kmalloc);
  expect(kmalloc.cpuSlab).toBe(0);
});
