import type { Pair } from "./mutate/mutator.ts";
import { placesOf } from "./mutate/values.ts";
import type { Comparison } from "./target.ts";

/** Bytes of the shortest checksum. */
const CHECKSUM = 4;
/** The most pairs that are kept; the oldest are dropped. */
const MOST_PAIRS = 512;
/** The most words that are found in comparisons. */
const MOST_WORDS = 1024;
/** The longest word. */
const LONGEST_WORD = 64;
/** A number has at most so many bytes; what is longer was compared as a string. */
const LONGEST_NUMBER = 8;
/** The most inputs that are made from the comparisons of one. */
const MOST_TRIES = 256;
/** A side of a comparison that is in an input more often than this tells nothing: zeros, for instance. */
const MOST_PLACES = 16;
/** The most comparisons of an input that reaches nothing new that are looked at. */
const MOST_LOOKS = 256;

/**
 * What comparisons tell of the inputs that a target wants: if a side of a comparison stands in the input, the other side may have to stand
 * there (the idea of Redqueen, Aschermann et al. 2019, without its colours). What was compared before is known by a hash: to look at it
 * again makes nothing.
 */
export class Guesses {
  /** Values worth inserting: the user's, then constants and strings that the target compared with. */
  readonly words: Uint8Array[];
  /** What was compared lately. */
  readonly pairs: Pair[] = [];
  private readonly hashes: number[] = [];
  private readonly known = new Set<number>();
  private readonly knownWords = new Set<number>();
  private next = 0;
  private learned = 0;

  /** @param dictionary - the user's words */
  constructor(dictionary: readonly Uint8Array[]) {
    this.words = [...dictionary];
    for (const word of dictionary) this.knownWords.add(hashOf(word, 0));
  }

  /**
   * Learns from what an input's execution compared, and tries it.
   *
   * @param longest - the most bytes of an input
   * @returns inputs to try: the given one, with a side of a comparison in place of the other
   */
  learn(input: Uint8Array, comparisons: Iterable<Comparison>, longest: number): Uint8Array[] {
    const tries: Uint8Array[] = [];
    const tried = new Set<number>();
    for (const comparison of comparisons) {
      this.look(comparison);
      const { left, right, constant } = comparison;
      const hash = pairHash(left, right);
      if (tries.length >= MOST_TRIES || tried.has(hash) || tellsNothing(left, right)) continue;
      tried.add(hash);
      tries.push(...triesOf(input, { from: right, to: left }, longest));
      if (constant && left.length >= CHECKSUM && left.every((byte) => byte === 0xff))
        tries.push(...inverted(input, right));
      if (!constant) tries.push(...triesOf(input, { from: left, to: right }, longest));
    }
    return tries.slice(0, MOST_TRIES);
  }

  /** Learns from what an execution compared that reached nothing new. @returns whether anything was not known */
  glance(comparisons: Iterable<Comparison>): boolean {
    const before = this.learned;
    let looks = 0;
    for (const comparison of comparisons) {
      this.look(comparison);
      if (++looks === MOST_LOOKS) break;
    }
    return this.learned > before;
  }

  private look({ left, right, constant }: Comparison): void {
    const hash = pairHash(left, right);
    if (this.known.has(hash) || tellsNothing(left, right)) return;
    this.learned++;
    // Of two strings, either may be the one that the code wants; a number that is no constant is most often from the input.
    if (constant || left.length > LONGEST_NUMBER) this.addWord(left);
    if (!constant && right.length > LONGEST_NUMBER) this.addWord(right);
    this.addPair({ from: right.slice(), to: left.slice() }, hash);
    if (!constant) this.addPair({ from: left.slice(), to: right.slice() }, hash);
  }

  private addWord(word: Uint8Array): void {
    // A single byte is found without help.
    if (word.length < 2 || word.length > LONGEST_WORD || this.words.length >= MOST_WORDS) return;
    const hash = hashOf(word, 0);
    if (this.knownWords.has(hash)) return;
    this.knownWords.add(hash);
    this.words.push(word.slice());
  }

  private addPair(pair: Pair, hash: number): void {
    this.known.add(hash);
    if (this.pairs.length === MOST_PAIRS && this.hashes[this.next] !== hash) this.known.delete(this.hashes[this.next]);
    this.pairs[this.next] = pair;
    this.hashes[this.next] = hash;
    this.next = (this.next + 1) % MOST_PAIRS;
  }
}

/** FNV-1a (Fowler, Noll, Vo), cut to the 30 bits that JavaScript engines keep without an allocation. */
function hashOf(bytes: Uint8Array, start: number): number {
  let hash = start ^ 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash & 0x3fffffff;
}

const pairHash = (left: Uint8Array, right: Uint8Array): number => hashOf(right, hashOf(left, left.length));

/** Whether two sides are the same, or one is empty. Texts may differ in length. */
function tellsNothing(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length === 0 || b.length === 0) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Inputs with a number changed so that it equals one that is computed. Compilers make `(a ^ b) == -1` of `a == ~b`, as with a CRC: of what
 * is compared, neither side is in the input, but what has to change of `a` shows.
 */
function inverted(input: Uint8Array, difference: Uint8Array): Uint8Array[] {
  const places = Math.min(MOST_TRIES / 4, input.length - difference.length + 1);
  return Array.from({ length: Math.max(0, places) }, (_, at) =>
    input.map((byte, i) => (i < at || i >= at + difference.length ? byte : byte ^ ~difference[i - at])),
  );
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
