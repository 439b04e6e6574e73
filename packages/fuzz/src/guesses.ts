import type { Pair } from "./mutate/mutator.ts";
import { equal, placesOf } from "./mutate/values.ts";
import type { Comparison } from "./target.ts";

/** The most pairs that are kept; the oldest are dropped. */
const MOST_PAIRS = 512;
/** The most words that are found in comparisons. */
const MOST_WORDS = 1024;
/** The most inputs that are made from the comparisons of one. */
const MOST_TRIES = 256;
/** A side of a comparison that is in an input more often than this tells nothing: zeros, for instance. */
const MOST_PLACES = 16;

/**
 * What comparisons tell of the inputs that a target wants: if a side of a comparison stands in the input, the other side may have to stand
 * there (the idea of Redqueen, Aschermann et al. 2019, without its colours).
 */
export class Guesses {
  /** Values worth inserting: the user's, then constants that the target compared with. */
  readonly words: Uint8Array[];
  /** What was compared lately. */
  readonly pairs: Pair[] = [];
  private readonly known = new Set<string>();

  /** @param dictionary - the user's words */
  constructor(dictionary: readonly Uint8Array[]) {
    this.words = [...dictionary];
    for (const word of dictionary) this.known.add(`word ${word.join()}`);
  }

  /**
   * Learns from what an input's execution compared.
   *
   * @param longest - the most bytes of an input to try; 0: none is made
   * @returns inputs to try: the given one, with a side of a comparison in place of the other
   */
  learn(input: Uint8Array, comparisons: Iterable<Comparison>, longest: number): Uint8Array[] {
    const tries: Uint8Array[] = [];
    for (const { left, right, constant } of comparisons) {
      if (constant) this.addWord(left);
      if (equal(left, right) || left.length === 0 || right.length === 0) continue;
      for (const [from, to] of [[right, left], ...(constant ? [] : [[left, right] as const])]) {
        const pair = { from: from.slice(), to: to.slice() };
        this.addPair(pair);
        if (tries.length < MOST_TRIES) tries.push(...triesOf(input, pair, longest));
      }
    }
    return tries.slice(0, MOST_TRIES);
  }

  private addWord(word: Uint8Array): void {
    // A single byte is found without help.
    const key = `word ${word.join()}`;
    if (word.length < 2 || this.words.length >= MOST_WORDS || this.known.has(key)) return;
    this.known.add(key);
    this.words.push(word.slice());
  }

  private addPair(pair: Pair): void {
    const key = `${pair.from.join()} ${pair.to.join()}`;
    if (this.known.has(key)) return;
    this.known.add(key);
    this.pairs.push(pair);
    if (this.pairs.length <= MOST_PAIRS) return;
    const dropped = this.pairs.shift() as Pair;
    this.known.delete(`${dropped.from.join()} ${dropped.to.join()}`);
  }
}

function triesOf(input: Uint8Array, pair: Pair, longest: number): Uint8Array[] {
  const places = pair.from.length === 1 && input.length > MOST_PLACES ? [] : placesOf(input, pair);
  if (places.length > MOST_PLACES) return [];
  return places
    .filter(({ bytes }) => input.length - pair.from.length + bytes.length <= longest)
    .map(({ at, bytes }) => {
      const changed = new Uint8Array(input.length - pair.from.length + bytes.length);
      changed.set(input.subarray(0, at));
      changed.set(bytes, at);
      changed.set(input.subarray(at + pair.from.length), at + bytes.length);
      return changed;
    });
}
