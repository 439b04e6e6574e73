import type { PhysicalMemory } from "@kasan/mmu";
import {
  isByteAccessible,
  KASAN_PAGE_FREE,
  KASAN_PAGE_REDZONE,
  KASAN_SLAB_FREE,
  KASAN_SLAB_FREE_META,
  KASAN_SLAB_REDZONE,
  KASAN_TAG_KERNEL,
} from "@kasan/shadow";
import { DEBUG_FLAGS, type KmemCache, NO_FREE_META, SlabFlag } from "../../mm/slab/cache.ts";
import type { ObjectHooks } from "../../mm/slab/hooks.ts";
import type { PlaceMeta } from "../../mm/slab/layout.ts";
import { kmallocMaxSize, MIN_ALIGN, roundUp } from "../../mm/slab/sizes.ts";
import { type DirectShadow, GRANULE } from "../shadow/direct-map.ts";
import { TRACK_BYTES } from "../track.ts";
import type { TrackWriter } from "../tracks.ts";
import type { Mechanism } from "./mechanisms.ts";
import type { Quarantine } from "./quarantine.ts";

/** `struct kasan_alloc_meta`: the allocation track, then two auxiliary stack handles. */
export const ALLOC_META_BYTES = TRACK_BYTES + 8;
/** `struct kasan_free_meta`: the quarantine's link, then the free track. */
export const FREE_META_BYTES = 8 + TRACK_BYTES;
/** Offset of the track in the free meta. */
export const FREE_TRACK = 8;

/** The redzone size for a cache's objects; larger objects get a larger one (optimal_redzone of mm/kasan/generic.c). */
export function optimalRedzone(objectSize: number): number {
  if (objectSize <= 64 - 16) return 16;
  if (objectSize <= 128 - 32) return 32;
  if (objectSize <= 512 - 64) return 64;
  if (objectSize <= 4096 - 128) return 128;
  if (objectSize <= 2 ** 14 - 256) return 256;
  if (objectSize <= 2 ** 15 - 512) return 512;
  if (objectSize <= 2 ** 16 - 1024) return 1024;
  return 2048;
}

/**
 * Places an object's metadata and redzone: the alloc meta behind the object; the free meta in the object, or behind it if the
 * object is too small or its contents must survive the free (kasan_cache_create of mm/kasan/generic.c).
 */
export const placeMeta: PlaceMeta = ({ objectSize, keepsContents, flags = 0, pageSize }, size) => {
  const most = kmallocMaxSize(pageSize);
  let fits = size;
  let allocMeta = size;
  size += ALLOC_META_BYTES;
  if (size > most) {
    allocMeta = 0;
    size = fits;
  }
  fits = size;
  const alone = allocMeta;
  let freeMeta = 0;
  // What comes right behind an object of a debugged cache is not KASAN's.
  if (keepsContents || (objectSize < FREE_META_BYTES && (flags & DEBUG_FLAGS) !== 0)) {
    freeMeta = size;
    size += FREE_META_BYTES;
  } else if (objectSize < FREE_META_BYTES) {
    // The free meta starts in the object and extends past its end; the alloc meta moves up.
    const rest = FREE_META_BYTES - objectSize;
    size += rest;
    if (allocMeta !== 0) allocMeta += rest;
  }
  if (size > most) {
    freeMeta = NO_FREE_META;
    allocMeta = alone;
    size = fits;
  }
  return {
    size: Math.max(size, Math.min(objectSize + optimalRedzone(objectSize), most)),
    allocMeta,
    freeMeta,
  };
};

/** The parts of a machine that {@link GenericObjectHooks} use. */
export interface GenericObjectParts {
  /** RAM, which holds the objects' metadata. */
  readonly ram: PhysicalMemory;
  /** The direct map's shadow. */
  readonly shadow: DirectShadow;
  /** Records allocation and free tracks. */
  readonly tracks: TrackWriter;
  /** Delays the reuse of freed objects; undefined: they are free at once. */
  readonly quarantine: Quarantine | undefined;
  /** The mechanisms in use. */
  readonly mechanisms: ReadonlySet<Mechanism>;
}

/** Generic KASAN's hooks for slab objects (mm/kasan/common.c, generic.c). Addresses are physical. */
export class GenericObjectHooks implements ObjectHooks {
  readonly minAlign = MIN_ALIGN;
  readonly placeMeta: PlaceMeta = placeMeta;
  readonly allocMetaBytes = ALLOC_META_BYTES;
  readonly freeMetaBytes = FREE_META_BYTES;
  readonly checksFrees: boolean;
  readonly poisonsElements: boolean;
  readonly delaysFrees: boolean;
  private readonly keepsAuxiliary: boolean;
  private readonly ram: PhysicalMemory;
  private readonly shadow: DirectShadow;
  private readonly tracks: TrackWriter;
  private readonly quarantine: Quarantine | undefined;

