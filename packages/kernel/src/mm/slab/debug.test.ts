import { arm64 } from "@kasan/arch-arm64";
import { parseLog } from "@kasan/report";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../../test/machine.ts";
import { slabOnly } from "../../../test/slab.ts";
import { SlabFlag } from "./cache.ts";
import type { SlabErrorSink } from "./errors.ts";
import { Poison } from "./object-layout.ts";

const { CONSISTENCY_CHECKS, RED_ZONE, POISON, KMALLOC, STORE_USER } = SlabFlag;
const ALL = CONSISTENCY_CHECKS | RED_ZONE | POISON | STORE_USER;
const GFP = 0xcc0;

/** An allocator with a cache, whose errors are kept as text, or counted. */
function debugged(flags: number, { size = 64, kasan = false, counts = false } = {}) {
  const texts: string[] = [];
  const found = { errors: 0, warnings: 0 };
  const errors: SlabErrorSink = {
    count: (more) => {
      found.errors += more;
      return counts;
    },
    taint: () => "Not tainted",
    pageFlags: () => "0x0(zone=0)",
    print: (lines) => void texts.push(...lines),
    warn: () => void found.warnings++,
  };
  const parts = slabOnly({ kasan, errors });
  const cache = parts.allocator.create({ name: "checked", objectSize: size, align: 0, flags })!;
  const allocate = (asked?: number) => parts.allocator.allocate(cache, GFP, asked);
  const free = (object: number) => parts.allocator.release(cache, object);
  /** Number of errors that a look at the cache finds. */
  const validate = () => {
    found.errors = 0;
    parts.allocator.validate(cache);
    return found.errors;
  };
  return { ...parts, cache, texts, found, allocate, free, validate };
}

const bytes = (memory: { u8: Uint8Array }, from: number, count: number) => [...memory.u8.slice(from, from + count)];

test("objects have the values of their state around and in them", () => {
  const { memory, cache, allocate, free } = debugged(ALL, { size: 16 });
  const object = allocate();
  expect(bytes(memory, object - cache.redLeft, 8)).toEqual(Array(8).fill(Poison.RED_ACTIVE));
  expect(bytes(memory, object, 16)).toEqual([...Array(15).fill(Poison.FREE), Poison.END]);
  expect(bytes(memory, object + 16, 8)).toEqual(Array(8).fill(Poison.RED_ACTIVE));
  memory.fill(0x11, object, object + 16);
  free(object);
  expect(bytes(memory, object - cache.redLeft, 8)).toEqual(Array(8).fill(Poison.RED_INACTIVE));
  expect(bytes(memory, object, 16)).toEqual([...Array(15).fill(Poison.FREE), Poison.END]);
  expect(bytes(memory, object + 16, 8)).toEqual(Array(8).fill(Poison.RED_INACTIVE));
  expect(bytes(memory, object + cache.size - cache.redLeft - 8, 8)).toEqual(Array(8).fill(Poison.INUSE));
});

test("an object that readers or a constructor count on is not poisoned; what is around it is checked", () => {
  for (const kept of [{ flags: ALL | SlabFlag.TYPESAFE_BY_RCU }, { flags: ALL, constructorLow: 1 }]) {
    const { allocator, memory, found, texts } = debugged(ALL);
    const cache = allocator.create({ name: "kept", objectSize: 64, align: 0, ...kept })!;
    const object = allocator.allocate(cache, GFP);
    expect(memory.u8[object]).not.toBe(Poison.FREE);
    memory.fill(0x11, object, object + 64);
    allocator.release(cache, object);
    expect(bytes(memory, object, 64)).toEqual(Array(64).fill(0x11));
    allocator.validate(cache);
    expect(texts).toEqual([]);
    memory.u8[object + 64] = 0;
    allocator.validate(cache);
    expect(found.errors).toBe(3);
  }
});

