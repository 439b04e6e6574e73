import fc from "fast-check";
import { expect, it } from "vitest";
import { minimize } from "./minimize.ts";

it.each([
  ["an end that does not matter", "xyzBUG.......", "BUG"],
  ["bytes between", "B--U--G", "BUG"],
])("takes out %s", (_, input, smallest) => {
  const has = (bytes: Uint8Array) => /B.*U.*G/s.test(Buffer.from(bytes).toString());
  expect(Buffer.from(minimize(Buffer.from(input), has)).toString()).toBe(smallest);
});

it("sets bytes to zero that only have to be there", () => {
  expect([...minimize(Uint8Array.from([9, 8, 7, 6]), (bytes) => bytes.length >= 3 && bytes[1] > 5)]).toEqual([0, 8, 0]);
});

it.each([
  ["the bytes behind it", [4, 1, 2, 3, 0xbb], (bytes: Uint8Array) => bytes[0] === bytes.length - 1],
  ["itself as well", [5, 1, 2, 3, 0xbb], (bytes: Uint8Array) => bytes[0] === bytes.length],
  ["what is in a larger part", [6, 7, 3, 8, 9, 0xbb, 5], (bytes: Uint8Array) => bytes[0] === bytes.length - 1],
])("takes out what a byte counts: %s", (_, input, counted) => {
  const has = (bytes: Uint8Array) => counted(bytes) && bytes.includes(0xbb);
  expect(minimize(Uint8Array.from(input), has)).toHaveLength(2);
});

it("takes out what several bytes count", () => {
  const has = ([tag, outer, inner, size, ...rest]: Uint8Array) =>
    tag === 0x30 && outer === rest.length + 2 && inner === 1 && size === rest.length && rest.length > 1;
  expect([...minimize(Uint8Array.from([0x30, 9, 1, 7, 1, 2, 3, 4, 5, 6, 7]), has)]).toEqual([0x30, 4, 1, 2, 0, 0]);
});

it("keeps the property, and leaves nothing that can go by itself", () => {
  const both = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.uint8Array({ minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(both, ([around, inside]) => {
      const has = (bytes: Uint8Array) => Buffer.from(bytes).includes(Buffer.from(inside));
      const smallest = minimize(Buffer.concat([around, inside, around]), has);
      expect(smallest.length).toBe(inside.length);
      expect(has(smallest)).toBe(true);
    }),
  );
});

it("leaves the given input as it was, also if it is a Buffer", () => {
  const input = Buffer.from([5, 6, 7]);
  expect([...minimize(input, (bytes) => bytes.length > 1 && bytes[0] === 5)]).toEqual([5, 0]);
  expect([...input]).toEqual([5, 6, 7]);
});

it("stops after the attempts that it has", () => {
  let tried = 0;
  const has = () => {
    tried++;
    return false;
  };
  expect(minimize(new Uint8Array(1000), has, { attempts: 25 })).toHaveLength(1000);
  expect(tried).toBe(25);
});
