/** How far an input is minimized. */
export interface MinimizeOptions {
  /** The most times that the input is tried; 2000 by default. */
  readonly attempts?: number;
  /** Whether bytes that do not matter are set to zero; true by default. */
  readonly zeros?: boolean;
}

/**
 * Makes an input smaller that has some property, and keeps the property: cuts off its end, takes out blocks of half its length, a quarter
 * and so on down to single bytes, and sets the bytes that do not matter to zero. What is left cannot lose another single byte, unless the
 * attempts ran out.
 *
 * @param input - an input that has the property
 * @param has - whether an input has it
 * @returns an input that is at most as long
 */
export function minimize(
  input: Uint8Array,
  has: (input: Uint8Array) => boolean,
  { attempts = 2000, zeros = true }: MinimizeOptions = {},
): Uint8Array {
  let left = attempts;
  const test = (candidate: Uint8Array) => left-- > 0 && has(candidate);
  // A Buffer's slices are no copies.
  let smallest: Uint8Array = Uint8Array.from(input);
  for (let before = -1; before !== smallest.length && left > 0; ) {
    before = smallest.length;
    smallest = withoutEnd(smallest, test);
    smallest = withoutBlocks(smallest, test);
  }
  return zeros ? withZeros(smallest, test) : smallest;
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
