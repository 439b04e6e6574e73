/** Two values that a target compared, as the bytes that they have in memory. */
export interface Comparison {
  /** Which comparison of the code it was: the same number for the same place. At least 0. */
  readonly site: number;
  /** The left side; at least one of the two has a byte. */
  readonly left: Uint8Array;
  /** The right side, as long as the left one, unless both are texts. */
  readonly right: Uint8Array;
  /** Whether the left side is a constant of the code, as the first operand of a comparison with a constant is. */
  readonly constant: boolean;
}

/** What an input made go wrong. */
export interface Failure {
  /** The same text for the same bug, whichever input leads to it. */
  readonly key: string;
  /** What happened, in one line. */
  readonly title: string;
  /** Whether it takes long to come out, as an execution that never ends does: it is brought about fewer times. False by default. */
  readonly slow?: boolean;
  /** What else the target tells of it; the fuzzer hands it on. */
  readonly details?: unknown;
}

/** What a target did with an input. The fuzzer looks at it before it runs the next, so that a target may use the arrays again. */
export interface Execution {
  /** How often each edge of the code was passed: a byte for each, which wraps or stays at 255. The length never changes. */
  readonly counters: Uint8Array;
  /** Comparisons that were made, in any order; none by default. */
  readonly comparisons?: Iterable<Comparison>;
  /** What went wrong; undefined if nothing did. */
  readonly failure?: Failure;
}

/** What is fuzzed. For a fuzzer whose runs repeat, it does the same for the same input. */
export type Target = (input: Uint8Array) => Execution;
