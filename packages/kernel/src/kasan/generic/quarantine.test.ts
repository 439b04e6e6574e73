import { PhysicalMemory } from "@kasan/mmu";
import { beforeEach, expect, test } from "vitest";
import type { KmemCache } from "../../mm/slab/cache.ts";
import { KmemCache as Cache, NO_FREE_META } from "../../mm/slab/cache.ts";
import { Quarantine, quarantineStateBytes } from "./quarantine.ts";

const MIB = 2 ** 20;
const RAM = 32 * MIB;
const SLOT = 64 * 1024;

let memory: PhysicalMemory;
let released: number[];
let owners: Map<number, KmemCache>;
let small: KmemCache;
let large: KmemCache;
let quarantine: Quarantine;
let views: Quarantine[];
function setUp(totalPages = RAM / 4096, cpus = 1): void {
  memory = PhysicalMemory.allocate(RAM, quarantineStateBytes(cpus));
  released = [];
  owners = new Map();
  const make = (address: number, size: number, freeMeta: number) => {
    const cache = new Cache(memory, address);
    cache.size = size;
    cache.freeMeta = freeMeta;
    return cache;
  };
  small = make(4096, SLOT, 8);
  large = make(8192, 4 * SLOT, 0);
  const view = (cpu: number) =>
    new Quarantine(memory, RAM, 0xffff888000000000n, {
      cacheOfObject: (object) => owners.get(object),
      release: (_cache, object) => void released.push(object),
      totalBytes: totalPages * 4096,
      cpus,
      cpu,
    });
  views = Array.from({ length: cpus }, (_, cpu) => view(cpu));
  quarantine = views[0];
}
beforeEach(() => setUp());

const put = (cache: KmemCache, index: number, on = quarantine) => {
  const object = MIB + index * 1024;
  owners.set(object, cache);
  on.put(cache, object, object + cache.freeMeta);
  return object;
};
/** Adds the given number of small objects. */
const fill = (count: number, from = 0) => Array.from({ length: count }, (_, i) => put(small, from + i));

test("objects wait while a CPU's queue is at most 1 MB and the global one below its limit", () => {
  fill(16);
  expect(quarantine.bytes).toBe(MIB);
  quarantine.reduce();
  expect(released).toEqual([]);
});

test("the limit is a 32nd of memory less 1 MB for each CPU; the oldest go first", () => {
  // 64 MB: 2 MB - 1 MB. A queue of 17 objects exceeds 1 MB and becomes a batch.
  setUp((64 * MIB) / 4096);
  const objects = fill(17);
  quarantine.reduce();
  expect(released).toEqual(objects);
  expect(quarantine.bytes).toBe(0);

  // 128 MB: 3 MB.
  setUp((128 * MIB) / 4096);
  const many = fill(17 * 3 + 5);
  quarantine.reduce();
  expect(released).toEqual(many.slice(0, 17));
  quarantine.reduce();
  expect(released.length).toBe(17);
  expect(quarantine.bytes).toBe((17 * 2 + 5) * SLOT);
});

test("each CPU fills a queue of its own, and every CPU sees them all", () => {
  setUp((16 * MIB) / 4096, 2);
  const [mine, others] = views.map((view, cpu) =>
    Array.from({ length: 16 }, (_, i) => put(small, 100 * cpu + i, view)),
  );
  expect(views.map(({ bytes }) => bytes)).toEqual([2 * MIB, 2 * MIB]);
  // Neither queue exceeds 1 MB until one does.
  views[1].reduce();
  expect(released).toEqual([]);
  const last = put(large, 50, views[0]);
  views[1].reduce();
  expect(released).toEqual([...mine, last]);
  views[0].removeCache(small);
  expect(released).toEqual([...mine, last, ...others]);
  expect(views.map(({ bytes }) => bytes)).toEqual([0, 0]);
});

test("with too little memory for the CPUs' queues the limit is 0", () => {
  setUp((16 * MIB) / 4096);
  const objects = fill(34);
  quarantine.reduce();
  quarantine.reduce();
  quarantine.reduce();
  expect(released).toEqual(objects);
});

test("any number of batches goes round", () => {
  setUp((64 * MIB) / 4096);
  const order: number[] = [];
  for (let round = 0; round < 1100; round++) {
    order.push(...fill(17, (round % 50) * 17));
    quarantine.reduce();
    expect(quarantine.bytes).toBeLessThanOrEqual(2 * MIB);
  }
  expect(released).toEqual(order.slice(0, released.length));
  expect(order.length - released.length).toBeLessThanOrEqual(17);
});

test("without anybody who may sleep, batches grow together and nothing is lost", () => {
  const objects = Array.from({ length: 1100 }, (_, round) => fill(17, round % 400 === 0 ? 0 : 17)).flat();
  expect(quarantine.bytes).toBe(objects.length * SLOT);
});

test("a cache's objects leave, wherever they are, and the others stay in order", () => {
  setUp((1024 * MIB) / 4096);
  const mine: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < 60; i++) (i % 3 === 1 ? mine : others).push(put(i % 3 === 1 ? large : small, i));
  const bytes = quarantine.bytes;
  expect(bytes).toBe(others.length * SLOT + mine.length * 4 * SLOT);
  quarantine.removeCache(large);
  // The CPU's own queue, which has the newest objects, comes first.
  expect([...released].sort((a, b) => a - b)).toEqual(mine);
  expect(quarantine.bytes).toBe(others.length * SLOT);
  quarantine.removeCache(large);
  quarantine.removeCache(small);
  expect([...released.slice(mine.length)].sort((a, b) => a - b)).toEqual(others);
  expect(quarantine.bytes).toBe(0);
  const again = fill(3, 100);
  quarantine.removeCache(small);
  expect(released.slice(-3)).toEqual(again);
});

test("a link that a guest wrote over ends a queue; the rest is lost, and nothing else", () => {
  for (const link of [
    [0x41414141, 0x41414141],
    [0x123, 0xffff8880],
    [MIB, 0xffff8880],
  ] as const) {
    setUp((64 * MIB) / 4096);
    const objects = fill(16);
    const at = (objects[4] + small.freeMeta) >>> 2;
    memory.u32[at] = link[0];
    memory.u32[at + 1] = link[1];
    put(small, 16);
    quarantine.reduce();
    expect(released.slice(0, 5)).toEqual(objects.slice(0, 5));
    expect(released.length).toBeLessThanOrEqual(17);
    expect(quarantine.bytes).toBe(0);
  }
});

test("a cache that lost its free meta ends a queue", () => {
  setUp((64 * MIB) / 4096);
  fill(17);
  small.freeMeta = NO_FREE_META;
  quarantine.reduce();
  expect(released).toEqual([]);
});
