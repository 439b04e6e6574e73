import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link VmallocError}.
 *
 * - `VMALLOC_RANGE`: an address range is empty or does not consist of pages
 * - `VMALLOC_RECORDS`: a pool of range records is used up
 */
export type VmallocErrorCode = "VMALLOC_RANGE" | "VMALLOC_RECORDS";

/** Errors caused by the caller of this package. A shortage of memory or addresses is a result, not an error. */
export class VmallocError extends KasanError {
  /**
   * @param code - stable, for programs
   * @param message - one line: what is wrong, where, what to do
   */
  constructor(code: VmallocErrorCode, message: string) {
    super(code, message);
    this.name = "VmallocError";
  }
}
