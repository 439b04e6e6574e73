import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link ExploreError}.
 *
 * - `NOT_DETERMINISTIC`: code under exploration requests different steps when it gets the same results
 * - `STEP_SWALLOWED`: code continues after it was cut off
 * - `TOO_LARGE`: a machine does not fit in the state: too many frames, pages or tables
 * - `SCENARIO`: an operation or a scenario is invalid
 * - `SCHEME`: a scheme cannot be created or booted, because its own code fails
 * - `TRACE`: a recorded interleaving is invalid, or cannot be replayed
 * - `CHECKPOINT`: a checkpoint cannot be used
 * - `LITMUS`: a litmus test cannot be read, or uses what is not modelled
 */
export type ExploreErrorCode =
  | "NOT_DETERMINISTIC"
  | "STEP_SWALLOWED"
  | "TOO_LARGE"
  | "SCENARIO"
  | "SCHEME"
  | "TRACE"
  | "CHECKPOINT"
  | "LITMUS";

/** Errors of this package. A violated property is a result, not an error. */
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
