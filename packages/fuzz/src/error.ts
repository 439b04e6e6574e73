import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link FuzzError}.
 *
 * - `OPTIONS`: a value that the fuzzer cannot work with
 * - `DICTIONARY`: a line of a dictionary that says nothing; the message names it
 * - `CORPUS`: a folder of inputs that cannot be read or written
 */
export type FuzzErrorCode = "OPTIONS" | "DICTIONARY" | "CORPUS";

/** Errors of this package. What a target does wrong is a result, not an error. */
export class FuzzError extends KasanError {
  /**
   * @param code - stable, for programs
   * @param message - one line: what is wrong, where, what to do
   */
  constructor(code: FuzzErrorCode, message: string) {
    super(code, message);
    this.name = "FuzzError";
  }
}
