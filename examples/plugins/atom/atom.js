// @ts-check
import { x86_64, x86_64Plugin } from "@kasan/arch-x86";

/** Intel's first Atoms: 36 bits of physical address, and pages of 4 KiB and 2 MiB alone. */
const atom = () => ({ ...x86_64({ levels: 4, physicalBits: 36, gigabytePages: false }), name: "Atom" });

/**
 * All that is not said here is as on x86-64: what the kernel logs, its core files, its listing of page tables.
 *
 * @type {import("@kasan/platform").PlatformPlugin[]}
 */
export const platforms = [
  {
    ...x86_64Plugin,
    name: "atom",
    title: "Atom",
    options: [],
    create: atom,
    identify(evidence) {
      const found = x86_64Plugin.identify?.(evidence);
      return found && { ...found, platform: atom() };
    },
  },
];
