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
  private rows: Uint32Array;
  /** Number of states. */
  count = 0;

  constructor() {
    this.mask = 2 ** 14 - 1;
    this.slots = new Uint32Array(this.mask + 1);
    this.rows = new Uint32Array(2 ** 13 * WORDS);
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
    return this.rows.slice(0, this.count * WORDS);
  }

  /** Imports data from {@link Visited.toData}; this object must be new. */
  restore(rows: Uint32Array): void {
    for (let row = 0; row < rows.length; row += WORDS) {
      this.add(rows[row], rows[row + 1], rows[row + 2], rows[row + 3]);
    }
  }

  /** Memory used, in bytes. */
  get bytes(): number {
    return this.rows.byteLength + this.slots.byteLength;
  }

  /** The state that a state was first reached from; {@link NO_STATE} for the first. */
  parent(state: number): number {
    return this.rows[state * WORDS + 2];
  }

  /** The transition by which a state was first reached. */
  code(state: number): number {
    return this.rows[state * WORDS + 3];
  }

  private growRows(): void {
    const rows = new Uint32Array(this.rows.length * 2);
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

/** A 64-bit hash of a row of words, as two numbers. */
export class StateHash {
  low = 0;
  high = 0;

  /** Hashes `count` words starting at `start`. Each word is mixed into both halves (murmur3's mixing, two seeds). */
  of(words: Int32Array, start: number, count: number): void {
    let low = 0x9747b28c;
    let high = 0x3c6ef372;
    for (let at = start; at < start + count; at++) {
      const word = words[at];
      let mixed = Math.imul(word, 0xcc9e2d51);
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      low ^= mixed;
      low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
      mixed = Math.imul(word + 0x7f4a7c15, 0x85ebca6b);
      mixed = Math.imul((mixed << 16) | (mixed >>> 16), 0xc2b2ae35);
      high ^= mixed;
      high = (Math.imul((high << 11) | (high >>> 21), 9) + 0x52dce729) | 0;
    }
    this.low = finish(low) >>> 0;
    this.high = finish(high ^ low) >>> 0;
  }
}

function finish(hash: number): number {
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
