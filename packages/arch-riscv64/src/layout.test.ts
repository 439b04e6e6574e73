import { regionOf } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";
import { expect, test } from "vitest";
import type { Riscv64Levels } from "./layout.ts";
import { riscv64 } from "./paging.ts";

/** Documentation/arch/riscv/vm-layout.rst of Linux 6.12. */
const TABLES: Readonly<Record<Riscv64Levels, string>> = {
  3: `ffffffc4fea00000 ffffffc4feffffff fixmap
      ffffffc4ff000000 ffffffc4ffffffff PCI I/O
      ffffffc500000000 ffffffc5ffffffff vmemmap
      ffffffc600000000 ffffffd5ffffffff vmalloc
      ffffffd600000000 fffffff5ffffffff direct map
      fffffff700000000 fffffffeffffffff KASAN shadow`,
  4: `ffff8d7ffea00000 ffff8d7ffeffffff fixmap
      ffff8d7fff000000 ffff8d7fffffffff PCI I/O
      ffff8d8000000000 ffff8f7fffffffff vmemmap
      ffff8f8000000000 ffffaf7fffffffff vmalloc
      ffffaf8000000000 ffffef7fffffffff direct map
      ffffef8000000000 fffffffeffffffff KASAN shadow`,
  5: `ff1bfffffea00000 ff1bfffffeffffff fixmap
      ff1bffffff000000 ff1bffffffffffff PCI I/O
      ff1c000000000000 ff1fffffffffffff vmemmap
      ff20000000000000 ff5fffffffffffff vmalloc
      ff60000000000000 ffdeffffffffffff direct map
      ffdf000000000000 fffffffeffffffff KASAN shadow`,
};

test.each([3, 4, 5] as const)("%i levels have the regions that the kernel documents", (levels) => {
  const { regions } = riscv64({ levels });
  const kernel = regions.filter(({ kind, start }) => kind === "used" && start > 0n);
  const rows = kernel.map(({ start, end, name }) => `${formatAddress(start)} ${formatAddress(end)} ${name}`);
  const common = ["ffffffff00000000 ffffffff7fffffff modules", "ffffffff80000000 ffffffffffffffff kernel"];
  expect(rows).toEqual([...TABLES[levels].split("\n").map((line) => line.trim()), ...common]);
});

test("modules start where the kernel at hand says", () => {
  const { layout, regions } = riscv64({ levels: 3, modulesStart: 0xffffffff00fd3000n });
  expect(layout.moduleStart).toBe(0xffffffff00fd3000n);
  expect(regionOf(regions, 0xffffffff00fd2fffn).kind).toBe("hole");
});
