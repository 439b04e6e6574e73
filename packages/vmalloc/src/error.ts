import { KasanError } from "@kasan/shadow";

/**
 * What this package throws when its caller is at fault. Code `VMALLOC_RANGE`: an address range that is empty or not
 * made of pages.
 */
export class VmallocError extends KasanError {
  /**
   * @param code - stable, for programs
   * @param message - one line: what is wrong, where, what to do
   */
  constructor(code: "VMALLOC_RANGE", message: string) {
    super(code, message);
    this.name = "VmallocError";
  }
}
