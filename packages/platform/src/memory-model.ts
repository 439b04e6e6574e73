/** How a processor orders memory and keeps TLBs in step, as far as `@kasan/explore` models it: see docs/exploring.md. */
export interface MemoryModel {
  /** Whether stores leave the store buffer in the order in which they came (TSO); else in any order that barriers permit. */
  readonly storesInOrder: boolean;
  /** Whether a CPU's own page-table walks see its stores that are still in the buffer. */
  readonly walksSeeOwnStores: boolean;
  /** Whether atomic instructions and locks wait until the buffer is empty (x86's LOCK prefix). */
  readonly atomicsDrain: boolean;
  /**
   * Whether one instruction flushes every CPU's TLBs (arm64's TLBI IS), between barriers. If not, the other CPUs are
   * interrupted and flush their own.
   */
  readonly broadcast: boolean;
  /** The names of the processor's barriers and flushes in traces. */
  readonly instructions: {
    /** A barrier between stores. */
    readonly storesBarrier: string;
    /** A barrier that completes all that comes before it. */
    readonly barrier: string;
    /** A barrier after which instructions are fetched and translated anew. */
    readonly contextBarrier: string;
    /** A flush of all CPUs' TLBs. */
    readonly flushAll: string;
    /** A flush of the CPU's own. */
    readonly flushOwn: string;
    /** The wait for `flushAll` to be done everywhere. */
    readonly flushed: string;
  };
}
