import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link ExploreError}.
 *
 * - `NOT_DETERMINISTIC`: code under exploration that asks for other steps when it is given the same results
 * - `STEP_SWALLOWED`: code that goes on after it was cut off
 * - `TOO_LARGE`: a machine that the state cannot hold: too many frames, pages or tables
 * - `SCENARIO`: an operation or a scenario that makes no sense
 * - `SCHEME`: a scheme that cannot be made, or cannot boot: its own code fails
 * - `TRACE`: a recorded interleaving that is none, or that cannot be run again
 * - `CHECKPOINT`: a checkpoint that cannot be used
 */
export type ExploreErrorCode =
  | "NOT_DETERMINISTIC"
  | "STEP_SWALLOWED"
  | "TOO_LARGE"
  | "SCENARIO"
  | "SCHEME"
  | "TRACE"
  | "CHECKPOINT";

/** What this package throws. A property that does not hold is an answer, not an error. */
export class ExploreError extends KasanError {
  /**
   * @param code - stable, for programs
   * @param message - one line: what is wrong, where, what to do
   */
  constructor(code: ExploreErrorCode, message: string) {
    super(code, message);
    this.name = "ExploreError";
  }
}
