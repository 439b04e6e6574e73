import { isByteAccessible, KASAN_PAGE_FREE, KASAN_TAG_KERNEL, tagsMatch } from "@kasan/shadow";
import { Gfp } from "../mm/gfp.ts";
import type { PageDescriptors } from "../mm/page-descriptors.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { KasanPageHooks } from "./modes/mode.ts";
import type { BootParameters } from "./parameters.ts";
import type { PageShadow } from "./shadow/by-page.ts";
import type { DirectShadow } from "./shadow/direct-map.ts";
import type { TagSource } from "./tags/tags.ts";

/** Hooks of a machine without KASAN. */
export const NO_PAGE_HOOKS: KasanPageHooks = {
  allocated: () => true,
  freed() {},
  keep: () => undefined,
  handOut() {},
};

/** The parts of a machine that page hooks use. */
export interface PageParts {
  /** The direct map's shadow, or tags. */
  readonly shadow: DirectShadow;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
}

/** Generic KASAN's page hooks (__kasan_unpoison_pages, __kasan_poison_pages). */
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

/** The same under a per-page scheme, once it exists; boot marks the pages it has taken before. */
export function poisonPagesByScheme(parts: PageParts, scheme: () => PageShadow | undefined): KasanPageHooks {
  return {
    ...poisonPages(parts),
    allocated: (pfn, order, gfp) => scheme()?.allocated(pfn, order, gfp) ?? true,
    freed: (pfn, order) => scheme()?.freed(pfn, order),
  };
}

/** The page hooks of the tag-based modes: each allocation gets a random tag, which is stored with its pages. */
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

/** The same for hardware tags. Allocations that opt out or are not sampled get no tag. */
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
      // Untagged pages keep whatever tags they have (should_skip_kasan_poison).
      if (hasTag(pfn)) hooks.freed(pfn, order);
    },
    // Untagged pages are not checked.
    keep: (pfn, order) => (hasTag(pfn) ? hooks.keep(pfn, order) : undefined),
  };
}
