import { KASAN_PAGE_FREE, KASAN_TAG_KERNEL } from "@kasan/shadow";
import type { PageHooks } from "../mm/buddy.ts";
import { Gfp } from "../mm/gfp.ts";
import type { PageDescriptors } from "../mm/page-descriptors.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { BootParameters } from "./boot-parameters.ts";
import type { DirectShadow } from "./shadow/direct-map.ts";
import type { TagSource } from "./tags/tags.ts";

/** A machine without KASAN. */
export const NO_PAGE_HOOKS: PageHooks = { allocated: () => true, freed() {} };

/** What generic KASAN does as pages change hands (__kasan_unpoison_pages, __kasan_poison_pages). */
export function poisonPages(shadow: DirectShadow, pageSize: number): PageHooks {
  return {
    allocated: (pfn, order) => {
      shadow.poison(pfn * pageSize, pageSize << order, 0);
      return true;
    },
    freed: (pfn, order) => shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE),
  };
}

/** What the tag-based modes give tags to pages with. */
interface Tagging {
  readonly shadow: DirectShadow;
  readonly tags: TagSource;
  readonly pages: PageDescriptors;
  readonly pageSize: number;
}

/** What the tag-based modes do as pages change hands: each allocation has a random tag, kept with its pages. */
export function tagPages({ shadow, tags, pages, pageSize }: Tagging): PageHooks {
  return {
    allocated: (pfn, order) => {
      const tag = tags.random();
      shadow.tag(pfn * pageSize, pageSize << order, tag);
      for (let i = 0; i < 1 << order; i++) pages.setTag(pfn + i, tag);
      return true;
    },
    freed: (pfn, order) => shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE),
  };
}

/** The same for hardware's tags, which some allocations do without: those that say so, and those not sampled. */
export function tagSomePages(tagging: Tagging, parameters: BootParameters, cpu: Cpu): PageHooks {
  const { pages } = tagging;
  const { pageAllocSample, pageAllocSampleOrder } = parameters;
  const hooks = tagPages(tagging);
  const skips = (order: number, gfp: number): boolean =>
    (gfp & Gfp.SKIP_KASAN) !== 0 ||
    (pageAllocSample !== 1 && order >= pageAllocSampleOrder && !cpu.samplesPages(pageAllocSample));
  return {
    allocated: (pfn, order, gfp) => {
      if (!skips(order, gfp)) return hooks.allocated(pfn, order, gfp);
      for (let i = 0; i < 1 << order; i++) pages.setTag(pfn + i, KASAN_TAG_KERNEL);
      return true;
    },
    freed: (pfn, order) => {
      // Tags of pages that were given none stay what they are (should_skip_kasan_poison).
      if (pages.tag(pfn) !== KASAN_TAG_KERNEL) hooks.freed(pfn, order);
    },
  };
}
