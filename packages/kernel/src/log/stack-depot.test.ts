import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { MAX_FRAMES, StackDepot } from "./stack-depot.ts";

const BYTES = 64 * 1024;
let memory: PhysicalMemory;
let depot: StackDepot;
beforeEach(() => {
  memory = PhysicalMemory.allocate(4096, BYTES);
  depot = new StackDepot(memory, 4096, BYTES);
});
const save = (...words: number[]) => depot.save(Uint32Array.from(words), words.length);

test("a stack is stored once, and comes back", () => {
  const word = fc.constantFrom(0, 1, 0x81000020, 0xffffffff);
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (stack) => {
      const handle = save(...stack);
      const key = stack.join();
      expect(handle).toBe(seen.get(key) ?? handle);
      expect([...seen].filter(([other, used]) => used === handle && other !== key)).toEqual([]);
      seen.set(key, handle);
      expect([...depot.fetch(handle)]).toEqual(stack);
      expect(depot.stored).toBe(seen.size);
    }),
    { numRuns: 500 },
  );
});

test("a full depot says so, counts, and still finds what it has", () => {
  const first = save(1, 2, 3);
  let next = 0;
  while (save(9, next) !== 0) next++;
  expect(depot.dropped).toBe(1);
  expect(save(1, 2, 3)).toBe(first);
  expect(save(8, 8, 8)).toBe(0);
  expect(depot.dropped).toBe(2);
  expect(depot.stored).toBe(1 + next);
  expect(depot.usedBytes).toBeLessThanOrEqual(BYTES);
  expect([...depot.fetch(first)]).toEqual([1, 2, 3]);
});

test("a handle that is none gives no stack", () => {
  save(0xffffffff, 0xffffffff, 0xffffffff);
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 5000 })), (handle) => {
      expect(depot.fetch(handle).length).toBeLessThanOrEqual(MAX_FRAMES);
    }),
  );
  expect([0, 3, 4100, 2 ** 31].map((handle) => depot.fetch(handle).length)).toEqual([0, 0, 3, 0]);
});

test("two views of the same bytes are the same depot", () => {
  const handle = save(5, 6);
  const other = new StackDepot(memory, 4096, BYTES);
  expect([...other.fetch(handle)]).toEqual([5, 6]);
  expect(other.save(Uint32Array.of(5, 6), 2)).toBe(handle);
});
