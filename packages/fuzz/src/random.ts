import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const WARM_UP = 32;

/** Random numbers that depend on nothing but a seed. */
export class Random {
  private readonly generator;

  /** @param seed - an integer, of which 32 bits count */
  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed | 0);
    // The first numbers of seeds that are close to each other are alike.
    for (let i = 0; i < WARM_UP; i++) this.generator.next();
  }

  /** A number of 32 bits, without a sign. */
  u32(): number {
    return this.generator.next() >>> 0;
  }

  /** An integer from 0 to `count` - 1. `count`: 1 … 2³². */
  below(count: number): number {
    // Some numbers come a little more often than others; for counts far below 2³², it does not show.
    return Math.floor((this.u32() / 2 ** 32) * count);
  }

  /** An integer from `low` to `high`, both of which it can be. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of some values, of which there is at least one. */
  pick<T>(values: ArrayLike<T>): T {
    return values[this.below(values.length)];
  }
}
