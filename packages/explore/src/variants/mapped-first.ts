import { KASAN_VMALLOC_INVALID, PAGE_SIZE } from "@kasan/shadow";
import { LazyShadow } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/** Maps a shadow page before filling it: an access in between, speculative or not, reads the page's old contents. */
class MappedFirst extends LazyShadow {
  protected override mapNew(shadow: number): boolean {
    const { backend } = this;
    const pfn = backend.allocatePage();
    if (pfn < 0) return false;
    if (!backend.map(shadow, pfn)) {
      backend.freePage(pfn);
      return false;
    }
    backend.fill(pfn, 0, PAGE_SIZE, KASAN_VMALLOC_INVALID);
    return true;
  }
}

/** Issue (3): shadow that is reachable before its initialization completes. */
export const mappedFirst: ExploredVariant = {
  name: "mapped-first",
  about: "shadow is mapped before it is filled; speculation reaches what it held",
  make: (backend) => new MappedFirst(backend),
  breaks: "missed-bug",
  setup: [],
  programs: [["allocate a 1"], ["stray 3"]],
};
