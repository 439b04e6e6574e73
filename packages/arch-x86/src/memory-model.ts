import type { MemoryModel } from "@kasan/platform";

/** Total store order (Intel SDM vol. 3A, 9.2); TLBs of other CPUs are flushed by interrupts. */
export const X86_MEMORY: MemoryModel = {
  storesInOrder: true,
  walksSeeOwnStores: true,
  atomicsDrain: true,
  broadcast: false,
  instructions: {
    storesBarrier: "SFENCE",
    barrier: "MFENCE",
    contextBarrier: "a serializing instruction",
    flushAll: "flushes, and interrupts the others",
    flushOwn: "INVLPG",
    flushed: "all have flushed",
  },
};
