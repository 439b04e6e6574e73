import fc from "fast-check";
import { expect, test } from "vitest";
import { isAccessible } from "./check.ts";
import { poison, poisonLastGranule, unpoison } from "./poisoning.ts";

const RUN = 64;

test("unpoison makes exactly `size` bytes accessible, and touches no other granule", () => {
  const anyRange = fc.record({
    granule: fc.constantFrom(8, 16),
    index: fc.integer({ min: 0, max: RUN / 2 }),
    size: fc.integer({ min: 0, max: (RUN / 2) * 8 }),
  });
  fc.assert(
    fc.property(anyRange, ({ granule, index, size }) => {
      const shadow = new Uint8Array(RUN).fill(0xfc);
      unpoison(shadow, index, size, granule);
      for (let byte = 0; byte < RUN * granule; byte++) {
        const inside = byte >= index * granule && byte < index * granule + size;
        expect(isAccessible(shadow[Math.floor(byte / granule)]!, byte % granule)).toBe(inside);
      }
    }),
  );
});

test("poison undoes unpoison", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: RUN * 8 }), (size) => {
      const shadow = new Uint8Array(RUN).fill(0xfb);
      unpoison(shadow, 0, size);
      poison(shadow, 0, Math.ceil(size / 8), 0xfb);
      expect(shadow).toEqual(new Uint8Array(RUN).fill(0xfb));
    }),
  );
});

test("poisonLastGranule leaves whole granules alone", () => {
  const shadow = Uint8Array.of(0, 0, 0, 0);
  poisonLastGranule(shadow, 1, 16);
  expect([...shadow]).toEqual([0, 0, 0, 0]);
  poisonLastGranule(shadow, 1, 19);
  expect([...shadow]).toEqual([0, 0, 0, 3]);
});

test("the object of kmalloc(115) looks as in a real 6.12", () => {
  const shadow = new Uint8Array(32);
  poison(shadow, 0, 32, 0xfc);
  unpoison(shadow, 0, 115);
  expect(Buffer.from(shadow.subarray(0, 16)).toString("hex")).toBe("000000000000000000000000000003fc");
});

test("refuses ranges outside the run, and values that are no byte", () => {
  const shadow = new Uint8Array(4);
  const range = expect.objectContaining({ code: "SHADOW_RANGE" });
  expect(() => poison(shadow, 3, 2, 0xff)).toThrow(range);
  expect(() => poison(shadow, -1, 2, 0xff)).toThrow(range);
  expect(() => poison(shadow, 0, -1, 0xff)).toThrow(range);
  expect(() => unpoison(shadow, 0, 33)).toThrow(range);
  expect(() => poisonLastGranule(shadow, 4, 1)).toThrow(range);
  expect(() => poison(shadow, 0, 1, 256)).toThrow(expect.objectContaining({ code: "SHADOW_VALUE" }));
  expect(shadow).toEqual(new Uint8Array(4));
});
