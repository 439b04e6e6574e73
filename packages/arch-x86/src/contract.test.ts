import { MemoryType } from "@kasan/mmu";
import { architectureContract } from "@kasan/mmu/contract";
import { describe, test } from "vitest";
import { x86_64 } from "./paging.ts";

const { WRITE_BACK, WRITE_THROUGH, WRITE_COMBINING, UNCACHED_MINUS, UNCACHED, WRITE_PROTECT } = MemoryType;
const memoryTypes = [WRITE_BACK, WRITE_THROUGH, WRITE_COMBINING, UNCACHED_MINUS, UNCACHED, WRITE_PROTECT];

const runner = { describe, test };
architectureContract(runner, "x86-64 with 4 levels", () => x86_64({ levels: 4 }), { memoryTypes });
architectureContract(runner, "x86-64 with 5 levels", () => x86_64({ levels: 5 }), { memoryTypes });
architectureContract(
  runner,
  "x86-64 with 39-bit physical addresses and no 1 GiB pages",
  () => x86_64({ levels: 4, physicalBits: 39, gigabytePages: false }),
  { memoryTypes },
);
