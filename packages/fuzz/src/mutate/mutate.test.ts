import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { Draft } from "./draft.ts";
import { MUTATORS, Mutations } from "./mutate.ts";
import type { MutationSource } from "./mutator.ts";
import { addToNumber, readNumber, writeNumber } from "./numbers.ts";
import { placesOf } from "./values.ts";

const sourceOf = (seed: number, more: Partial<MutationSource> = {}): MutationSource => ({
  random: new Random(seed),
  words: [],
  pairs: [],
  other: () => Uint8Array.of(1, 2, 3),
  ...more,
});

describe.each(MUTATORS.map((mutator) => [mutator.name, mutator] as const))("to %s", (_, mutator) => {
  const words = [Uint8Array.of(0xaa, 0xbb)];
  const pairs = [{ from: Uint8Array.of(1, 2), to: Uint8Array.of(0xcc, 0xdd) }];

  it("stays within the buffer, and changes nothing if it says so", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), fc.integer(), (input, seed) => {
        const draft = new Draft(24);
        draft.set(input);
        const changed = mutator.mutate(draft, sourceOf(seed, { words, pairs }));
        expect(draft.length).toBeGreaterThanOrEqual(0);
        expect(draft.length).toBeLessThanOrEqual(24);
        if (!changed) expect(draft.copy()).toEqual(input);
      }),
    );
  });

  it("changes most inputs", () => {
    let changed = 0;
    for (let seed = 0; seed < 50; seed++) {
      const draft = new Draft(24);
      const input = new TextEncoder().encode("length 12, \x01\x02");
      draft.set(input);
      mutator.mutate(draft, sourceOf(seed, { words, pairs }));
      if (draft.copy().join() !== input.join()) changed++;
    }
    expect(changed).toBeGreaterThan(20);
  });
});

it("mutations make another input out of nothing", () => {
  const mutations = new Mutations();
  const draft = new Draft(8);
  for (let seed = 0; draft.length === 0; seed++) mutations.apply(draft, sourceOf(seed));
  expect(draft.length).toBeLessThanOrEqual(8);
});

it("a comparison's side is found in either order of bytes", () => {
  const pair = { from: Uint8Array.of(1, 2), to: Uint8Array.of(3, 4) };
  expect(placesOf(Uint8Array.of(9, 1, 2, 1), pair)).toEqual([
    { at: 1, bytes: Uint8Array.of(3, 4) },
    { at: 2, bytes: Uint8Array.of(4, 3) },
  ]);
});

it("numbers are written as they are read, and added to as they are", () => {
  const size = fc.constantFrom(1, 2, 4);
  const added = fc.integer({ min: -40, max: 40 });
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), size, fc.boolean(), added, (value, bytes, bigEndian, more) => {
      const most = 256 ** bytes;
      const input = new Uint8Array(8).fill(7);
      writeNumber(input, 2, bytes, bigEndian, value);
      expect(readNumber(input, 2, bytes, bigEndian)).toBe(value % most);
      addToNumber(input, 2, bytes, bigEndian, more);
      expect(readNumber(input, 2, bytes, bigEndian)).toBe(((value % most) + more + most) % most);
      expect([...input.subarray(0, 2), ...input.subarray(2 + bytes)].every((byte) => byte === 7)).toBe(true);
    }),
  );
});

it("a length is changed with what it counts", () => {
  const resize = MUTATORS.find(({ name }) => name === "resize what a length counts");
  for (let seed = 0; seed < 50; seed++) {
    const draft = new Draft(64);
    // A byte that counts ten, these, which are no length, and an end that must stay.
    draft.set(Uint8Array.from([10, ...Array.from({ length: 10 }, () => 0xff), 0xee, 0xff]));
    if (!resize?.mutate(draft, sourceOf(seed))) continue;
    expect([...draft.copy().subarray(1 + draft.bytes[0])]).toEqual([0xee, 0xff]);
  }
});