test("whatever is allocated and freed, a look finds nothing; what is written into objects stays", () => {
  const flag = (bit: number) => fc.boolean().map((on) => (on ? bit : 0));
  const flags = fc.tuple(...[CONSISTENCY_CHECKS, RED_ZONE, POISON, KMALLOC, STORE_USER].map(flag));
  const step = fc.record({ allocate: fc.boolean(), which: fc.nat() });
  const input = [fc.boolean(), flags, fc.integer({ min: 1, max: 900 }), fc.array(step, { maxLength: 80 })] as const;
  fc.assert(
    fc.property(...input, (kasan, set, size, steps) => {
      const { memory, cache, allocator, hooks, allocate, free, validate, texts, buddy } = debugged(
        set.reduce((a, b) => a | b),
        { size, kasan },
      );
      const before = buddy.freePages;
      const live: number[] = [];
      const put = (object: number) => {
        expect(bytes(memory, object, size)).toEqual(Array(size).fill(object & 0x7f));
        hooks?.toFreeList(cache, object);
        free(object);
      };
      for (const { allocate: more, which } of steps) {
        if (more || live.length === 0) {
          const object = allocate(1 + (which % size));
          expect(object % cache.align).toBe(0);
          expect(allocator.nearestObject(cache, allocator.slabOf(object), object + size - 1)).toBe(object);
          // What comes behind what was asked for is red.
          allocator.objectLayout.setRequested(cache, object, size);
          memory.fill(object & 0x7f, object, object + size);
          live.push(object);
        } else put(live.splice(which % live.length, 1)[0]);
        expect(cache.live).toBe(live.length);
      }
      expect(validate(), texts.join("\n")).toBe(0);
      for (const object of live) put(object);
      allocator.shrink(cache);
      expect(texts).toEqual([]);
      expect([cache.slabs, buddy.freePages]).toEqual([0, before]);
    }),
    { numRuns: 60 },
  );
});

describe("what is overwritten is found, and repaired", () => {
  const SIZE = 60;
  type Place = (cache: ReturnType<typeof debugged>["cache"]) => number;
  const end: Place = ({ size, redLeft }) => size - redLeft;
  test.each<[what: string, flags: number, isFree: boolean, at: Place]>([
    ["Left Redzone", RED_ZONE, false, () => -1],
    ["Left Redzone", RED_ZONE, true, () => -8],
    ["Right Redzone", RED_ZONE, false, () => SIZE],
    ["Right Redzone", RED_ZONE, true, () => SIZE + 3],
    ["Alignment padding", POISON, false, () => SIZE],
    ["Poison", POISON, true, () => 0],
    ["Poison", POISON, true, () => SIZE - 2],
    ["End Poison", POISON, true, () => SIZE - 1],
    ["Object padding", POISON | RED_ZONE, false, (cache) => end(cache) - 1],
    ["Object padding", POISON | RED_ZONE | STORE_USER, true, (cache) => end(cache) - 8],
    ["kmalloc Redzone", RED_ZONE | STORE_USER | KMALLOC, false, () => 18],
  ])("%s (flags %i, free: %s)", (what, flags, isFree, at) => {
    for (const counts of [true, false]) {
      const { memory, cache, texts, allocate, free, validate, found } = debugged(flags, { size: SIZE, counts });
      const object = allocate(18);
      if (isFree) free(object);
      const place = object + at(cache);
      const before = memory.u8[place];
      memory.u8[place] ^= 0xff;
      // One for the byte, one for its repair; if they are printed, one more for the object's dump.
      expect(validate()).toBe(counts ? 2 : 3);
      expect(memory.u8[place]).toBe(before);
      expect(validate()).toBe(0);
      expect(found.warnings).toBe(counts ? 0 : 1);
      if (counts) expect(texts).toEqual([]);
      else expect(texts[0]).toContain(`[${what} overwritten] 0x${(0xffff888000000000n + BigInt(place)).toString(16)}-`);
    }
  });

  test("bytes behind the last object", () => {
    const { memory, cache, texts, allocate, validate } = debugged(POISON, { size: 1000 });
    const slab = allocate();
    const last = slab + (4096 << cache.order) - 1;
    memory.u8[last] = 0;
    expect(validate()).toBe(1);
    expect(texts[1]).toMatch(/^BUG checked \(Not tainted\): Padding overwritten\. 0x/);
    expect(memory.u8[last]).toBe(Poison.INUSE);
    expect(validate()).toBe(0);
  });

  test("a link: the free objects after it are lost, the count is set right", () => {
    const { memory, cache, allocate, free, validate } = debugged(POISON, { counts: true });
    const object = allocate();
    free(object);
    const link = [cache.freeOffset, cache.freeOffset + 4].map((at) => memory.u32[(object + at) >>> 2]);
    memory.u8[object + cache.freeOffset] ^= 0xff;
    // The list, the count, its repair.
    expect(validate()).toBe(3);
    memory.u32.set(link, (object + cache.freeOffset) >>> 2);
    expect(validate()).toBe(2);
    expect(validate()).toBe(0);
  });

  test("a free list that begins with nothing", () => {
    const { pages, allocate, validate, texts } = debugged(CONSISTENCY_CHECKS);
    const slab = Math.floor(allocate() / 4096);
    pages.setField(slab, 32, slab * 4096 + 1, 0xffff8880);
    expect(validate()).toBe(2);
    expect(texts[1]).toContain("Freepointer corrupt");
    expect(texts.at(-1)).toBe("FIX checked: Freelist cleared");
    expect(validate()).toBe(0);
  });

  test("a slab's counters", () => {
    const { pages, allocate, free, validate, texts, cache } = debugged(STORE_USER);
    const [first] = Array.from({ length: cache.objects }, () => allocate());
    free(first);
    const slab = Math.floor(first / 4096);
    pages.setField(slab, 40, 3 | ((cache.objects - 1) << 16), 0);
    expect(validate()).toBe(4);
    expect(texts.filter((text) => text.startsWith("FIX"))).toEqual([
      "FIX checked: Number of objects adjusted",
      "FIX checked: Object count adjusted",
    ]);
    expect(validate()).toBe(0);
  });
});

