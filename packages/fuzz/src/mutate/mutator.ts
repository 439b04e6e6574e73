import type { Random } from "../random.ts";
import type { Draft } from "./draft.ts";

/** Two byte strings that a target compared: to make its comparison come out equal, one of them becomes the other. */
export interface Pair {
  /** What was compared, which may stand in the input. */
  readonly from: Uint8Array;
  /** What it was compared with: as long as the other, unless both are texts. */
  readonly to: Uint8Array;
}

/** What mutations draw from. */
export interface MutationSource {
  /** Random numbers. */
  readonly random: Random;
  /** Values worth inserting: the user's, and those found in comparisons. */
  readonly words: readonly Uint8Array[];
  /** What the target compared lately. */
  readonly pairs: readonly Pair[];
  /** Another input of the corpus. */
  other(): Uint8Array;
}

/** A way to change an input. */
export interface Mutator {
  /** Its name, for statistics. */
  readonly name: string;
  /** How often it is chosen, beside the others' weights. Above 0. */
  readonly weight: number;
  /** Changes an input. @returns false if it could not: the input is as it was, and another one is asked */
  mutate(draft: Draft, source: MutationSource): boolean;
}
