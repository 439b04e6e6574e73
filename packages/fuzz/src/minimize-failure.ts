import { minimize } from "./minimize.ts";
import type { Failure } from "./target.ts";

/** A bug that takes long to come out is brought about so many times at most. */
const SLOW_ATTEMPTS = 16;

/** An input, and what it makes go wrong. */
export interface FailingInput {
  /** The input. */
  readonly input: Uint8Array;
  /** What goes wrong. */
  readonly failure: Failure;
}

/**
 * Makes an input smaller that leads to a bug, as {@link minimize} does; less so if the bug takes long to come out.
 *
 * @param run - runs an input. Returns what goes wrong; undefined if nothing does
 * @param onSmaller - called with each smaller input that leads to the same bug
 * @returns the smallest input that leads to it, and what goes wrong with that
 */
export function minimizeFailure(
  { input, failure }: FailingInput,
  run: (input: Uint8Array) => Failure | undefined,
  onSmaller: (smaller: FailingInput) => void = () => {},
): FailingInput {
  let last = failure;
  let slow = 0;
  const smallest = minimize(input, (candidate) => {
    if (slow === SLOW_ATTEMPTS) return false;
    const again = run(candidate);
    if (again?.slow) slow++;
    if (again?.key !== failure.key) return false;
    last = again;
    onSmaller({ input: candidate, failure: again });
    return true;
  });
  return { input: smallest.slice(), failure: last };
}
