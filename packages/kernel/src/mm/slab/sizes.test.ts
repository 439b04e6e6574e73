import { expect, test } from "vitest";
import { kmallocSizes, minPartial, objectAlignment, orderOf, roundUp, slabOrder } from "./sizes.ts";

test("orders are the fewest pages that hold so many bytes", () => {
  expect([1, 4096, 4097, 8192, 8193, 2 ** 22].map((size) => orderOf(size))).toEqual([0, 0, 1, 1, 2, 10]);
});

test("rounding up", () => {
  expect([0, 1, 8, 9].map((value) => roundUp(value, 8))).toEqual([0, 8, 8, 16]);
});

test("alignment is at least a word, and a cache line for those who ask and are large enough", () => {
  expect(objectAlignment(24, 0, false)).toBe(8);
  expect(objectAlignment(24, 20, false)).toBe(24);
  expect([16, 20, 32, 33, 200].map((size) => objectAlignment(size, 0, true))).toEqual([16, 32, 32, 64, 64]);
  expect(objectAlignment(8, 128, true)).toBe(128);
});

test("a slab wastes little, and grows with the number of CPUs", () => {
  expect([48, 512, 1024, 2048].map((size) => slabOrder(size, 1))).toEqual([0, 0, 1, 2]);
  expect([48, 512, 1024, 2048].map((size) => slabOrder(size, 2))).toEqual([0, 1, 2, 3]);
  expect(slabOrder(700, 1)).toBe(1);
  expect(slabOrder(2 ** 15, 1)).toBe(3);
  expect(slabOrder(2 ** 15 + 8, 1)).toBe(4);
  expect(slabOrder(2 ** 22, 1)).toBe(10);
  expect(slabOrder(2 ** 22 + 8, 1)).toBe(-1);
});

test("larger objects' caches keep more slabs", () => {
  expect([8, 2048, 4096, 65536, 2 ** 22].map(minPartial)).toEqual([5, 5, 6, 8, 10]);
});

test("kmalloc has no cache whose objects would not be aligned", () => {
  const names = (align: number) => kmallocSizes(4096, align).map(([name]) => name);
  expect(names(8).slice(0, 3)).toEqual(["kmalloc-8", "kmalloc-16", "kmalloc-32"]);
  expect(names(16)).toEqual(names(8).slice(1));
});

test("kmalloc's sizes ascend", () => {
  const sizes = kmallocSizes().map(([, size]) => size);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
});
