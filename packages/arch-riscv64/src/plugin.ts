import type { PlatformPlugin } from "@kasan/platform";
import { RISCV64_CORE } from "./core.ts";
import { identifyRiscv64 } from "./identify.ts";
import type { Riscv64Levels } from "./layout.ts";
import { riscv64 } from "./paging.ts";

/** riscv64, as a registry of architectures takes it. */
export const riscv64Plugin: PlatformPlugin = {
  name: "riscv64",
  title: "riscv64",
  options: [
    { name: "levels", placeholder: "n", about: "levels of page tables", values: ["3", "4", "5"], default: "4" },
    {
      name: "svvptc",
      placeholder: "on|off",
      about: "whether TLBs see new entries without a flush",
      values: ["on", "off"],
      default: "off",
    },
  ],
  modes: ["generic"],
  create: ({ levels, svvptc }) => riscv64({ levels: Number(levels) as Riscv64Levels, svvptc: svvptc === "on" }),
  core: RISCV64_CORE,
  rootRegister: "satp",
  identify: identifyRiscv64,
};
