import type { PhysicalMemory } from "@kasan/mmu";
import { type KmemCache, keepsRequests, NO_FREE_META, SlabFlag } from "./cache.ts";
import type { SlabHooks } from "./hooks.ts";
import { USER_TRACK_BYTES } from "./user-tracks.ts";

/** Values that a debugged cache's memory is filled with (include/linux/poison.h). */
export const Poison = {
  /** Red zones of a free object. */
  RED_INACTIVE: 0xbb,
  /** Red zones of an object in use. */
  RED_ACTIVE: 0xcc,
  /** Padding, and memory of a new slab. */
  INUSE: 0x5a,
  /** A free object. */
  FREE: 0x6b,
  /** Its last byte. */
  END: 0xa5,
} as const;

/** The parts that {@link ObjectLayout} uses. */
export interface ObjectLayoutParts {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** KASAN's part. */
  readonly hooks: Pick<SlabHooks, "allocMetaBytes" | "freeMetaBytes" | "metaInObject">;
}

/**
 * What is in the slot of an object of a debugged cache (mm/slub.c), by the cache's flags:
 *
 *     | red zone: redLeft | object: objectSize | red zone or padding | link | tracks | requested size | KASAN's metadata | padding |
 *                         ^ the object's address                     ^ inUse
 *
 * Red zones are there with SLAB_RED_ZONE, and tell objects in use from free ones. The tracks of the last allocation and the last free are
 * there with SLAB_STORE_USER; the size that was asked for, if the cache is one of kmalloc as well. SLAB_POISON fills free objects and
 * padding. Objects are given by their physical address.
 */
export class ObjectLayout {
  private readonly ram: PhysicalMemory;
  private readonly hooks: ObjectLayoutParts["hooks"];

  constructor({ ram, hooks }: ObjectLayoutParts) {
    this.ram = ram;
    this.hooks = hooks;
  }

  /** Whether the free-list link is behind the object. */
  isLinkOutside(cache: KmemCache): boolean {
    return cache.freeOffset >= cache.inUse;
  }

  private tracks(cache: KmemCache): number {
    return this.isLinkOutside(cache) ? cache.inUse + 8 : cache.inUse;
  }

  /** Address of the track of the last allocation. */
  allocated(cache: KmemCache, object: number): number {
    return object + this.tracks(cache);
  }

  /** Address of the track of the last free. */
  freed(cache: KmemCache, object: number): number {
    return object + this.tracks(cache) + USER_TRACK_BYTES;
  }

  /** The size that an object was asked for. */
  requested(cache: KmemCache, object: number): number {
    return keepsRequests(cache.flags) ? this.ram.u32[this.request(cache, object)] : cache.objectSize;
  }

  /** Keeps that size, if the cache has room for it. */
  setRequested(cache: KmemCache, object: number, size: number): void {
    if (!keepsRequests(cache.flags)) return;
    const at = this.request(cache, object);
    this.ram.wrote(4 * at, 8);
    this.ram.u32[at] = size;
    this.ram.u32[at + 1] = 0;
  }

  private request(cache: KmemCache, object: number): number {
    return (object + this.tracks(cache) + 2 * USER_TRACK_BYTES) >>> 2;
  }

  /** Bytes at an object's start that KASAN's metadata have at the moment. */
  metaInObject(cache: KmemCache, object: number): number {
    return this.hooks.metaInObject(cache, object);
  }

  /** First byte of the padding at a slot's end. */
  padding(cache: KmemCache, object: number): number {
    const { allocMetaBytes, freeMetaBytes } = this.hooks;
    let at = this.tracks(cache);
    if (cache.has(SlabFlag.STORE_USER)) at += 2 * USER_TRACK_BYTES;
    if (keepsRequests(cache.flags)) at += 8;
    if (cache.allocMeta !== 0) at += allocMetaBytes;
    if (cache.freeMeta !== 0 && cache.freeMeta !== NO_FREE_META) at += freeMetaBytes;
    return object + at;
  }

  /** The first byte after a slot. */
  end(cache: KmemCache, object: number): number {
    return object + cache.size - cache.redLeft;
  }

  /** Fills an object and its red zones (init_object of mm/slub.c). `value`: that of the red zones. */
  fill(cache: KmemCache, object: number, value: number): void {
    const { ram } = this;
    const redZone = cache.has(SlabFlag.RED_ZONE);
    const isActive = redZone && value === Poison.RED_ACTIVE;
    const size = isActive ? this.requested(cache, object) : cache.objectSize;
    if (cache.has(SlabFlag.OBJECT_POISON)) {
      ram.fill(Poison.FREE, object, object + size - 1);
      ram.fill(Poison.END, object + size - 1, object + size);
    }
    if (!redZone) return;
    ram.fill(value, object - cache.redLeft, object);
    ram.fill(value, object + size, object + cache.inUse);
  }

  /** Forgets the users of an object. */
  clearTracks(cache: KmemCache, object: number): void {
    if (!cache.has(SlabFlag.STORE_USER)) return;
    const at = this.allocated(cache, object);
    this.ram.fill(0, at, at + 2 * USER_TRACK_BYTES);
  }
}
