/** How far an input is minimized. */
export interface MinimizeOptions {
  /** The most times that the input is tried; 2000 by default. */
  readonly attempts?: number;
  /** Whether bytes that do not matter are set to zero; true by default. */
  readonly zeros?: boolean;
  /** Whether what a byte counts is taken out together with a part of its value; true by default. */
  readonly counts?: boolean;
}

/**
 * Makes an input smaller that has some property, and keeps the property: cuts off its end, takes out blocks of half its length, a quarter
 * and so on down to single bytes; sets the bytes that do not matter to zero; and takes out bytes that another counts, which then counts fewer.
 * What is left cannot lose another single byte, unless the attempts ran out.
 *
 * @example
 * ```ts
 * import { minimize } from "@kasan/fuzz";
 *
 * const input = new TextEncoder().encode("some text with <a mark> in it");
 * const shorter = minimize(input, (bytes) => new TextDecoder().decode(bytes).includes("<a"));
 * console.log(new TextDecoder().decode(shorter)); // <a
 * ```
 * @param input - an input that has the property
 * @param has - whether an input has it
 * @returns an input that is at most as long
 */
export function minimize(
  input: Uint8Array,
  has: (input: Uint8Array) => boolean,
  { attempts = 2000, zeros = true, counts = true }: MinimizeOptions = {},
): Uint8Array {
  let left = attempts;
  const test = (candidate: Uint8Array) => left-- > 0 && has(candidate);
  // A Buffer's slices are no copies.
  let smallest: Uint8Array = Uint8Array.from(input);
  for (let before = -1; before !== smallest.length && left > 0; ) {
    before = smallest.length;
    smallest = withoutEnd(smallest, test);
    smallest = withoutBlocks(smallest, test);
    // Zeros count nothing.
    if (zeros) smallest = withZeros(smallest, test);
    if (counts) smallest = withoutCounted(smallest, test);
  }
  return smallest;
}

type Test = (candidate: Uint8Array) => boolean;

/** The shortest beginning that has the property, as far as halving finds it. */
function withoutEnd(input: Uint8Array, test: Test): Uint8Array {
  let [short, long] = [0, input.length];
  while (short < long) {
    const length = (short + long) >>> 1;
    if (test(input.subarray(0, length))) long = length;
    else short = length + 1;
  }
  return input.subarray(0, long);
}

function withoutBlocks(input: Uint8Array, test: Test): Uint8Array {
  let smallest = input;
  for (let size = smallest.length >>> 1; size >= 1; size >>>= 1) {
    for (let end = smallest.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      const candidate = new Uint8Array(smallest.length - (end - start));
      candidate.set(smallest.subarray(0, start));
      candidate.set(smallest.subarray(end), start);
      if (test(candidate)) smallest = candidate;
    }
  }
  return smallest;
}

/**
 * Takes bytes out of what a byte may count, at its end or its beginning: the bytes behind it, those from itself on, or those up to the
 * input's end. Bytes before it whose count reaches as far may count these as well.
 */
function withoutCounted(input: Uint8Array, test: Test): Uint8Array {
  let smallest = input;
  for (let at = smallest.length - 1; at >= 0; at--) {
    for (let size = smallest[at]; size >= 1; size >>>= 1) {
      const count = smallest[at];
      if (size > count) continue;
      const ends = new Set([at + 1 + count, at + count, smallest.length, at + 1 + size]);
      for (const end of ends) {
        if (end > smallest.length || end - size <= at) continue;
        const shorter = [[at], around(smallest, at, end, size)].map((places) => less(smallest, places, end, size));
        const found = shorter.find(test);
        if (!found) continue;
        smallest = found;
        break;
      }
    }
  }
  return smallest;
}

/** A byte, and those before it that count at least up to an end, and that can count fewer. */
const around = (input: Uint8Array, at: number, end: number, size: number): number[] =>
  Array.from({ length: at + 1 }, (_, place) => place).filter((place) => {
    const last = place + 1 + input[place];
    return place === at || (last >= end && last <= input.length && input[place] >= size);
  });

/** An input without the `size` bytes before `end`, which some bytes count. */
function less(input: Uint8Array, counts: readonly number[], end: number, size: number): Uint8Array {
  const shorter = new Uint8Array(input.length - size);
  shorter.set(input.subarray(0, end - size));
  shorter.set(input.subarray(end), end - size);
  for (const at of counts) shorter[at] -= size;
  return shorter;
}

function withZeros(input: Uint8Array, test: Test): Uint8Array {
  let simplest = input;
  for (let at = 0; at < simplest.length; at++) {
    if (simplest[at] === 0) continue;
    const candidate = simplest.slice();
    candidate[at] = 0;
    if (test(candidate)) simplest = candidate;
  }
  return simplest;
}
