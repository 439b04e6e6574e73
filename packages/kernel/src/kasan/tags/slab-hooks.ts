import { KASAN_PAGE_FREE, KASAN_PAGE_REDZONE, KASAN_SLAB_FREE, KASAN_SLAB_REDZONE, tagsMatch } from "@kasan/shadow";
import { type KmemCache, NO_FREE_META, SlabFlag } from "../../mm/slab/cache.ts";
import type { ObjectHooks } from "../../mm/slab/hooks.ts";
import type { PlaceMeta } from "../../mm/slab/layout.ts";
import { roundUp } from "../../mm/slab/sizes.ts";
import type { DirectShadow } from "../shadow/direct-map.ts";
import type { TrackWriter } from "../tracks.ts";
import type { StackRing } from "./stack-ring.ts";
import { TAG_GRANULE, type TagSource } from "./tags.ts";

/** The parts of a machine that {@link TagObjectHooks} use. */
export interface TagObjectParts {
  /** The direct map's tags. */
  readonly shadow: DirectShadow;
  /** Generates tags. */
  readonly tags: TagSource;
  /** History of allocations and frees. */
  readonly ring: StackRing;
  /** Records allocation and free tracks. */
  readonly tracks: TrackWriter;
  /** Whether tracks are recorded. */
  readonly stacktrace: boolean;
  /** Whether freed objects that RCU readers may use are poisoned after the grace period. */
  readonly delaysFrees: boolean;
}

/** Slab hooks of the tag-based modes (mm/kasan/common.c, tags.c). Addresses are physical. */
export class TagObjectHooks implements ObjectHooks {
  readonly minAlign = TAG_GRANULE;
  /** Objects have no metadata; they only fill whole granules. */
  readonly placeMeta: PlaceMeta = (_shape, size) => ({
    size: roundUp(size, TAG_GRANULE),
    allocMeta: 0,
    freeMeta: NO_FREE_META,
  });
  readonly allocMetaBytes = 0;
  readonly freeMetaBytes = 0;
  readonly checksFrees = true;
  readonly poisonsElements = true;
  readonly delaysFrees: boolean;
  readonly keptBytes = 0;
  private readonly shadow: DirectShadow;
  private readonly tags: TagSource;
  private readonly ring: StackRing;
  private readonly tracks: TrackWriter;
  private readonly stacktrace: boolean;

  constructor({ shadow, tags, ring, tracks, stacktrace, delaysFrees }: TagObjectParts) {
    this.shadow = shadow;
    this.tags = tags;
    this.ring = ring;
    this.tracks = tracks;
    this.stacktrace = stacktrace;
    this.delaysFrees = delaysFrees;
  }

  poisonSlab(start: number, bytes: number): void {
    this.shadow.poison(start, bytes, KASAN_SLAB_REDZONE);
  }

  initializeObject(): void {}

  metaInObject(): number {
    return 0;
  }

  unpoisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.tag(object, cache.objectSize, this.tags.lasting(object));
  }

  poisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.poison(object, roundUp(cache.objectSize, TAG_GRANULE), KASAN_SLAB_REDZONE);
  }

  allocated(cache: KmemCache, object: number, by: Uint32Array): void {
    const lasting = cache.hasConstructor || (cache.flags & SlabFlag.TYPESAFE_BY_RCU) !== 0;
    this.reallocated(cache, object, by, lasting ? this.tags.lasting(object) : this.tags.random());
  }

  reallocated(cache: KmemCache, object: number, by: Uint32Array, tag: number): void {
    this.unpoison(object, cache.objectSize, tag);
    if (cache.kmalloc === 0) this.remember(cache, object, false, by);
  }

  kmalloc(cache: KmemCache, object: number, size: number, by: Uint32Array): void {
    const end = roundUp(object + size, TAG_GRANULE);
    this.shadow.poison(end, roundUp(object + cache.objectSize, TAG_GRANULE) - end, KASAN_SLAB_REDZONE);
    if (cache.kmalloc !== 0) this.remember(cache, object, false, by);
  }

  kmallocLarge(start: number, size: number, bytes: number): void {
    const end = roundUp(start + size, TAG_GRANULE);
    this.shadow.poison(end, start + bytes - end, KASAN_PAGE_REDZONE);
  }

  keepLarge(start: number, bytes: number): void {
    this.shadow.poison(start, bytes, KASAN_PAGE_FREE);
  }

  unpoison(object: number, size: number, tag: number): void {
    this.shadow.tag(object, size, tag);
  }

  private remember(cache: KmemCache, object: number, isFree: boolean, by: Uint32Array, tag = this.tagOf(object)): void {
    if (!this.stacktrace) return;
    const { lock } = this.ring;
    lock.acquire();
    this.tracks.save(this.ring.push(object, tag, cache.objectSize, isFree), by);
    lock.release();
  }

  tagOf(object: number): number {
    return this.shadow.byteAt(object);
  }

  pointerTag(object: number): number {
    return this.tagOf(object);
  }

  isAccessible(object: number, tag: number): boolean {
    return tagsMatch(tag, this.shadow.byteAt(object));
  }

  freed(cache: KmemCache, object: number, by: Uint32Array, tag: number): boolean {
    const { lock } = this.ring;
    // A CPU that finds the new tag and reports it waits for the entry that says why.
    lock.acquire();
    this.shadow.poison(object, roundUp(cache.objectSize, TAG_GRANULE), KASAN_SLAB_FREE);
    this.remember(cache, object, true, by, tag);
    lock.release();
    return false;
  }

  keep(): boolean {
    return false;
  }

  toFreeList(): void {}

  recordAuxiliary(_cache: KmemCache, _object: number, by: Uint32Array): void {
    // The object has no metadata to record it in; only the depot gets it.
    this.tracks.stack(by);
  }

  reduceKept(): void {}

  letGoOf(): void {}
}
