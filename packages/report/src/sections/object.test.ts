import fc from "fast-check";
import { expect, test } from "vitest";
import { readLines, textsOf } from "../../test/read.ts";
import { regionState, renderObject, sideOf } from "./object.ts";

const START = 0xffff888000000000n;

test("side and distance lead back to the address", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -8192n, max: 8192n }), fc.nat(4096), (offset, size) => {
      const { side, distance } = sideOf(START + offset, START, size);
      expect(distance).toBeGreaterThanOrEqual(0n);
      const back = { left: START - distance, inside: START + distance, right: START + BigInt(size) + distance };
      expect(back[side]).toBe(START + offset);
      expect(side).toBe(offset < 0n ? "left" : offset < size ? "inside" : "right");
    }),
  );
});

test("a region of no bytes has nothing inside", () => {
  expect(sideOf(START, START, 0)).toEqual({ side: "right", distance: 0n });
});

test("only two bugs say what the region is", () => {
  expect(regionState("slab-out-of-bounds")).toBe("allocated");
  expect(regionState("slab-use-after-free")).toBe("freed");
  expect(regionState("double-free")).toBeUndefined();
});

test("the text of an address before the object", () => {
  const object = { address: START, cache: "kmalloc-16", objectSize: 16, allocSize: 13, state: "freed" as const };
  expect(renderObject(object, START - 1n).map(({ text }) => text)).toEqual([
    "The buggy address belongs to the object at ffff888000000000",
    " which belongs to the cache kmalloc-16 of size 16",
    "The buggy address is located 1 bytes to the left of",
    " freed 13-byte region [ffff888000000000, ffff88800000000d)",
  ]);
});

test.each([
  [4, 9],
  [6, 12],
])("in the wording of %i.%i, what is printed is read", (major, minor) => {
  const found = { address: START, cache: "kmalloc-16", objectSize: 16, allocSize: 13 };
  const { fields } = readLines(textsOf(renderObject(found, START + 13n, { major, minor })));
  expect(fields.object).toEqual(found);
  if (major > 4) expect(fields.region).toMatchObject({ start: START, size: 13, side: "right", distance: 0 });
});
