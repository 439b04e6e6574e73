import { LazyShadow, type ShadowBackend } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";
import type { Sections } from "../world/scenario.ts";

/** Populates inside a lazy-MMU section, in which apply_to_page_range() runs its callbacks, so each page is allocated there. */
class InLazyMmu extends LazyShadow {
  private readonly sections: Sections;

  constructor(backend: ShadowBackend, sections: Sections) {
    super(backend);
    this.sections = sections;
  }

  override populate(vpn: number, pages: number): boolean {
    this.sections.enter();
    const done = super.populate(vpn, pages);
    this.sections.leave();
    return done;
  }
}

/** Issue (4): an allocation that may sleep inside a lazy-MMU section. */
export const sleepInLazyMmu: ExploredVariant = {
  name: "sleep-in-lazy-mmu",
  about: "pages of shadow are allocated, GFP_KERNEL, inside a lazy-MMU section",
  make: (backend, sections) => new InLazyMmu(backend, sections),
  breaks: "atomic-sleep",
  setup: [],
  programs: [["allocate a 1"], ["use a"]],
};
