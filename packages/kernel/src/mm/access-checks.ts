import type { Fault } from "@kasan/mmu";

/** Tag checks of the processor at each access, for accesses by code outside wasm, that is, by kernel functions. */
export interface AccessChecks {
  /**
   * Called before an access within one page.
   *
   * @param vpn - page number of the access, with the pointer's tag
   * @param offset - offset of its first byte in that page
   * @param at - buffer offset of that byte
   * @param bytes - size of the access, which ends in that page
   * @param by - kernel functions that make it, innermost first; none if it is the guest's own
   */
  check(vpn: number, offset: number, at: number, bytes: number, write: boolean, by?: readonly string[]): void;
  /** Called before an access by address that may span pages. Unmapped bytes are skipped. */
  checkRange(address: bigint, bytes: number, write: boolean): void;
}

/** A processor that does not compare tags. */
export const NO_ACCESS_CHECKS: AccessChecks = { check() {}, checkRange() {} };

/** Ends a guest whose access faults. */
export interface Faults {
  /** Prints an oops. `via`: kernel functions that made the access, innermost first. */
  pageFault(fault: Fault, via?: readonly string[]): never;
}
