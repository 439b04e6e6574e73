import type { PlatformPlugin } from "@kasan/platform";
import { ARM64_CORE } from "./core.ts";
import { identifyArm64 } from "./identify.ts";
import { arm64 } from "./paging.ts";
import { PAGE_SIZES } from "./plugin-options.ts";

/** arm64, as a registry of architectures takes it. */
export const arm64Plugin: PlatformPlugin = {
  name: "arm64",
  title: "arm64",
  options: [
    {
      name: "page-size",
      placeholder: "size",
      about: "bytes of a page",
      values: Object.keys(PAGE_SIZES),
      default: "4k",
    },
    {
      name: "va-bits",
      placeholder: "n",
      about: "bits of a virtual address",
      values: { least: 36, most: 52 },
      default: "48",
    },
  ],
  modes: ["generic", "sw_tags", "hw_tags"],
  create: (choice, kasan) =>
    arm64({ pageSize: PAGE_SIZES[choice["page-size"]!]!, vaBits: Number(choice["va-bits"]), kasan }),
  core: ARM64_CORE,
  rootRegister: "TTBR1_EL1",
  userRootRegister: "TTBR0_EL1",
  identify: identifyArm64,
};
