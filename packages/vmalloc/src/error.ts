import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link VmallocError}.
 *
 * - `VMALLOC_RANGE`: an address range that is empty or not made of pages
 * - `VMALLOC_RECORDS`: a pool of range records that is used up
 */
export type VmallocErrorCode = "VMALLOC_RANGE" | "VMALLOC_RECORDS";

/** What this package throws when its caller is at fault. Being short of memory or addresses is an answer, not an error. */
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
