/** Flags combined with the number of bytes (1 … 16) in an access description. This one: a write. */
export const ACCESS_WRITE = 0x100;
/** The address was computed as a shadow address; look it up in the shadow TLB. */
export const ACCESS_SHADOW = 0x200;
/** An atomic access; must be aligned. */
export const ACCESS_ATOMIC = 0x400;
/** For a check: an inline check found a tag mismatch and requests the report. */
export const ACCESS_INLINE = 0x800;

/** Result of {@link GuestEntries.miss} for a store that crosses pages: store to the bounce buffer, then commit. */
export const CROSSES_PAGES = -1;

/**
 * Entry points of guest code into the machine, other than kernel functions. A 64-bit value is passed as two 32-bit halves, low
 * first (signed, as wasm passes them). Each may end the guest by throwing {@link GuestStopped}.
 */
export interface GuestEntries {
  /** Handles a TLB miss. Returns the buffer offset of the address, or {@link CROSSES_PAGES}. `kind`: bytes and ACCESS_ flags. */
  miss(low: number, high: number, kind: number): number;
  /** Writes the first `bytes` of the bounce buffer to the address. */
  commit(low: number, high: number, bytes: number): void;
  /** Performs the complete check of an access and reports a bad one. `kind`: bytes, {@link ACCESS_WRITE}, {@link ACCESS_INLINE}. */
  check(low: number, high: number, kind: number): void;
  /** The call-stack limit was reached: the stack is used up, or the limit was lowered to get this CPU's attention. */
  attention(): void;
  /** A call through a pointer that does not point to a function. */
  badCall(low: number, high: number): void;
  /** The C stack pointer left the stack. */
  stackOverflow(): void;
  /** Implements memory.copy; works like memmove. */
  copy(toLow: number, toHigh: number, fromLow: number, fromHigh: number, countLow: number, countHigh: number): void;
  /** Implements memory.fill. */
  fill(toLow: number, toHigh: number, value: number, countLow: number, countHigh: number): void;
}
