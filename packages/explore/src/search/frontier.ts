import type { FrontierData } from "./snapshot.ts";
import type { StateHash } from "./visited.ts";

/** States still to be explored, in full: rows of words with their numbers. */
export class Frontier {
  private words: Int32Array;
  private numbers: Uint32Array;
  private readonly width: number;
  /** Number of states. */
  count = 0;

  /** @param width - number of words of a state */
  constructor(width: number) {
    this.width = width;
    this.words = new Int32Array(width * 64);
    this.numbers = new Uint32Array(64);
  }

  /** Adds a copy of a state. */
  push(state: number, words: Int32Array): void {
    if (this.count === this.numbers.length) {
      const wider = new Int32Array(this.words.length * 2);
      wider.set(this.words);
      this.words = wider;
      const more = new Uint32Array(this.numbers.length * 2);
      more.set(this.numbers);
      this.numbers = more;
    }
    this.words.set(words, this.count * this.width);
    this.numbers[this.count++] = state;
  }

  /** The number of the state at an index. */
  number(index: number): number {
    return this.numbers[index];
  }

  /** Copies the state at an index to `out`. */
  load(index: number, out: Int32Array): void {
    const start = index * this.width;
    for (let word = 0; word < this.width; word++) out[word] = this.words[start + word];
  }

  /** Hashes a state that one transition made from the state at an index, whose own hash is given. */
  hash(index: number, low: number, high: number, words: Int32Array, hash: StateHash): void {
    hash.moved(low, high, this.words, index * this.width, words);
  }

  /** Takes back what that transition changed, as {@link Frontier.hash} found it. */
  undo(index: number, words: Int32Array, { changed, changes }: StateHash): void {
    const start = index * this.width;
    for (let i = 0; i < changes; i++) words[changed[i]] = this.words[start + changed[i]];
  }

  /** Exports the states from an index on as data. */
  toData(from = 0): FrontierData {
    const words = this.words.slice(from * this.width, this.count * this.width);
    return { words, numbers: this.numbers.slice(from, this.count) };
  }

  /** Imports data from {@link Frontier.toData}. */
  restore({ words, numbers }: FrontierData): void {
    numbers.forEach((state, index) => {
      this.push(state, words.subarray(index * this.width, (index + 1) * this.width));
    });
  }

  /** Removes all states. */
  clear(): void {
    this.count = 0;
  }

  /** Memory used, in bytes. */
  get bytes(): number {
    return this.words.byteLength + this.numbers.byteLength;
  }
}