  constructor({ ram, shadow, tracks, quarantine, mechanisms }: GenericObjectParts) {
    this.ram = ram;
    this.shadow = shadow;
    this.tracks = tracks;
    this.quarantine = quarantine;
    this.checksFrees = mechanisms.has("free-checks");
    this.poisonsElements = mechanisms.has("mempool");
    this.delaysFrees = mechanisms.has("rcu-delay");
    this.keepsAuxiliary = mechanisms.has("aux-stacks");
  }

  poisonSlab(start: number, bytes: number): void {
    this.shadow.poison(start, bytes, KASAN_SLAB_REDZONE);
  }

  initializeObject(cache: KmemCache, object: number): void {
    if (cache.allocMeta !== 0) this.clearAllocMeta(cache, object);
  }

  metaInObject(cache: KmemCache, object: number): number {
    const isThere = cache.freeMeta === 0 && this.shadow.byteAt(object) === KASAN_SLAB_FREE_META;
    return isThere ? FREE_META_BYTES : 0;
  }

  unpoisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.unpoison(object, cache.objectSize);
  }

  poisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.poison(object, roundUp(cache.objectSize, GRANULE), KASAN_SLAB_REDZONE);
  }

  private clearAllocMeta(cache: KmemCache, object: number): void {
    const at = (object + cache.allocMeta) >>> 2;
    this.ram.wrote(4 * at, ALLOC_META_BYTES);
    for (let i = 0; i < ALLOC_META_BYTES / 4; i++) this.ram.u32[at + i] = 0;
  }

  allocated(cache: KmemCache, object: number, by: Uint32Array): void {
    this.shadow.unpoison(object, cache.objectSize);
    if (cache.kmalloc === 0) this.saveAlloc(cache, object, by);
  }

  kmalloc(cache: KmemCache, object: number, size: number, by: Uint32Array): void {
    const end = roundUp(object + size, GRANULE);
    this.shadow.poisonLast(object, size);
    this.shadow.poison(end, roundUp(object + cache.objectSize, GRANULE) - end, KASAN_SLAB_REDZONE);
    if (cache.kmalloc !== 0) this.saveAlloc(cache, object, by);
  }

  kmallocLarge(start: number, size: number, bytes: number): void {
    const end = roundUp(start + size, GRANULE);
    this.shadow.poisonLast(start, size);
    this.shadow.poison(end, start + bytes - end, KASAN_PAGE_REDZONE);
  }

  keepLarge(start: number, bytes: number): void {
    this.shadow.poison(start, bytes, KASAN_PAGE_FREE);
  }

  private saveAlloc(cache: KmemCache, object: number, by: Uint32Array): void {
    if (cache.allocMeta === 0) return;
    this.clearAllocMeta(cache, object);
    this.tracks.save(object + cache.allocMeta, by);
  }

  reallocated(cache: KmemCache, object: number, by: Uint32Array): void {
    this.allocated(cache, object, by);
  }

  unpoison(object: number, size: number): void {
    this.shadow.unpoison(object, size);
  }

  tagOf(): number {
    return KASAN_TAG_KERNEL;
  }

  pointerTag(): number {
    return KASAN_TAG_KERNEL;
  }

  isAccessible(object: number): boolean {
    return isByteAccessible(this.shadow.byteAt(object));
  }

  freed(cache: KmemCache, object: number, by: Uint32Array): boolean {
    this.shadow.poison(object, roundUp(cache.objectSize, GRANULE), KASAN_SLAB_FREE);
    if (cache.freeMeta === NO_FREE_META) return false;
    this.tracks.save(object + cache.freeMeta + FREE_TRACK, by);
    this.shadow.setByte(object, KASAN_SLAB_FREE_META);
    return true;
  }

  keep(cache: KmemCache, object: number): boolean {
    this.quarantine?.put(cache, object, object + cache.freeMeta);
    return this.quarantine !== undefined;
  }

  /**
   * An object returns to a free list. Its tracks stay, for a use after free before the next allocation, unless the list's link
   * or the poison of a debugged cache overwrites the free meta.
   */
  toFreeList(cache: KmemCache, object: number): void {
    const overlaps = cache.freeOffset + 8 > cache.freeMeta && cache.freeOffset < cache.freeMeta + FREE_META_BYTES;
    const isPoisoned = cache.freeMeta === 0 && cache.has(SlabFlag.OBJECT_POISON);
    if ((overlaps || isPoisoned) && this.shadow.byteAt(object) === KASAN_SLAB_FREE_META)
      this.shadow.setByte(object, KASAN_SLAB_FREE);
  }

  recordAuxiliary(cache: KmemCache, object: number, by: Uint32Array): void {
    if (!this.keepsAuxiliary) return;
    const handle = this.tracks.stack(by);
    if (cache.allocMeta === 0) return;
    const at = (object + cache.allocMeta + TRACK_BYTES) >>> 2;
    this.ram.wrote(4 * at, 8);
    this.ram.u32[at + 1] = this.ram.u32[at];
    this.ram.u32[at] = handle;
  }

  get keptBytes(): number {
    return this.quarantine?.bytes ?? 0;
  }

  reduceKept(): void {
    this.quarantine?.reduce();
  }

  letGoOf(cache: KmemCache): void {
    this.quarantine?.removeCache(cache);
  }
}
