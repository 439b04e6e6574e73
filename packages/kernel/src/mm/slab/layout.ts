import { PAGE_SIZE } from "@kasan/shadow";
import { keepsRequests, NO_FREE_META, SlabFlag } from "./cache.ts";
import { objectAlignment, orderOf, roundUp, slabOrder } from "./sizes.ts";
import { USER_TRACK_BYTES } from "./user-tracks.ts";

/** Bytes of a pointer. */
const WORD = 8;

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
  /** {@link SlabFlag}s: those of debugging add to the layout. None by default. */
  readonly flags?: number;
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
  /** Bytes of the object and of the red zone or padding behind it. */
  readonly inUse: number;
  /** Bytes of the red zone before the object. */
  readonly redLeft: number;
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
  const { objectSize, flags = 0, pageSize = PAGE_SIZE } = shape;
  const align = objectAlignment(objectSize, shape.align, shape.cacheLine);
  const redZone = (flags & SlabFlag.RED_ZONE) !== 0;
  const plain = roundUp(objectSize, WORD);
  // The red zone behind an object has a byte at least.
  const inUse = redZone && plain === objectSize ? plain + WORD : plain;
  const isLinkOutside = linkMustBeOutside(shape);
  const freeOffset = isLinkOutside ? inUse : Math.floor(objectSize / 2 / WORD) * WORD;
  const linked = isLinkOutside ? inUse + WORD : inUse;
  const recorded = linked + userBytes(flags);
  const meta = placeMeta?.(shape, recorded) ?? { size: recorded, allocMeta: 0, freeMeta: NO_FREE_META };
  const redLeft = redZone ? roundUp(WORD, align) : 0;
  // A word of padding as well, for what is written before the next object.
  const size = roundUp(meta.size + (redZone ? WORD + redLeft : 0), align);
  const order = slabOrder(size, cpus, pageSize);
  if (order < 0) return undefined;
  const objects = Math.floor((pageSize << order) / size);
  return { ...meta, size, align, freeOffset, inUse, redLeft, order, minOrder: orderOf(size, pageSize), objects };
}

/** Whether the free-list link goes behind a free object: the object may be read, must keep its contents, or is filled with known values. */
function linkMustBeOutside({ objectSize, keepsContents, flags = 0 }: CacheShape): boolean {
  const redZone = (flags & SlabFlag.RED_ZONE) !== 0;
  return keepsContents || (flags & SlabFlag.POISON) !== 0 || (redZone && (objectSize < WORD || keepsRequests(flags)));
}

/** Bytes for the records of an object's users, and for the size that was asked for. */
function userBytes(flags: number): number {
  const tracks = flags & SlabFlag.STORE_USER ? 2 * USER_TRACK_BYTES : 0;
  return tracks + (keepsRequests(flags) ? WORD : 0);
}
