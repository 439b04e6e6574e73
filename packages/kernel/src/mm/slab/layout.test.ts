import fc from "fast-check";
import { expect, test } from "vitest";
import { ALLOC_META_BYTES, FREE_META_BYTES, placeMeta } from "../../kasan/generic/slab-hooks.ts";
import { SlabFlag } from "./cache.ts";
import { cacheLayout } from "./layout.ts";

const { CONSISTENCY_CHECKS, RED_ZONE, POISON, KMALLOC, STORE_USER } = SlabFlag;

const shape = (objectSize: number, flags = 0, align = 0) => ({
  ...{ objectSize, align, flags },
  cacheLine: false,
  keepsContents: false,
});

test.each([
  // Object size, flags, alignment; distance between objects, link, bytes in use, red zone before.
  [64, CONSISTENCY_CHECKS, 0, 64, 32, 64, 0],
  [64, POISON, 0, 72, 64, 64, 0],
  [60, POISON, 0, 72, 64, 64, 0],
  [64, STORE_USER, 0, 128, 32, 64, 0],
  [32, STORE_USER | KMALLOC, 0, 104, 16, 32, 0],
  [64, RED_ZONE, 0, 88, 32, 72, 8],
  [60, RED_ZONE, 0, 80, 24, 64, 8],
  [7, RED_ZONE, 0, 32, 8, 8, 8],
  [32, RED_ZONE | STORE_USER | KMALLOC, 0, 136, 40, 40, 8],
  [64, RED_ZONE | POISON | STORE_USER, 0, 160, 72, 72, 8],
  [64, RED_ZONE, 64, 192, 32, 72, 64],
])("%i bytes, flags %#x, alignment %i", (size, flags, align, distance, link, inUse, redLeft) => {
  expect(cacheLayout(shape(size, flags, align), 1)).toMatchObject({
    ...{ size: distance, freeOffset: link, inUse, redLeft },
  });
});

test("KASAN's metadata come behind the tracks, those of a free in a small object as well", () => {
  const flags = RED_ZONE | STORE_USER;
  const large = cacheLayout(shape(64, flags), 1, placeMeta);
  expect(large).toMatchObject({ allocMeta: 136, freeMeta: 0, size: 136 + ALLOC_META_BYTES + 16 });
  const small = cacheLayout(shape(8, flags), 1, placeMeta);
  expect(small).toMatchObject({ allocMeta: 80, freeMeta: 80 + ALLOC_META_BYTES });
  expect(small?.size).toBe(80 + ALLOC_META_BYTES + FREE_META_BYTES + 16);
});

test("flags that are not for debugging change nothing", () => {
  const plain = (flag: number) => flag & ~(CONSISTENCY_CHECKS | RED_ZONE | POISON | STORE_USER);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8192 }), fc.nat(), fc.boolean(), (size, flags, kasan) => {
      const place = kasan ? placeMeta : undefined;
      expect(cacheLayout(shape(size, plain(flags)), 2, place)).toEqual(cacheLayout(shape(size), 2, place));
    }),
  );
});
