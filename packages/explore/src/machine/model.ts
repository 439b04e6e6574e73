/** How a processor orders memory and translates addresses, as far as it is modelled: see docs/exploring.md. */
export interface MemoryModel {
  /** For people. */
  readonly name: "x86" | "arm64";
  /** Whether stores leave the store buffer in the order in which they came (TSO); else in any that barriers permit. */
  readonly storesInOrder: boolean;
  /** Whether a CPU's own walks see its stores that still are in the buffer. */
  readonly walksSeeOwnStores: boolean;
  /** Whether atomic instructions and locks wait until the buffer is empty (LOCK prefix). */
  readonly atomicsDrain: boolean;
  /** Whether TLB maintenance is made of DSB, TLBI, DSB, ISB; else of an interrupt to the other CPUs. */
  readonly broadcast: boolean;
  /** Whether TLBs remember that nothing is mapped somewhere. */
  readonly cachesInvalid: boolean;
}

/** x86-64: total store order. */
export const X86: MemoryModel = {
  name: "x86",
  storesInOrder: true,
  walksSeeOwnStores: true,
  atomicsDrain: true,
  broadcast: false,
  cachesInvalid: false,
};

/** arm64: stores in any order, TLBI broadcast by the hardware. */
export const ARM64: MemoryModel = {
  name: "arm64",
  storesInOrder: false,
  walksSeeOwnStores: false,
  atomicsDrain: false,
  broadcast: true,
  cachesInvalid: false,
};
