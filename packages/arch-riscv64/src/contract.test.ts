import { MemoryType } from "@kasan/mmu";
import { architectureContract } from "@kasan/mmu/contract";
import { describe, test } from "vitest";
import { riscv64 } from "./paging.ts";

const runner = { describe, test };
const memoryTypes = [MemoryType.WRITE_BACK, MemoryType.WRITE_COMBINING, MemoryType.UNCACHED];

for (const levels of [3, 4, 5] as const) {
  architectureContract(runner, `riscv64 with ${levels} levels`, () => riscv64({ levels }), { memoryTypes });
}
architectureContract(runner, "riscv64 without Svpbmt and Svnapot", () => riscv64({ svpbmt: false, svnapot: false }));
architectureContract(runner, "riscv64 that sees new entries at once (Svvptc)", () => riscv64({ svvptc: true }), {
  memoryTypes,
});
architectureContract(runner, "riscv64 whose software sets A and D (Svade)", () => riscv64({ svadu: false }), {
  memoryTypes,
  exceptions: [
    {
      reason: "hardware marks nothing here",
      tests: ["marks pages as accessed and dirty, and stores after a read still do"],
    },
  ],
});
