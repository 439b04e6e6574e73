/** Flags beside the number of bytes (1 … 16) in the description of an access. */
export const ACCESS_WRITE = 0x100;
/** The address was computed as a shadow address: look it up in the shadow TLB. */
export const ACCESS_SHADOW = 0x200;
/** An atomic access: must be aligned. */
export const ACCESS_ATOMIC = 0x400;
/** Of a check: code in place found the tags to differ, and asks for the report. */
export const ACCESS_INLINE = 0x800;

/** What {@link GuestEntries.miss} answers for a store that crosses pages: put it in the bounce buffer, then commit. */
export const CROSSES_PAGES = -1;

/**
 * Where guest code enters the machine, other than by calling kernel functions. A 64-bit value arrives as two 32-bit
 * halves, low first (signed, as wasm passes them). Each may end the guest by throwing {@link GuestStopped}.
 */
export interface GuestEntries {
  /** TLB miss: the buffer offset of the address, or {@link CROSSES_PAGES}. `kind`: bytes and ACCESS_ flags. */
  miss(low: number, high: number, kind: number): number;
  /** Writes the first `bytes` of the bounce buffer to the address. */
  commit(low: number, high: number, bytes: number): void;
  /** The complete check of an access, and its report. `kind`: bytes, {@link ACCESS_WRITE}, {@link ACCESS_INLINE}. */
  check(low: number, high: number, kind: number): void;
  /** The call-stack limit was reached: used up, or lowered by somebody who wants this CPU's attention. */
  attention(): void;
  /** A call through a pointer that points to no function. */
  badCall(low: number, high: number): void;
  /** The C stack pointer left the stack. */
  stackOverflow(): void;
  /** memory.copy: like memmove. */
  copy(toLow: number, toHigh: number, fromLow: number, fromHigh: number, countLow: number, countHigh: number): void;
  /** memory.fill. */
  fill(toLow: number, toHigh: number, value: number, countLow: number, countHigh: number): void;
}