test("all slabs of a cache that records its users are looked at, of others those with free objects", () => {
  for (const [flags, errors] of [
    [RED_ZONE | STORE_USER, 2],
    [RED_ZONE, 0],
  ]) {
    const { memory, cache, allocate, free, validate } = debugged(flags, { counts: true });
    const objects = Array.from({ length: 3 * cache.objects }, () => allocate());
    memory.u8[objects[0] - 1] = 0;
    expect(validate()).toBe(errors);
    for (const object of objects) free(object);
    expect(validate()).toBe(0);
  }
});

describe("with consistency checks", () => {
  test("an object is freed once", () => {
    const { cache, texts, found, allocate, free } = debugged(CONSISTENCY_CHECKS);
    const object = allocate();
    free(object);
    expect(cache.live).toBe(0);
    free(object);
    expect(cache.live).toBe(0);
    expect(found.warnings).toBe(1);
    // Of a slab without objects in use, nothing can be freed.
    expect(texts[1]).toContain("Slab has 0 allocated objects but 1 are to be freed");
    const [one, two] = [allocate(), allocate()];
    free(two);
    texts.length = 0;
    free(two);
    expect(texts[1]).toBe("BUG checked (Not tainted): Object already free");
    expect(texts.at(-1)).toMatch(/^FIX checked: Object at 0xffff\w{12} not freed$/);
    texts.length = 0;
    free(one + 8);
    expect(texts[1]).toContain("Invalid object pointer 0xffff");
  });

  test("an object that was written to while it was free is not handed out, nor are others of its slab", () => {
    const { memory, cache, texts, allocate, free, validate } = debugged(CONSISTENCY_CHECKS | POISON);
    const first = allocate();
    const slab = Math.floor(first / 4096);
    const object = allocate();
    free(object);
    memory.u8[object] = 0;
    const next = allocate();
    expect(texts.at(-1)).toBe("FIX checked: Marking all objects used");
    expect(Math.floor(next / 4096)).not.toBe(slab);
    texts.length = 0;
    free(first);
    expect(texts[1]).toContain("Slab disabled since SLUB metadata consistency check failed");
    expect([cache.live, validate()]).toEqual([2, 0]);
  });

  test("an object is looked at when it is freed, and when its slab goes", () => {
    const { memory, texts, allocate, free, allocator, cache } = debugged(CONSISTENCY_CHECKS | RED_ZONE);
    const [one, two] = [allocate(), allocate()];
    memory.u8[one + 64] = 1;
    free(one);
    expect(texts[0]).toContain("[Right Redzone overwritten]");
    expect(cache.live).toBe(2);
    free(one);
    free(two);
    texts.length = 0;
    memory.u8[two - 1] = 1;
    allocator.shrink(cache);
    expect(texts[0]).toContain("[Left Redzone overwritten]");
  });
});

