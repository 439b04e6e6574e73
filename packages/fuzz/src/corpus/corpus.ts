import { type Coverage, edgeOf } from "../coverage.ts";
import type { Random } from "../random.ts";

/** An input that reached something first, or something in fewer bytes. */
export interface CorpusEntry {
  /** The input. */
  readonly bytes: Uint8Array;
  /** The features that it has. */
  readonly features: ArrayLike<number>;
  /** Of these, those that no input had before it. */
  readonly first: readonly number[];
}

/**
 * Energies are computed anew after so many choices, or as many as there are inputs if that is more: the numbers of executions that they
 * depend on change slowly. A new input is given its own at once.
 */
const RENEW_EVERY = 512;

/** The inputs that others are made from, chosen by the rarity of the edges that they pass. */
export class Corpus {
  private readonly coverage: Coverage;
  private readonly list: CorpusEntry[] = [];
  /** Sums of the energies up to each entry. */
  private sums: number[] = [];
  private untilRenewal = 0;
  private most = 0;

  /** @param coverage - tells how often edges are passed */
  constructor(coverage: Coverage) {
    this.coverage = coverage;
  }

  /** The inputs, oldest first. */
  get entries(): readonly CorpusEntry[] {
    return this.list;
  }

  /** Length of the longest input. */
  get longest(): number {
    return this.most;
  }

  /** Adds an input. */
  add(entry: CorpusEntry): void {
    this.list.push(entry);
    this.most = Math.max(this.most, entry.bytes.length);
    this.sums.push((this.sums[this.sums.length - 1] ?? 0) + this.energy(entry));
  }

  /** Replaces an input by a shorter one that has the same first features. */
  replace(entry: CorpusEntry, by: CorpusEntry): void {
    const index = this.list.indexOf(entry);
    if (index >= 0) this.list[index] = by;
    if (entry.bytes.length < this.most) return;
    this.most = this.list.reduce((longest, { bytes }) => Math.max(longest, bytes.length), 0);
  }

  /** An input, by energy; undefined if there is none. */
  choose(random: Random): CorpusEntry | undefined {
    if (this.list.length === 0) return undefined;
    if (this.untilRenewal-- <= 0) this.renew();
    const wanted = (random.u32() / 2 ** 32) * this.sums[this.sums.length - 1];
    let [low, high] = [0, this.sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sums[middle] > wanted) high = middle;
      else low = middle + 1;
    }
    return this.list[low];
  }

  /** Any input. There is one. */
  any(random: Random): CorpusEntry {
    return random.pick(this.list);
  }

  private renew(): void {
    let sum = 0;
    this.sums = this.list.map((entry) => {
      sum += this.energy(entry);
      return sum;
    });
    this.untilRenewal = Math.max(RENEW_EVERY, this.list.length);
  }

  /** The rarer the edges that an input passes, the more: an edge that every execution passes tells nothing. Long inputs get less. */
  private energy({ bytes, features }: CorpusEntry): number {
    let rarity = 0;
    for (let i = 0; i < features.length; i++) {
      const edge = edgeOf(features[i], this.coverage.edges);
      rarity += edge === undefined ? 0 : 1 / Math.max(1, this.coverage.executions(edge));
    }
    return (rarity + 1e-6) / Math.log2(bytes.length + 4);
  }
}
