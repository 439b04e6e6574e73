import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDifferent, shadowView } from "./scan.ts";

/** A run of up to 200 bytes at any alignment, all `expected` but for a few. */
const anyCase = fc
  .record({
    byteOffset: fc.integer({ min: 0, max: 9 }),
    length: fc.integer({ min: 0, max: 200 }),
    expected: fc.integer({ min: 0, max: 255 }),
    odd: fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
    from: fc.nat(200),
    to: fc.nat(200),
  })
  .map(({ byteOffset, length, expected, odd, from, to }) => {
    const bytes = new Uint8Array(new ArrayBuffer(byteOffset + length + 3), byteOffset, length).fill(expected);
    for (const [index, value] of odd) if (index < length) bytes[index] = value;
    const ends = [Math.min(from, length), Math.min(to, length)].sort((a, b) => a - b);
    return { bytes, expected, from: ends[0]!, to: ends[1]! };
  });

test("finds what a look at each byte finds, at any alignment", () => {
  fc.assert(
    fc.property(anyCase, ({ bytes, expected, from, to }) => {
      const index = bytes.subarray(from, to).findIndex((byte) => byte !== expected);
      expect(firstDifferent(shadowView(bytes), from, to, expected)).toBe(index < 0 ? -1 : from + index);
    }),
    { numRuns: 2000 },
  );
});

test("finds each single byte of a long run, and none outside it", () => {
  const view = shadowView(new Uint8Array(new ArrayBuffer(128), 1, 120));
  for (let index = 0; index < 120; index++) {
    view.bytes[index] = 0x80;
    expect(firstDifferent(view, 5, 100, 0)).toBe(index >= 5 && index < 100 ? index : -1);
    view.bytes[index] = 0;
  }
});

test("works on shared memory", () => {
  const view = shadowView(new Uint8Array(new SharedArrayBuffer(64)));
  view.bytes[50] = 1;
  expect(firstDifferent(view, 0, 64, 0)).toBe(50);
});