describe("in a machine", () => {
  const cacheOf = ({ call, data }: ReturnType<typeof boot>, flags: number, size = 64) =>
    call("kmem_cache_create", data("mine"), size, 0, flags, 0n);

  test("an error is printed as the kernel words it", () => {
    const machine = boot();
    const { call, log } = machine;
    const cache = cacheOf(machine, ALL);
    const object = call("kmem_cache_alloc_noprof", cache, GFP);
    const physical = Number(object - 0xffff888000000000n);
    machine.machine.ram.u8.set([0x41, 0x42], physical + 64);
    log.length = 0;
    expect(call("validate_slab_cache", cache)).toBe(1n);
    const hex = (offset: bigint) => (object + offset).toString(16);
    const first = log.findIndex((text) => text.startsWith("[Right Redzone"));
    expect(log[first]).toBe(
      `[Right Redzone overwritten] 0x${hex(64n)}-0x${hex(65n)} @offset=${(physical % 4096) + 64}. First byte 0x41 instead of 0xcc`,
    );
    const texts = log.slice(first + 1);
    expect(texts.slice(0, 4)).toEqual(["=".repeat(77), "BUG mine (Not tainted): Object corrupt", "-".repeat(77), ""]);
    expect(texts[4]).toMatch(/^Allocated in \S+ age=0 cpu=0 pid=\d+$/);
    expect(texts[5]).toBe(" kmem_cache_alloc_noprof+0x20/0x40");
    expect(texts).toContain(`Redzone  ${hex(64n)}: 41 42 cc cc cc cc cc cc                          AB......`);
    expect(texts).toContain(`Object   ${hex(48n)}: ${"6b ".repeat(15)}a5  ${"k".repeat(15)}.`);
    expect(texts.some((text) => /^WARNING: CPU: 0 PID: \d+ at mm\/slub\.c:\d+ object_err/.test(text))).toBe(true);
    expect(texts.at(-1)).toBe(`FIX mine: Restoring Right Redzone 0x${hex(64n)}-0x${hex(65n)}=0xcc`);
    expect(machine.machine.oops.warnings).toBe(1);
    expect(machine.reports).toEqual([]);
  });

  test("the dump is no report of KASAN's", () => {
    const machine = boot();
    const { call, log } = machine;
    const cache = cacheOf(machine, ALL);
    const object = call("kmem_cache_alloc_noprof", cache, GFP);
    machine.machine.ram.u8[Number(object - 0xffff888000000000n) - 1] = 0;
    log.length = 0;
    call("validate_slab_cache", cache);
    const text = log.map((line, i) => `[    1.${String(i).padStart(6, "0")}] ${line}\n`).join("");
    expect(parseLog(text).items.filter(({ kind }) => kind === "report")).toEqual([]);
  });

  test("KASAN's metadata in a withheld object, and sizes that were asked for, are no errors", () => {
    const machine = boot();
    const { call } = machine;
    const cache = cacheOf(machine, RED_ZONE | STORE_USER | KMALLOC, 32);
    const object = call("__kmalloc_cache_noprof", cache, GFP, 18);
    expect(machine.machine.kasan.shadowByte(object + 16n)).toBe(2);
    call("kmem_cache_free", cache, object);
    machine.log.length = 0;
    call("validate_slab_cache", cache);
    expect(machine.log).toEqual([]);
    // Zeroing leaves the red zone, and so does whoever knows the size that there is.
    const zeroed = call("__kmalloc_cache_noprof", cache, GFP | 0x100, 18);
    call("ksize", call("__kmalloc_cache_noprof", cache, GFP, 18));
    call("validate_slab_cache", cache);
    expect(machine.log).toEqual([]);
    machine.machine.ram.u8[Number(zeroed - 0xffff888000000000n) + 20] = 0;
    call("validate_slab_cache", cache);
    expect(machine.log[0]).toContain("[kmalloc Redzone overwritten]");
  });

  test("what is written to a withheld object's red zone is found when it is let go", () => {
    const machine = boot();
    const { call, log } = machine;
    const cache = cacheOf(machine, ALL);
    const object = call("kmem_cache_alloc_noprof", cache, GFP);
    call("kmem_cache_free", cache, object);
    machine.machine.ram.u8[Number(object - 0xffff888000000000n) + 64] = 1;
    log.length = 0;
    call("kmem_cache_shrink", cache);
    expect(log[0]).toContain("[Right Redzone overwritten]");
    expect(log.at(-1)).toBe(`FIX mine: Object at 0x${object.toString(16)} not freed`);
  });

  test.each(["sw_tags", "hw_tags"] as const)("objects are aligned, and their users known, with %s", (mode) => {
    const machine = boot({ architecture: arm64({ kasan: mode }), mode });
    const { call, log } = machine;
    const cache = cacheOf(machine, ALL, 40);
    const objects = [1, 2, 3].map(() => call("kmem_cache_alloc_noprof", cache, GFP));
    for (const object of objects) expect(object % 16n).toBe(0n);
    log.length = 0;
    call("validate_slab_cache", cache);
    expect(log).toEqual([]);
    call("kmem_cache_destroy", cache);
    const track = log.findIndex((text) => text.startsWith("Allocated in "));
    expect(log[track + 1]).toBe(" kmem_cache_alloc_noprof+0x20/0x40");
  });

  test("objects that remain are listed", () => {
    const machine = boot();
    const { call, log } = machine;
    const cache = cacheOf(machine, STORE_USER);
    const object = call("kmem_cache_alloc_noprof", cache, GFP);
    log.length = 0;
    call("kmem_cache_destroy", cache);
    expect(log[1]).toBe("BUG mine (Not tainted): Objects remaining on __kmem_cache_shutdown()");
    expect(log.some((text) => text.startsWith(`Object 0x${object.toString(16)} @offset=`))).toBe(true);
    expect(log.some((text) => text.startsWith("Allocated in"))).toBe(true);
    expect(log.some((text) => text.includes("kmem_cache_destroy mine: Slab cache still has objects"))).toBe(true);
  });
});
