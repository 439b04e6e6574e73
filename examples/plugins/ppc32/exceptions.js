// @ts-check
import { MemoryType } from "@kasan/mmu";

/**
 * What the contract of page-table formats is told of 32-bit PowerPC.
 *
 * @type {import("@kasan/mmu/contract").ArchitectureContractOptions}
 */
export const ppc32Contract = {
  memoryTypes: [MemoryType.WRITE_BACK, MemoryType.WRITE_THROUGH, MemoryType.WRITE_COMBINING, MemoryType.UNCACHED],
  exceptions: [
    {
      reason: "a PGD entry is an address and nothing else: 0 is no table",
      tests: ["a table can lie at physical address 0"],
    },
    {
      reason: "with two levels, a PGD entry is seen as a PTE, and is none without the bit PRESENT",
      tests: ["lists what is seen through a table that points to itself"],
    },
  ],
};
