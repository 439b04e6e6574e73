import type { Mode } from "../kasan/modes/mode.ts";
import { OFF } from "../kasan/modes/off.ts";
import { CACHE_ALIGN, CACHE_BYTES, NO_FREE_META } from "../mm/slab/cache.ts";
import { type CacheLayout, cacheLayout } from "../mm/slab/layout.ts";
import { kmallocAlign, kmallocSizes } from "../mm/slab/sizes.ts";

/** A kmalloc cache's layout with KASAN. Bytes unless the name says otherwise. */
export interface ClassPlan {
  /** Name of the cache. */
  readonly name: string;
  /** Size of an object. */
  readonly objectSize: number;
  /** Distance between objects. */
  readonly slotSize: number;
  /** Distance between objects without KASAN. */
  readonly plainSize: number;
  /** Metadata and redzone behind the object. */
  readonly redzone: number;
  /** Offset of the alloc meta; undefined if there is none. */
  readonly allocMeta: number | undefined;
  /** Offset of the free meta: 0 is in the object itself; undefined if there is none. */
  readonly freeMeta: number | undefined;
  /** Objects per slab. */
  readonly objects: number;
  /** Pages per slab. */
  readonly slabPages: number;
}

function layoutOf(mode: Mode, cpus: number, objectSize: number, align: number, pageSize: number): CacheLayout {
  const rules = mode.slab;
  const shape = { objectSize, align: Math.max(align, rules.align), cacheLine: false, keepsContents: false, pageSize };
  // Objects of these sizes fit in a slab with any metadata.
  return cacheLayout(shape, cpus, rules.placeMeta) as CacheLayout;
}

/** The kmalloc caches in a mode, smallest first. */
export function planClasses(mode: Mode, cpus: number, pageSize: number): ClassPlan[] {
  return kmallocSizes(pageSize, mode.slab.align).map(([name, objectSize]) => {
    const align = kmallocAlign(objectSize);
    const layout = layoutOf(mode, cpus, objectSize, align, pageSize);
    return {
      name,
      objectSize,
      slotSize: layout.size,
      plainSize: layoutOf(OFF, cpus, objectSize, align, pageSize).size,
      redzone: layout.size - objectSize,
      allocMeta: layout.allocMeta === 0 ? undefined : layout.allocMeta,
      freeMeta: layout.freeMeta === NO_FREE_META ? undefined : layout.freeMeta,
      objects: layout.objects,
      slabPages: 1 << layout.order,
    };
  });
}

/**
 * Pages of the slabs that boot fills: the cache descriptors, the first of which has its own page, and the first objects of the
 * kmalloc caches.
 */
export function bootSlabPages(mode: Mode, cpus: number, pageSize: number): number {
  const descriptors = layoutOf(mode, cpus, CACHE_BYTES, CACHE_ALIGN, pageSize);
  let pages = 1 + (slabs(kmallocSizes(pageSize, mode.slab.align).length, descriptors.objects) << descriptors.order);
  // Boot makes one object of each.
  for (const { slabPages } of planClasses(mode, cpus, pageSize)) pages += slabPages;
  return pages;
}

const slabs = (objects: number, perSlab: number): number => Math.ceil(objects / perSlab);
