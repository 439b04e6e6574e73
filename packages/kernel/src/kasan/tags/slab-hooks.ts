import { KASAN_SLAB_FREE, KASAN_SLAB_REDZONE, tagsMatch } from "@kasan/shadow";
import { type KmemCache, NO_FREE_META, SlabFlag } from "../../mm/slab/cache.ts";
import type { PlaceMeta } from "../../mm/slab/layout.ts";
import { roundUp } from "../../mm/slab/sizes.ts";
import type { ObjectHooks, SaveTrack } from "../generic/slab-hooks.ts";
import type { DirectShadow } from "../shadow/direct-map.ts";
import type { StackRing } from "./stack-ring.ts";
import { TAG_GRANULE, type TagSource } from "./tags.ts";

/** What the tag-based modes do as slab objects change hands (mm/kasan/common.c, tags.c). Addresses are physical. */
export class TagSlab implements ObjectHooks {
  /** No metadata with objects, which only fill whole granules (ARCH_SLAB_MINALIGN). */
  readonly placeMeta: PlaceMeta = (_shape, size) => ({
    size: roundUp(size, TAG_GRANULE),
    allocMeta: 0,
    freeMeta: NO_FREE_META,
  });
  /** Who allocated and freed what. */
  readonly ring: StackRing;
  private readonly shadow: DirectShadow;
  private readonly tags: TagSource;
  private readonly stacktrace: boolean;

  /** Keeps tags in `shadow`, and tracks in `ring`, if `stacktrace` says so. */
  constructor(shadow: DirectShadow, tags: TagSource, ring: StackRing, stacktrace = true) {
    this.stacktrace = stacktrace;
    this.shadow = shadow;
    this.tags = tags;
    this.ring = ring;
  }

  poisonSlab(start: number, bytes: number): void {
    this.shadow.poison(start, bytes, KASAN_SLAB_REDZONE);
  }

  initializeObject(): void {}

  unpoisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.tag(object, cache.objectSize, this.tags.lasting(object));
  }

  poisonNewObject(cache: KmemCache, object: number): void {
    this.shadow.poison(object, roundUp(cache.objectSize, TAG_GRANULE), KASAN_SLAB_REDZONE);
  }

  allocated(cache: KmemCache, object: number, save: SaveTrack): void {
    const lasting = cache.hasConstructor || (cache.flags & SlabFlag.TYPESAFE_BY_RCU) !== 0;
    this.reallocated(cache, object, save, lasting ? this.tags.lasting(object) : this.tags.random());
  }

  reallocated(cache: KmemCache, object: number, save: SaveTrack, tag: number): void {
    this.unpoison(object, cache.objectSize, tag);
    if (cache.kmalloc === 0) this.remember(cache, object, false, save);
  }

  kmalloc(cache: KmemCache, object: number, size: number, save: SaveTrack): void {
    const end = roundUp(object + size, TAG_GRANULE);
    this.shadow.poison(end, roundUp(object + cache.objectSize, TAG_GRANULE) - end, KASAN_SLAB_REDZONE);
    if (cache.kmalloc !== 0) this.remember(cache, object, false, save);
  }

  unpoison(object: number, size: number, tag: number): void {
    this.shadow.tag(object, size, tag);
  }

  private remember(cache: KmemCache, object: number, isFree: boolean, save: SaveTrack, tag = this.tagOf(object)): void {
    if (this.stacktrace) this.ring.push(object, tag, cache.objectSize, isFree, save);
  }

  tagOf(object: number): number {
    return this.shadow.byteAt(object);
  }

  isAccessible(object: number, tag: number): boolean {
    return tagsMatch(tag, this.shadow.byteAt(object));
  }

  freed(cache: KmemCache, object: number, save: SaveTrack, tag: number): boolean {
    this.shadow.poison(object, roundUp(cache.objectSize, TAG_GRANULE), KASAN_SLAB_FREE);
    this.remember(cache, object, true, save, tag);
    return false;
  }

  toFreeList(): void {}

  recordAuxiliary(): void {}
}
