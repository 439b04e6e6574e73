import type { Fault } from "@kasan/mmu";

/** What a processor that compares tags does at each access, for code outside wasm: those of kernel functions. */
export interface AccessChecks {
  /**
   * Before an access to bytes of one page.
   *
   * @param vpn - page number of the access, with the pointer's tag
   * @param offset - of its first byte in that page
   * @param at - buffer offset of that byte
   * @param bytes - of the access; they end in that page
   */
  check(vpn: number, offset: number, at: number, bytes: number, write: boolean): void;
  /** Before an access to bytes that may reach over pages, by their address. Those that are not mapped are left alone. */
  checkRange(address: bigint, bytes: number, write: boolean): void;
}

/** A processor that compares none. */
export const NO_ACCESS_CHECKS: AccessChecks = { check() {}, checkRange() {} };

/** What ends a guest whose access faults. */
export interface Faults {
  /** Prints an oops. `via`: kernel functions in which it happened, innermost first. */
  pageFault(fault: Fault, via?: readonly string[]): never;
}
