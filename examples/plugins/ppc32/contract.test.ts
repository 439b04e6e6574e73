import { architectureContract } from "@kasan/mmu/contract";
import { describe, test } from "vitest";
import { ppc32Contract } from "./exceptions.js";
import { ppc32 } from "./ppc32.js";

for (const lowmem of [32, 768]) {
  architectureContract({ describe, test }, `32-bit PowerPC with ${lowmem} MiB`, () => ppc32(lowmem), ppc32Contract);
}
