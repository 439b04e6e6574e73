import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { KmemCache } from "../../mm/slab/cache.ts";
import { SpinLock } from "../../smp/lock.ts";
import type { DirectShadow } from "../shadow/direct-map.ts";
import { writeTrack } from "../track.ts";
import { TagObjectHooks } from "./slab-hooks.ts";
import { STACK_RING_BYTES, STACK_RING_ENTRIES, StackRing } from "./stack-ring.ts";

const memory = () => PhysicalMemory.allocate(Math.ceil(STACK_RING_BYTES / 65536) * 65536);

test("finds the latest allocation and free of an object under its tag, of one life", () => {
  const entry = fc.record({ object: fc.nat(3), tag: fc.nat(1), isFree: fc.boolean() });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(3), fc.nat(1), (entries, object, tag) => {
      const ram = memory();
      const ring = new StackRing(ram, 0);
      entries.forEach((one, i) => {
        writeTrack(ram, ring.push(one.object * 64, one.tag, 64, one.isFree), i, 1, 0, 0);
      });
      const same = entries.flatMap((one, i) => (one.object === object && one.tag === tag ? [{ ...one, i }] : []));
      const [last, before] = same.reverse();
      const both = before !== undefined && before.isFree !== last.isFree ? [last, before] : last ? [last] : [];
      const pid = (free: boolean) => both.find(({ isFree }) => isFree === free)?.i;
      const found = ring.find(object * 64, tag, 64);
      expect([found.allocated?.pid, found.freed?.pid]).toEqual([pid(false), pid(true)]);
      expect(found.last).toBe(last && (last.isFree ? "freed" : "allocated"));
      expect(ring.find(object * 64, tag, 32)).toEqual({});
    }),
    { numRuns: 30 },
  );
});

test("forgets what is older than its size", () => {
  const ram = memory();
  const ring = new StackRing(ram, 0);
  const push = (object: number) => writeTrack(ram, ring.push(object, 7, 16, false), 1, 1, 0, 0);
  push(16);
  for (let i = 1; i < STACK_RING_ENTRIES; i++) push(32);
  expect(ring.find(16, 7, 16).last).toBe("allocated");
  push(32);
  expect(ring.find(16, 7, 16)).toEqual({});
});

test("a CPU that finds an object freed waits until the ring says so", () => {
  const ram = memory();
  const words = new Int32Array(1);
  const [first, second] = [0, 1].map((cpu) => new StackRing(ram, 0, new SpinLock(words, 0, cpu)));
  const held: string[] = [];
  const note = (what: string) => held.push(`${what}: lock ${words[0] === 1 ? "held" : "free"}`);
  const hooks = new TagObjectHooks({
    shadow: { byteAt: () => 7, poison: () => note("tag changes") } as unknown as DirectShadow,
    tags: {} as never,
    ring: first,
    tracks: { save: (at) => note(`track at ${at}`) && writeTrack(ram, at, 5, 1, 0, 0), stack: () => 0 },
    stacktrace: true,
    delaysFrees: false,
  });
  hooks.kmalloc({ objectSize: 64, kmalloc: 1 } as KmemCache, 64, 64, new Uint32Array());
  hooks.freed({ objectSize: 64 } as KmemCache, 64, new Uint32Array(), 7);
  expect(held.filter((what) => what.startsWith("track")).length).toBe(2);
  expect(held.slice(1)).toEqual(held.slice(1).map((what) => what.replace("free", "held")));
  expect(second.find(64, 7, 64)).toMatchObject({ last: "freed", freed: { pid: 5 } });
  expect(words[0]).toBe(0);
  // While the other CPU has the lock, looking would wait.
  first.lock.acquire();
  let waited = false;
  second.lock.acquire = () => {
    waited = words[0] === 1;
    first.lock.release();
  };
  second.find(64, 7, 64);
  expect(waited).toBe(true);
});
