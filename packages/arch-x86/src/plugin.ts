import type { PlatformPlugin } from "@kasan/platform";
import { X86_CORE } from "./core.ts";
import { identifyX86 } from "./identify.ts";
import { x86_64 } from "./paging.ts";

/** x86-64, as a registry of architectures takes it. */
export const x86_64Plugin: PlatformPlugin = {
  name: "x86_64",
  title: "x86-64",
  options: [{ name: "levels", placeholder: "n", about: "levels of page tables", values: ["4", "5"], default: "4" }],
  modes: ["generic"],
  create: ({ levels }) => x86_64({ levels: levels === "5" ? 5 : 4 }),
  core: X86_CORE,
  rootRegister: "CR3",
  identify: identifyX86,
};
