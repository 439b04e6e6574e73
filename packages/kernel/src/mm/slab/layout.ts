import { PAGE_SIZE } from "@kasan/shadow";
import { NO_FREE_META } from "./cache.ts";
import { objectAlignment, orderOf, roundUp, slabOrder } from "./sizes.ts";

/** The properties that determine a cache's layout. */
export interface CacheShape {
  /** Bytes of an object available to its user. */
  readonly objectSize: number;
  /** Requested alignment of objects in bytes: a power of two, or 0. */
  readonly align: number;
  /** Whether objects should be aligned to cache lines. */
  readonly cacheLine: boolean;
  /** Whether a free object's contents must survive: it has a constructor, or may be read for a grace period. */
  readonly keepsContents: boolean;
  /** Page size in bytes; 4096 by default. */
  readonly pageSize?: number;
}

/** Location of KASAN's metadata in an object's slot. */
interface MetaLayout {
  /** Distance between objects in bytes, before alignment. */
  readonly size: number;
  /** Offset of the alloc meta; 0: none. */
  readonly allocMeta: number;
  /** Offset of the free meta; {@link NO_FREE_META}: none. */
  readonly freeMeta: number;
}

/** Places KASAN's metadata in objects that take `size` bytes without them. */
export type PlaceMeta = (shape: CacheShape, size: number) => MetaLayout;

/** Layout of a cache's objects in its slabs. */
export interface CacheLayout extends MetaLayout {
  /** Alignment of objects in bytes. */
  readonly align: number;
  /** Offset of the free-list link in a free object. */
  readonly freeOffset: number;
  /** Preferred order of a slab (log2 of its pages). */
  readonly order: number;
  /** Smallest order of a slab that holds one object. */
  readonly minOrder: number;
  /** Number of objects in a slab of the preferred order. */
  readonly objects: number;
}

/**
 * Computes a cache's layout (calculate_sizes of mm/slub.c).
 *
 * @param cpus - number of CPUs of the machine; more CPUs get larger slabs
 * @param placeMeta - KASAN's part; undefined if it keeps nothing with objects
 * @returns undefined if no slab can hold such an object
 */
export function cacheLayout(shape: CacheShape, cpus: number, placeMeta?: PlaceMeta): CacheLayout | undefined {
  const { objectSize, keepsContents, pageSize = PAGE_SIZE } = shape;
  const align = objectAlignment(objectSize, shape.align, shape.cacheLine);
  const plain = roundUp(objectSize, 8);
  // If a free object may be read or must keep its contents, the link goes behind it.
  const freeOffset = keepsContents ? plain : Math.floor(objectSize / 2 / 8) * 8;
  const linked = keepsContents ? plain + 8 : plain;
  const meta = placeMeta?.(shape, linked) ?? { size: linked, allocMeta: 0, freeMeta: NO_FREE_META };
  const size = roundUp(meta.size, align);
  const order = slabOrder(size, cpus, pageSize);
  if (order < 0) return undefined;
  const objects = Math.floor((pageSize << order) / size);
  return { ...meta, size, align, freeOffset, order, minOrder: orderOf(size, pageSize), objects };
}
