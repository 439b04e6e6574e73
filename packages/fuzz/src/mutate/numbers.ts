import type { Random } from "../random.ts";
import type { Draft } from "./draft.ts";
import type { Mutator } from "./mutator.ts";

/** Widths of numbers in bytes, and values at their ends (those of AFL's `interesting_8`, `_16` and `_32`, and of 64 bits). */
const VALUES: readonly (readonly [bytes: number, values: readonly bigint[]])[] = [
  [1, [-128n, -1n, 0n, 1n, 16n, 32n, 64n, 100n, 127n]],
  [2, [-32768n, -129n, 128n, 255n, 256n, 512n, 1000n, 1024n, 4096n, 32767n, -1n, 0n, 1n]],
  [4, [-2147483648n, -100663046n, -32769n, 32768n, 65535n, 65536n, 100663045n, 2147483647n, -1n, 0n, 1n]],
  [8, [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 32n, 2n ** 32n - 1n, -1n, 0n, 1n]],
];

/** {@link VALUES} by width, as bytes in either order. */
const INTERESTING: readonly (readonly Uint8Array[])[] = VALUES.map(([bytes, values]) =>
  values.flatMap((value) => {
    const little = Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
    return [little, little.slice().reverse()];
  }),
);

const WIDTHS = [1, 2, 4, 8] as const;
/** The most that {@link arithmetic} adds or subtracts. */
const MOST_ADDED = 35;

/** Adds to the number of `size` bytes at some place. It wraps. `added`: at most 2³⁰ in size. */
export function addToNumber(bytes: Uint8Array, at: number, size: number, bigEndian: boolean, added: number): void {
  let carry = added;
  for (let i = 0; i < size; i++) {
    const place = bigEndian ? at + size - 1 - i : at + i;
    carry += bytes[place];
    bytes[place] = carry;
    carry >>= 8;
  }
}

/** The number of `size` bytes at some place, without a sign. `size`: at most 4. */
export function readNumber(bytes: Uint8Array, at: number, size: number, bigEndian: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[bigEndian ? at + i : at + size - 1 - i];
  return value;
}

/** Writes a number of `size` bytes, as much of it as fits. `value`: at least 0. */
export function writeNumber(bytes: Uint8Array, at: number, size: number, bigEndian: boolean, value: number): void {
  for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) {
    bytes[bigEndian ? at + size - 1 - i : at + i] = rest;
  }
}

/** A place for a number of so many bytes; -1 if the input is shorter. */
const placeFor = (draft: Draft, random: Random, bytes: number): number =>
  draft.length < bytes ? -1 : random.below(draft.length - bytes + 1);

const flipBit: Mutator = {
  name: "flip a bit",
  weight: 4,
  mutate(draft, { random }) {
    if (draft.length === 0) return false;
    draft.bytes[random.below(draft.length)] ^= 1 << random.below(8);
    return true;
  },
};

const setByte: Mutator = {
  name: "set a byte",
  weight: 4,
  mutate(draft, { random }) {
    if (draft.length === 0) return false;
    // Never the same byte.
    draft.bytes[random.below(draft.length)] ^= random.between(1, 255);
    return true;
  },
};

const interesting: Mutator = {
  name: "set an interesting number",
  weight: 4,
  mutate(draft, { random }) {
    const bytes = random.pick(random.pick(INTERESTING));
    const at = placeFor(draft, random, bytes.length);
    if (at < 0) return false;
    draft.overwrite(at, bytes);
    return true;
  },
};

const arithmetic: Mutator = {
  name: "add to a number",
  weight: 4,
  mutate(draft, { random }) {
    const size = random.pick(WIDTHS);
    const at = placeFor(draft, random, size);
    if (at < 0) return false;
    const added = random.between(1, MOST_ADDED);
    addToNumber(draft.bytes, at, size, random.oneIn(2), random.oneIn(2) ? added : -added);
    return true;
  },
};

const digits: Mutator = {
  name: "change a number in digits",
  weight: 1,
  mutate(draft, { random }) {
    const isDigit = (at: number) => draft.bytes[at] >= 0x30 && draft.bytes[at] <= 0x39;
    let start = random.below(draft.length + 1);
    while (start < draft.length && !isDigit(start)) start++;
    let end = start;
    while (end < draft.length && isDigit(end)) end++;
    if (end === start) return false;
    let value = 0n;
    for (let at = start; at < end; at++) value = value * 10n + BigInt(draft.bytes[at] - 0x30);
    const changes = [value + 1n, value > 0n ? value - 1n : 0n, value / 2n, value * 2n, value * value];
    const text = new TextEncoder().encode(String(random.pick(changes)));
    draft.erase(start, end - start);
    draft.insert(start, text);
    return true;
  },
};

/** Mutators of bits, bytes and numbers. */
export const NUMBER_MUTATORS: readonly Mutator[] = [flipBit, setByte, interesting, arithmetic, digits];
