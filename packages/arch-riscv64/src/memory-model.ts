import type { MemoryModel } from "@kasan/platform";

/** RVWMO: stores in any order that fences permit. SFENCE.VMA flushes the own TLB; other harts are interrupted (IPI, or SBI). */
export const RISCV64_MEMORY: MemoryModel = {
  storesInOrder: false,
  walksSeeOwnStores: false,
  atomicsDrain: false,
  broadcast: false,
  instructions: {
    storesBarrier: "FENCE W,W",
    barrier: "FENCE RW,RW",
    contextBarrier: "SFENCE.VMA",
    flushAll: "SFENCE.VMA, and interrupts the others",
    flushOwn: "SFENCE.VMA",
    flushed: "all have flushed",
  },
};
