import { PAGE_SIZE } from "@kasan/shadow";
import { MAX_ORDER } from "../buddy.ts";

/** Largest size, in bytes, that kmalloc serves from a cache (include/linux/slab.h). */
export const kmallocMaxCacheSize = (pageSize: number = PAGE_SIZE): number => 2 * pageSize;
/** Largest size, in bytes, that kmalloc serves at all: the largest block of pages. */
export const kmallocMaxSize = (pageSize: number = PAGE_SIZE): number => pageSize << MAX_ORDER;

/** All possible sizes of kmalloc caches, with the cache's name. */
const SIZES: readonly (readonly [name: string, size: number])[] = [
  ["kmalloc-8", 8],
  ["kmalloc-16", 16],
  ["kmalloc-32", 32],
  ["kmalloc-64", 64],
  ["kmalloc-96", 96],
  ["kmalloc-128", 128],
  ["kmalloc-192", 192],
  ["kmalloc-256", 256],
  ["kmalloc-512", 512],
  ["kmalloc-1k", 1024],
  ["kmalloc-2k", 2048],
  ["kmalloc-4k", 4096],
  ["kmalloc-8k", 8192],
  ["kmalloc-16k", 2 ** 14],
  ["kmalloc-32k", 2 ** 15],
  ["kmalloc-64k", 2 ** 16],
  ["kmalloc-128k", 2 ** 17],
];

/** Alignment of objects in bytes, if neither their user nor KASAN asks for more (ARCH_SLAB_MINALIGN). */
export const MIN_ALIGN = 8;

/**
 * The kmalloc caches, smallest first: name and object size. A size that is not a multiple of the minimum alignment has no cache; the
 * next one serves it (new_kmalloc_cache of mm/slab_common.c).
 */
export const kmallocSizes = (
  pageSize: number = PAGE_SIZE,
  minAlign: number = MIN_ALIGN,
): readonly (readonly [name: string, size: number])[] =>
  SIZES.filter(([, size]) => size <= kmallocMaxCacheSize(pageSize) && size % minAlign === 0);

/** Alignment of a kmalloc cache's objects in bytes: their size, if it is a power of two (mm/slab_common.c). */
export const kmallocAlign = (size: number): number => ((size & (size - 1)) === 0 ? size : MIN_ALIGN);

/** Sizes of the objects that a kernel already holds when a guest runs: one for each kmalloc cache. */
export const bootObjects = (pageSize: number, minAlign: number): number[] =>
  kmallocSizes(pageSize, minAlign).map(([, size]) => size);

/** Rounds up to a multiple of a power of two. */
export const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Order (log2 of the pages) of a block that holds `size` bytes (1 or more). */
export function orderOf(size: number, pageSize: number = PAGE_SIZE): number {
  return Math.max(0, Math.ceil(Math.log2(size / pageSize)));
}

/** Preferred maximum slab order: 2^3 pages (PAGE_ALLOC_COSTLY_ORDER). */
const SLUB_MAX_ORDER = 3;

const objectsIn = (order: number, size: number, pageSize: number): number => Math.floor((pageSize << order) / size);

/**
 * Order of a slab: enough objects that CPUs rarely need a new slab, with little waste (mm/slub.c, calculate_order).
 *
 * @param size - distance between objects in bytes
 * @param cpus - number of CPUs of the machine
 * @param pageSize - page size in bytes, 4096 by default
 * @returns the order, or -1 if not even the largest block holds an object
 */
export function slabOrder(size: number, cpus: number, pageSize: number = PAGE_SIZE): number {
  const wanted = 4 * (32 - Math.clz32(cpus) + 1);
  const most = Math.max(objectsIn(SLUB_MAX_ORDER, size, pageSize), 1);
  const least = orderOf(Math.min(wanted, most) * size, pageSize);
  for (let fraction = 16; fraction > 1; fraction >>= 1) {
    for (let order = least; order <= SLUB_MAX_ORDER; order++) {
      const bytes = pageSize << order;
      if (bytes % size <= Math.floor(bytes / fraction)) return order;
    }
  }
  const order = orderOf(size, pageSize);
  return order <= MAX_ORDER ? order : -1;
}

/** Number of slabs with free objects that a cache keeps instead of freeing them (min_partial of mm/slub.c). */
export function minPartial(size: number): number {
  return Math.min(10, Math.max(5, (31 - Math.clz32(size)) >>> 1));
}

/** Alignment of a cache's objects (mm/slab_common.c, calculate_alignment). */
export function objectAlignment(size: number, align: number, cacheLine: boolean): number {
  if (cacheLine) {
    let line = 64;
    while (size <= line / 2) line /= 2;
    align = Math.max(align, line);
  }
  return roundUp(Math.max(align, MIN_ALIGN), MIN_ALIGN);
}
