import { BLOCK_MUTATORS } from "./blocks.ts";
import type { Draft } from "./draft.ts";
import { LENGTH_MUTATORS } from "./lengths.ts";
import type { MutationSource, Mutator } from "./mutator.ts";
import { NUMBER_MUTATORS } from "./numbers.ts";
import { VALUE_MUTATORS } from "./values.ts";

/** The mutators that a fuzzer has by default. */
export const MUTATORS: readonly Mutator[] = [
  ...NUMBER_MUTATORS,
  ...BLOCK_MUTATORS,
  ...LENGTH_MUTATORS,
  ...VALUE_MUTATORS,
];

/** An input is changed 2⁰ … 2⁴ times. */
const MOST_DOUBLINGS = 4;
/** Mutators that cannot change an input are asked so many times in a row; those that can always come up. */
const ATTEMPTS = 20;

/** Chooses mutators by their weights, and lets them change inputs. */
export class Mutations {
  private readonly mutators: readonly Mutator[];
  private readonly weights: readonly number[];
  private readonly total: number;

  /** @param mutators - at least one */
  constructor(mutators: readonly Mutator[] = MUTATORS) {
    this.mutators = mutators;
    this.weights = mutators.map(({ weight }) => weight);
    this.total = this.weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** Changes an input some times; small numbers of changes come as often as large ones. */
  apply(draft: Draft, source: MutationSource): void {
    for (let left = 1 << source.random.below(MOST_DOUBLINGS + 1); left > 0; left--) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (this.choose(source).mutate(draft, source)) break;
    }
  }

  private choose({ random }: MutationSource): Mutator {
    let at = random.below(this.total);
    let index = 0;
    while (at >= this.weights[index]) at -= this.weights[index++];
    return this.mutators[index];
  }
}
