import {
  KASAN_SLAB_FREE as FREE,
  KASAN_SLAB_FREE_META as FREE_META,
  KASAN_PAGE_FREE,
  KASAN_SLAB_REDZONE as REDZONE,
} from "@kasan/shadow";
import { beforeEach, expect, test } from "vitest";
import { slabOnly } from "../../../test/slab.ts";
import { NO_FREE_META, SlabFlag } from "../../mm/slab/cache.ts";
import { kmallocMaxSize } from "../../mm/slab/sizes.ts";

const KMALLOC_MAX_SIZE = kmallocMaxSize();

import { TRACK_BYTES } from "../track.ts";
import {
  ALLOC_META_BYTES,
  FREE_META_BYTES,
  FREE_TRACK,
  type GenericObjectHooks,
  optimalRedzone,
} from "./slab-hooks.ts";

let slab: ReturnType<typeof slabOnly>;
let kasan: GenericObjectHooks;
beforeEach(() => {
  saved = [];
  slab = slabOnly({ tracks: { save: (at) => void saved.push(at), stack: ([handle]) => handle } });
  kasan = slab.hooks!;
});
const shadowOf = (object: number, granules: number) =>
  Array.from({ length: granules }, (_, i) => slab.shadow.byteAt(object + 8 * i));
let saved: number[];
const by = new Uint32Array();

test("the redzone grows with the object", () => {
  expect(
    [1, 48, 49, 96, 97, 448, 449, 3968, 3969, 16128, 16129, 32256, 32257, 64512, 64513].map(optimalRedzone),
  ).toEqual([16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024, 2048]);
});

test("metadata lie behind the object, and in it where they fit", () => {
  expect([ALLOC_META_BYTES, FREE_META_BYTES, FREE_TRACK, TRACK_BYTES]).toEqual([24, 24, 8, 16]);
  const at = (name: string) => {
    const { allocMeta, freeMeta } = slab.cache(name);
    return [allocMeta, freeMeta];
  };
  expect(at("kmalloc-8")).toEqual([24, 0]);
  expect(at("kmalloc-16")).toEqual([24, 0]);
  expect(at("kmalloc-32")).toEqual([32, 0]);
  const rcu = slab.allocator.create({ name: "rcu", objectSize: 20, align: 8, flags: SlabFlag.TYPESAFE_BY_RCU })!;
  expect([rcu.freeOffset, rcu.allocMeta, rcu.freeMeta, rcu.size]).toEqual([24, 32, 56, 80]);
  const huge = slab.allocator.create({ name: "huge", objectSize: KMALLOC_MAX_SIZE, align: 8 })!;
  expect([huge.allocMeta, huge.freeMeta, huge.size]).toEqual([0, 0, KMALLOC_MAX_SIZE]);
  const rcuHuge = slab.allocator.create({
    name: "huge",
    objectSize: KMALLOC_MAX_SIZE - 32,
    align: 8,
    flags: SlabFlag.TYPESAFE_BY_RCU,
  })!;
  expect([rcuHuge.allocMeta, rcuHuge.freeMeta]).toEqual([KMALLOC_MAX_SIZE - 24, NO_FREE_META]);
});

test("shadow of an object, from slab to free list", () => {
  const cache = slab.cache("kmalloc-64");
  const object = slab.allocator.allocate(cache, 0xcc0);
  expect(shadowOf(object, 16)).toEqual(Array(16).fill(REDZONE));
  kasan.allocated(cache, object, by);
  expect(shadowOf(object, 9)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, REDZONE]);
  kasan.kmalloc(cache, object, 43, by);
  expect(shadowOf(object, 9)).toEqual([0, 0, 0, 0, 0, 3, REDZONE, REDZONE, REDZONE]);
  expect(saved).toEqual([object + cache.allocMeta]);
  expect(kasan.isAccessible(object)).toBe(true);

  expect(kasan.freed(cache, object, by)).toBe(true);
  expect(shadowOf(object, 9)).toEqual([FREE_META, FREE, FREE, FREE, FREE, FREE, FREE, FREE, REDZONE]);
  expect(saved[1]).toBe(object + FREE_TRACK);
  expect(kasan.isAccessible(object)).toBe(false);

  kasan.toFreeList(cache, object);
  // The link is in the middle, behind the free meta, so the free track stays valid.
  expect([cache.freeOffset, shadowOf(object, 1)[0]]).toEqual([32, FREE_META]);
  slab.allocator.release(cache, object);
  slab.allocator.flushCpuSlab(cache);
  expect(shadowOf(object, 1)).toEqual([KASAN_PAGE_FREE]);
});

test("the link of a small object's free list overwrites the track of its free", () => {
  const cache = slab.cache("kmalloc-16");
  const object = slab.allocator.allocate(cache, 0xcc0);
  kasan.allocated(cache, object, by);
  kasan.freed(cache, object, by);
  expect(shadowOf(object, 2)).toEqual([FREE_META, FREE]);
  kasan.toFreeList(cache, object);
  expect(shadowOf(object, 2)).toEqual([FREE, FREE]);
});

test("objects without free meta are poisoned and have no track", () => {
  const cache = slab.cache("kmalloc-64");
  cache.freeMeta = NO_FREE_META;
  const object = slab.allocator.allocate(cache, 0xcc0);
  expect(kasan.freed(cache, object, by)).toBe(false);
  expect(saved).toEqual([]);
  expect(shadowOf(object, 8)).toEqual(Array(8).fill(FREE));
});

test("every size of kmalloc is accessible to the byte", () => {
  const cache = slab.cache("kmalloc-128");
  const object = slab.allocator.allocate(cache, 0xcc0);
  for (let size = 1; size <= 128; size++) {
    kasan.allocated(cache, object, by);
    kasan.kmalloc(cache, object, size, by);
    const expected = Array.from({ length: 16 }, (_, i) =>
      8 * i + 8 <= size ? 0 : 8 * i < size ? size - 8 * i : REDZONE,
    );
    expect(shadowOf(object, 16)).toEqual(expected);
  }
});

test("two auxiliary stacks are remembered, the newer first, until the next allocation", () => {
  const cache = slab.cache("kmalloc-64");
  const object = slab.allocator.allocate(cache, 0xcc0);
  const aux = (object + cache.allocMeta + TRACK_BYTES) >>> 2;
  for (const handle of [11, 12, 13]) kasan.recordAuxiliary(cache, object, Uint32Array.of(handle));
  expect([slab.memory.u32[aux], slab.memory.u32[aux + 1]]).toEqual([13, 12]);
  kasan.kmalloc(cache, object, 64, by);
  expect([slab.memory.u32[aux], slab.memory.u32[aux + 1]]).toEqual([0, 0]);
  cache.allocMeta = 0;
  saved = [];
  kasan.recordAuxiliary(cache, object, Uint32Array.of(9));
  kasan.kmalloc(cache, object, 64, by);
  expect(saved).toEqual([]);
});
