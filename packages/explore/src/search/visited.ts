/** Words per entry: two of the state's hash, the state that it was first reached from, the transition. */
const WORDS = 4;
/** No state: the parent of the first state. */
export const NO_STATE = 0xffff_ffff;

/**
 * The visited states, as 64-bit hashes, with the path by which each was first reached. Two states with the same hash are treated as
 * one: with ten million states, the chance of any collision is about 1 in 400 000.
 */
export class Visited {
  private slots: Uint32Array;
  private mask: number;
  /** States in the order they were found: hash, parent, transition. */
  private rows: Int32Array;
  /** Number of states. */
  count = 0;

  constructor() {
    this.mask = 2 ** 14 - 1;
    this.slots = new Uint32Array(this.mask + 1);
    this.rows = new Int32Array(2 ** 13 * WORDS);
  }

  /** Adds a state. @returns its number, or -1 if it was seen before */
  add(low: number, high: number, parent: number, code: number): number {
    let slot = low & this.mask;
    for (;;) {
      const state = this.slots[slot];
      if (state === 0) break;
      const row = (state - 1) * WORDS;
      if (this.rows[row] === low && this.rows[row + 1] === high) return -1;
      slot = (slot + 1) & this.mask;
    }
    const state = this.count++;
    if ((state + 1) * WORDS > this.rows.length) this.growRows();
    const row = state * WORDS;
    this.rows[row] = low;
    this.rows[row + 1] = high;
    this.rows[row + 2] = parent;
    this.rows[row + 3] = code;
    this.slots[slot] = state + 1;
    if (this.count * 2 > this.mask) this.growSlots();
    return state;
  }

  /** Exports all states as rows of words. */
  toData(): Uint32Array {
    return new Uint32Array(this.rows.slice(0, this.count * WORDS).buffer);
  }

  /** Imports data from {@link Visited.toData}; this object must be new. */
  restore(rows: Uint32Array): void {
    for (let row = 0; row < rows.length; row += WORDS) {
      this.add(rows[row] | 0, rows[row + 1] | 0, rows[row + 2], rows[row + 3]);
    }
  }

  /** Memory used, in bytes. */
  get bytes(): number {
    return this.rows.byteLength + this.slots.byteLength;
  }

  /** The first half of a state's hash, as a signed word. */
  low(state: number): number {
    return this.rows[state * WORDS];
  }

  /** The second half of a state's hash, as a signed word. */
  high(state: number): number {
    return this.rows[state * WORDS + 1];
  }

  /** The state that a state was first reached from; {@link NO_STATE} for the first. */
  parent(state: number): number {
    return this.rows[state * WORDS + 2] >>> 0;
  }

  /** The transition by which a state was first reached. */
  code(state: number): number {
    return this.rows[state * WORDS + 3] >>> 0;
  }

  private growRows(): void {
    const rows = new Int32Array(this.rows.length * 2);
    rows.set(this.rows);
    this.rows = rows;
  }

  private growSlots(): void {
    this.mask = this.mask * 2 + 1;
    this.slots = new Uint32Array(this.mask + 1);
    for (let state = 0; state < this.count; state++) {
      let slot = this.rows[state * WORDS] & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = state + 1;
    }
  }
}

/**
 * A 64-bit hash of a row of words, as two signed words. It is the exclusive or of a hash of each word and its place, so that a row
 * that differs from another in a few words is hashed by these alone (Zobrist hashing).
 */
export class StateHash {
  low = 0;
  high = 0;
  /** The places where the row given to {@link StateHash.moved} differs from the other: the first `changes` of these. */
  readonly changed: Uint16Array;
  changes = 0;

  /** @param width - number of words of a row, at most 65536 */
  constructor(width: number) {
    this.changed = new Uint16Array(width);
  }

  /** Hashes all of a row. */
  of(words: Int32Array): void {
    let low = 0;
    let high = 0;
    for (let at = 0; at < words.length; at++) {
      low ^= mixLow(words[at], at);
      high ^= mixHigh(words[at], at);
    }
    this.low = low;
    this.high = high;
  }

  /**
   * Hashes a row that differs little from another whose hash is known.
   *
   * @param low - first half of the other's hash
   * @param high - second half of the other's hash
   * @param rows - holds the other, starting at `start`
   */
  moved(low: number, high: number, rows: Int32Array, start: number, words: Int32Array): void {
    const { changed } = this;
    let changes = 0;
    for (let at = 0; at < words.length; at++) {
      const before = rows[start + at];
      const word = words[at];
      if (before === word) continue;
      low ^= mixLow(before, at) ^ mixLow(word, at);
      high ^= mixHigh(before, at) ^ mixHigh(word, at);
      changed[changes++] = at;
    }
    this.low = low;
    this.high = high;
    this.changes = changes;
  }
}

const mixLow = (word: number, at: number): number => mix(Math.imul(word, 0xcc9e2d51) + Math.imul(at, 0x9e3779b1));
const mixHigh = (word: number, at: number): number => mix(Math.imul(word, 0x1b873593) ^ Math.imul(at + 1, 0x7feb352d));

/** murmur3's last mixing: each bit of the hash depends on each bit of the number. */
function mix(hash: number): number {
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
