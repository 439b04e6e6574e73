import { AreaFlag, RefcountShadow, Vmalloc } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/**
 * Populates outside the areas' lock, as the kernel does; but the counts of `refcount` are read, changed and written in separate
 * steps. A release that has read a count of 1 frees the page that a neighbour's area is joining.
 */
class PopulatesUnlocked extends Vmalloc {
  protected override takeArea(pages: number, align: number, flags: number, caller: number): number {
    const vpn = this.areas.allocate(
      pages + 1,
      Math.max(1, align / 4096),
      flags,
      caller,
      flags & AreaFlag.ALLOC ? pages : 0,
    );
    if (vpn < 0) return -1;
    this.lock.release();
    const done = this.shadow?.populate(vpn, pages + 1) ?? true;
    this.lock.acquire();
    if (done) return vpn;
    this.areas.cancel(vpn);
    return -1;
  }
}

/** Issue (6): a shadow page freed while a neighbour's area is being mapped onto it. */
export const unlockedCount: ExploredVariant = {
  name: "unlocked-count",
  about: "refcount populates outside the areas' lock: the page goes while a neighbour joins it",
  make: (backend) => new RefcountShadow(backend),
  vmalloc: PopulatesUnlocked,
  breaks: "early-free",
  setup: ["allocate z 1", "free z"],
  programs: [["purge"], ["allocate a 1", "use a"]],
};
