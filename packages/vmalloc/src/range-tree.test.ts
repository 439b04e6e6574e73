import { PhysicalMemory } from "@kasan/mmu";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { RangePool } from "./range-pool.ts";
import { RangeTree } from "./range-tree.ts";

const RECORDS = 64;
let pool: RangePool;
let root: Uint32Array;
let tree: RangeTree;
beforeEach(() => {
  const memory = PhysicalMemory.allocate(4096, RangePool.bytes(RECORDS) + 64);
  pool = new RangePool(memory, 4096, RECORDS);
  root = new Uint32Array(1);
  tree = new RangeTree(pool, root);
});

const list = () => [...tree].map((record) => ({ start: pool.start[record], pages: pool.pages[record] }));

/** Checks order and heap order, and recomputes the largest range of a subtree. */
function largest(node: number, low = -1, high = Number.POSITIVE_INFINITY): number {
  if (node === 0) return 0;
  const { start, pages, left, right, priority, most } = pool;
  expect(start[node]).toBeGreaterThan(low);
  expect(start[node] + pages[node]).toBeLessThanOrEqual(high);
  for (const child of [left[node], right[node]]) {
    if (child !== 0) expect(priority[child]).toBeLessThanOrEqual(priority[node]);
  }
  const found = Math.max(
    pages[node],
    largest(left[node], low, start[node]),
    largest(right[node], start[node] + pages[node] - 1, high),
  );
  expect(most[node]).toBe(found);
  return found;
}

test("it does what a sorted array does, and knows the largest range of each subtree", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("insert" as const), start: fc.nat(500), pages: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: fc.constant("remove" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("resize" as const), which: fc.nat(), shift: fc.nat(3) }),
    fc.record({ do: fc.constant("fit" as const), pages: fc.integer({ min: 1, max: 22 }), align: fc.nat(4) }),
    fc.record({ do: fc.constant("find" as const), vpn: fc.nat(520) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const memory = PhysicalMemory.allocate(4096, RangePool.bytes(RECORDS) + 64);
      pool = new RangePool(memory, 4096, RECORDS);
      root = new Uint32Array(1);
      tree = new RangeTree(pool, root);
      let model: { start: number; pages: number; record: number }[] = [];
      for (const next of steps) {
        if (next.do === "insert") {
          const { start, pages } = next;
          if (model.some((range) => start < range.start + range.pages && range.start < start + pages)) continue;
          const record = pool.take(start, pages);
          if (record === 0) continue;
          tree.insert(record);
          model = [...model, { start, pages, record }].sort((a, b) => a.start - b.start);
        } else if (next.do === "remove" && model.length > 0) {
          const [range] = model.splice(next.which % model.length, 1);
          tree.remove(range.record);
          pool.give(range.record);
        } else if (next.do === "resize" && model.length > 0) {
          const range = model[next.which % model.length];
          if (range.pages <= next.shift) continue;
          range.start += next.shift;
          range.pages -= next.shift;
          tree.resize(range.record, range.start, range.pages);
        } else if (next.do === "fit") {
          const align = 2 ** next.align;
          const fits = ({ start, pages }: { start: number; pages: number }) =>
            Math.ceil(start / align) * align + next.pages <= start + pages;
          expect(tree.lowestFit(next.pages, align)).toBe(model.find(fits)?.record ?? 0);
        } else if (next.do === "find") {
          const { vpn } = next;
          const holds = ({ start, pages }: { start: number; pages: number }) => start <= vpn && vpn < start + pages;
          expect(tree.atOrBelow(vpn)).toBe(model.filter(({ start }) => start <= vpn).at(-1)?.record ?? 0);
          expect(tree.above(vpn)).toBe(model.find(({ start }) => start > vpn)?.record ?? 0);
          expect(tree.containing(vpn)).toBe(model.find(holds)?.record ?? 0);
        }
        largest(root[0]);
      }
      expect(list()).toEqual(model.map(({ start, pages }) => ({ start, pages })));
    }),
    { numRuns: 200 },
  );
});

test("page numbers of the whole address space are exact", () => {
  const top = 2 ** 52 - 16;
  tree.insert(pool.take(top, 16));
  tree.insert(pool.take(0, 2 ** 40));
  expect(list()).toEqual([
    { start: 0, pages: 2 ** 40 },
    { start: top, pages: 16 },
  ]);
  expect(pool.start[tree.containing(2 ** 52 - 1)]).toBe(top);
  expect(pool.start[tree.lowestFit(2 ** 40, 1)]).toBe(0);
  expect(tree.lowestFit(2 ** 40 + 1, 1)).toBe(0);
});

test("an empty tree finds nothing", () => {
  expect(list()).toEqual([]);
  expect([tree.atOrBelow(9), tree.above(-1), tree.containing(0), tree.lowestFit(1, 1)]).toEqual([0, 0, 0, 0]);
});

test("the same requests make the same tree", () => {
  const shape = () => {
    const memory = PhysicalMemory.allocate(4096, RangePool.bytes(RECORDS) + 64);
    const pool = new RangePool(memory, 4096, RECORDS);
    const tree = new RangeTree(pool, new Uint32Array(1));
    for (let i = 0; i < 40; i++) tree.insert(pool.take(((i * 7) % 41) * 10, 5));
    return [Array.from(pool.left), Array.from(pool.right)];
  };
  expect(shape()).toEqual(shape());
});

test("a pool hands out each record once, what was given back first, and then says that it is used up", () => {
  const taken = new Set<number>();
  for (let record = pool.take(1, 1); record !== 0; record = pool.take(1, 1)) taken.add(record);
  expect(taken.size).toBe(RECORDS - 1);
  expect(taken.has(0)).toBe(false);
  pool.flags[7] = 3;
  pool.give(7);
  expect(pool.take(5, 6)).toBe(7);
  expect([pool.start[7], pool.pages[7], pool.flags[7]]).toEqual([5, 6, 0]);
  expect(pool.take(1, 1)).toBe(0);
});
