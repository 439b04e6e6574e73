import type { MemoryModel } from "@kasan/platform";

/** Stores in any order that barriers permit; TLBI, broadcast by the hardware (Arm ARM B2, D8.17). */
export const ARM64_MEMORY: MemoryModel = {
  storesInOrder: false,
  walksSeeOwnStores: false,
  atomicsDrain: false,
  broadcast: true,
  instructions: {
    storesBarrier: "DMB ISHST",
    barrier: "DSB",
    contextBarrier: "ISB",
    flushAll: "TLBI",
    flushOwn: "TLBI of this CPU",
    flushed: "DSB: the TLBI is complete",
  },
};
