import { UnusedShadow } from "@kasan/kernel";
import { PageFlags } from "@kasan/mmu";
import { FlipShadow } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/** Overwrites the entry for the shared page with the new one and flushes afterwards, without an invalid entry in between. */
class InPlace extends UnusedShadow {
  protected override replaceShared(vpn: number, pfn: number): void {
    const { space } = this;
    const { architecture } = space;
    const last = architecture.levels.length - 1;
    const entry = { lo: 0, hi: 0 };
    architecture.encodeLeaf(last, pfn * 4096, PageFlags.KERNEL, entry);
    const live = space.lookup(vpn) >= 0;
    space.setEntry(last, vpn, (BigInt(entry.hi >>> 0) << 32n) | BigInt(entry.lo >>> 0));
    if (live) space.pending.flushAll();
    else space.pending.ignore("nothing was mapped there");
  }
}

const SETUP = ["allocate z 9", "free z", "purge"];

/** Issue (5): `flip` without the invalid entry in between. */
export const flipInPlace: ExploredVariant = {
  name: "flip-in-place",
  about: "the shared page's entry is overwritten while it is live: no invalid entry in between",
  make: (backend) => new FlipShadow(backend),
  unused: "zero",
  unusedShadow: InPlace,
  breaks: "break-before-make",
  setup: SETUP,
  programs: [["allocate a 1", "overrun a"], ["stray 3"]],
};

/** With the invalid entry: the window in which an access that the shared page would let pass faults. */
export const flipWindow: ExploredVariant = {
  name: "flip-window",
  about: "flip as it ships; memory that relies on the shared page of zeros is accessed in the window",
  make: (backend) => new FlipShadow(backend),
  unused: "zero",
  breaks: "shadow-fault",
  setup: SETUP,
  programs: [["allocate a 1"], ["bystand 5"]],
};
