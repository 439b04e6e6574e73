import { PAGE_SIZE } from "@kasan/shadow";
import { NO_FREE_META } from "./cache.ts";
import { objectAlignment, orderOf, roundUp, slabOrder } from "./sizes.ts";

/** What a cache's layout follows from. */
export interface CacheShape {
  /** Bytes that belong to the user of an object. */
  readonly objectSize: number;
  /** Bytes that objects' addresses are to be multiples of: a power of two, or 0. */
  readonly align: number;
  /** Whether objects are to start at cache lines. */
  readonly cacheLine: boolean;
  /** Whether a free object's bytes must survive: it has a constructor, or may be read for a grace period. */
  readonly keepsContents: boolean;
  /** Bytes of a page; 4096 by default. */
  readonly pageSize?: number;
}

/** Where KASAN's metadata of an object lie. */
interface MetaLayout {
  /** Bytes from object to object, before alignment. */
  readonly size: number;
  /** Offset of the alloc meta; 0: none. */
  readonly allocMeta: number;
  /** Offset of the free meta; {@link NO_FREE_META}: none. */
  readonly freeMeta: number;
}

/** Finds room for KASAN's metadata in objects that take `size` bytes without. */
export type PlaceMeta = (shape: CacheShape, size: number) => MetaLayout;

/** How a cache's objects lie in its slabs. */
export interface CacheLayout extends MetaLayout {
  /** Bytes that objects' addresses are multiples of. */
  readonly align: number;
  /** Where in a free object the link to the next lies. */
  readonly freeOffset: number;
  /** Pages of a slab, log2, preferred. */
  readonly order: number;
  /** Pages of a slab, log2: the least that holds one object. */
  readonly minOrder: number;
  /** Objects in a slab of the preferred order. */
  readonly objects: number;
}

/**
 * Lays out a cache (calculate_sizes of mm/slub.c).
 *
 * @param cpus - CPUs of the machine; more CPUs get larger slabs
 * @param placeMeta - KASAN's part; undefined where it keeps nothing with objects
 * @returns undefined if no slab can hold such an object
 */
export function cacheLayout(shape: CacheShape, cpus: number, placeMeta?: PlaceMeta): CacheLayout | undefined {
  const { objectSize, keepsContents, pageSize = PAGE_SIZE } = shape;
  const align = objectAlignment(objectSize, shape.align, shape.cacheLine);
  const plain = roundUp(objectSize, 8);
  // Such an object may be read, or keeps its contents, while it is free: the link goes behind it.
  const freeOffset = keepsContents ? plain : Math.floor(objectSize / 2 / 8) * 8;
  const linked = keepsContents ? plain + 8 : plain;
  const meta = placeMeta?.(shape, linked) ?? { size: linked, allocMeta: 0, freeMeta: NO_FREE_META };
  const size = roundUp(meta.size, align);
  const order = slabOrder(size, cpus, pageSize);
  if (order < 0) return undefined;
  const objects = Math.floor((pageSize << order) / size);
  return { ...meta, size, align, freeOffset, order, minOrder: orderOf(size, pageSize), objects };
}
