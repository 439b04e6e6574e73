import { isByteAccessible, KASAN_PAGE_FREE, KASAN_TAG_KERNEL, tagsMatch } from "@kasan/shadow";
import { Gfp } from "../mm/gfp.ts";
import type { PageDescriptors } from "../mm/page-descriptors.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { KasanPageHooks } from "./modes/mode.ts";
import type { BootParameters } from "./parameters.ts";
import type { PageShadow } from "./shadow/by-page.ts";
import type { DirectShadow } from "./shadow/direct-map.ts";
import type { TagSource } from "./tags/tags.ts";

/** A machine without KASAN. */
export const NO_PAGE_HOOKS: KasanPageHooks = {
  allocated: () => true,
  freed() {},
  keep: () => undefined,
  handOut() {},
};

/** What hooks of pages work on. */
export interface PageParts {
  /** The direct map's shadow, or tags. */
  readonly shadow: DirectShadow;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
}

/** What generic KASAN does as pages change hands (__kasan_unpoison_pages, __kasan_poison_pages). */
export function poisonPages({ shadow, pages }: PageParts): KasanPageHooks {
  const pageSize = 2 ** pages.pageShift;
  return {
    allocated: (pfn, order) => {
      shadow.poison(pfn * pageSize, pageSize << order, 0);
      return true;
    },
    freed: (pfn, order) => shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE),
    keep: (pfn, order) => {
      if (pages.head(pfn) !== pfn) return "invalid-free";
      if (!isByteAccessible(shadow.byteAt(pfn * pageSize))) return "double-free";
      shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE);
      return undefined;
    },
    handOut: (pfn, order) => shadow.unpoison(pfn * pageSize, pageSize << order),
  };
}

/** The same under a per-page scheme, from when on there is one: boot marks what it has taken before. */
export function poisonPagesByScheme(parts: PageParts, scheme: () => PageShadow | undefined): KasanPageHooks {
  return {
    ...poisonPages(parts),
    allocated: (pfn, order, gfp) => scheme()?.allocated(pfn, order, gfp) ?? true,
    freed: (pfn, order) => scheme()?.freed(pfn, order),
  };
}

/** What the tag-based modes do as pages change hands: each allocation has a random tag, kept with its pages. */
export function tagPages({ shadow, pages }: PageParts, tags: TagSource): KasanPageHooks {
  const pageSize = 2 ** pages.pageShift;
  const give = (pfn: number, order: number): void => {
    const tag = tags.random();
    shadow.tag(pfn * pageSize, pageSize << order, tag);
    for (let i = 0; i < 1 << order; i++) pages.setTag(pfn + i, tag);
  };
  return {
    allocated: (pfn, order) => {
      give(pfn, order);
      return true;
    },
    freed: (pfn, order) => shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE),
    keep: (pfn, order) => {
      if (pages.head(pfn) !== pfn) return "invalid-free";
      if (!tagsMatch(pages.tag(pfn), shadow.byteAt(pfn * pageSize))) return "double-free";
      shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE);
      return undefined;
    },
    handOut: give,
  };
}

/** The same for hardware's tags, which some allocations do without: those that say so, and those not sampled. */
export function tagSomePages(parts: PageParts, tags: TagSource, parameters: BootParameters, cpu: Cpu): KasanPageHooks {
  const { pages } = parts;
  const { pageAllocSample, pageAllocSampleOrder } = parameters;
  const hooks = tagPages(parts, tags);
  const skips = (order: number, gfp: number): boolean =>
    (gfp & Gfp.SKIP_KASAN) !== 0 ||
    (pageAllocSample !== 1 && order >= pageAllocSampleOrder && !cpu.samplesPages(pageAllocSample));
  const hasTag = (pfn: number): boolean => pages.tag(pfn) !== KASAN_TAG_KERNEL;
  return {
    ...hooks,
    allocated: (pfn, order, gfp) => {
      if (!skips(order, gfp)) return hooks.allocated(pfn, order, gfp);
      for (let i = 0; i < 1 << order; i++) pages.setTag(pfn + i, KASAN_TAG_KERNEL);
      return true;
    },
    freed: (pfn, order) => {
      // Tags of pages that were given none stay what they are (should_skip_kasan_poison).
      if (hasTag(pfn)) hooks.freed(pfn, order);
    },
    // Pages that got no tag are not checked.
    keep: (pfn, order) => (hasTag(pfn) ? hooks.keep(pfn, order) : undefined),
  };
}
