import { type KmemCache, SlabFlag } from "./cache.ts";
import { type SlabCheckParts, SlabChecks } from "./checks.ts";
import type { Inspection } from "./errors.ts";
import { Poison } from "./object-layout.ts";
import type { UserTracks } from "./user-tracks.ts";

/** Kernel functions that look at objects, innermost first, as warnings name them. */
const ALLOCATING = ["alloc_debug_processing", "___slab_alloc"];
const FREEING = ["free_to_partial_list", "__slab_free"];
const DISCARDING = ["free_slab"];
const VALIDATING = ["validate_slab_cache"];
const SHUTTING_DOWN = ["__kmem_cache_shutdown", "kmem_cache_destroy"];

/** The parts that {@link SlabDebug} uses. */
export interface SlabDebugParts extends SlabCheckParts {
  /** Records who used objects. */
  readonly tracks: UserTracks;
}

/** Slabs of a cache, by their first frames. */
export interface SlabLists {
  /** Those with free objects. */
  readonly partial: readonly number[];
  /** Those without, of a cache with SLAB_STORE_USER. */
  readonly full: readonly number[];
}

/**
 * The debugging of caches that were created with SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON or SLAB_STORE_USER (mm/slub.c).
 * Objects are given by their physical address, slabs by their first frame.
 */
export class SlabDebug {
  private readonly parts: SlabDebugParts;
  private readonly checks: SlabChecks;

  constructor(parts: SlabDebugParts) {
    this.parts = parts;
    this.checks = new SlabChecks(parts);
  }

  /** Fills the memory of a new slab. */
  setUpSlab(cache: KmemCache, start: number, bytes: number): void {
    if (cache.has(SlabFlag.POISON)) this.parts.ram.fill(Poison.INUSE, start, start + bytes);
  }

  /** Sets up an object of a new slab, which is free. */
  setUpObject(cache: KmemCache, object: number): void {
    this.parts.layout.fill(cache, object, Poison.RED_INACTIVE);
    this.parts.layout.clearTracks(cache, object);
  }

  /**
   * An object has left its slab's free list (alloc_debug_processing). `size`: what was asked for. `by`: call-stack words of the kernel
   * functions above the caller.
   *
   * @returns false if it cannot be used: its slab is then not used any more
   */
  allocated(cache: KmemCache, slab: number, object: number, size: number, by: Uint32Array): boolean {
    const { layout, tracks } = this.parts;
    const at = { cache, slab, by: ALLOCATING };
    if (cache.has(SlabFlag.CONSISTENCY_CHECKS) && !this.mayAllocate(at, object)) {
      this.abandon(at);
      return false;
    }
    layout.setRequested(cache, object, size);
    layout.fill(cache, object, Poison.RED_ACTIVE);
    if (cache.has(SlabFlag.STORE_USER)) tracks.write(layout.allocated(cache, object), by);
    return true;
  }

  private mayAllocate(at: Inspection, object: number): boolean {
    const { checks } = this;
    if (!checks.slab(at)) return false;
    if (checks.isObject(at.cache, at.slab, object)) return checks.object(at, object, Poison.RED_INACTIVE);
    this.parts.errors.object(at, object, false, "Freelist Pointer check fails");
    return false;
  }

  /** Makes a slab's objects look used, so that nobody touches the others. */
  private abandon({ cache, slab }: Inspection): void {
    const { errors, fields } = this.parts;
    errors.fix(cache, "Marking all objects used");
    fields.setFreeList(slab, 0);
    fields.setCounters(slab, fields.objects(slab), fields.objects(slab), true);
  }

  /**
   * An object is about to go to its slab's free list (free_debug_processing).
   *
   * @returns false if it must not
   */
  freed(cache: KmemCache, slab: number, object: number, by: Uint32Array): boolean {
    const { errors, layout, tracks } = this.parts;
    const at = { cache, slab, by: FREEING };
    if (!this.mayFree(at, object)) {
      errors.fix(cache, `Object at ${errors.pointer(object)} not freed`);
      return false;
    }
    if (cache.has(SlabFlag.STORE_USER)) tracks.write(layout.freed(cache, object), by);
    layout.fill(cache, object, Poison.RED_INACTIVE);
    return true;
  }

  private mayFree(at: Inspection, object: number): boolean {
    const { checks } = this;
    const { errors, fields } = this.parts;
    const { cache, slab } = at;
    const isChecked = cache.has(SlabFlag.CONSISTENCY_CHECKS);
    if (isChecked && !checks.slab(at)) return false;
    const inUse = fields.inUse(slab);
    if (inUse < 1) {
      errors.slab(at, `Slab has ${inUse} allocated objects but 1 are to be freed`);
      return false;
    }
    if (!isChecked) return true;
    if (!checks.isObject(cache, slab, object)) {
      errors.slab(at, `Invalid object pointer ${errors.pointer(object)}`);
      return false;
    }
    if (checks.freeList(at, object)) {
      errors.object(at, object, true, "Object already free");
      return false;
    }
    return checks.object(at, object, Poison.RED_ACTIVE);
  }

  /** An empty slab goes back to the page allocator (free_slab). */
  discarded(cache: KmemCache, slab: number): void {
    if (!cache.has(SlabFlag.CONSISTENCY_CHECKS)) return;
    const at = { cache, slab, by: DISCARDING };
    this.checks.slabPadding(at);
    for (const object of this.checks.objects(cache, slab)) this.checks.object(at, object, Poison.RED_INACTIVE);
  }

  /** Checks all objects of a cache (validate_slab_cache). @returns the number of slabs looked at */
  validate(cache: KmemCache, { partial, full }: SlabLists): number {
    const { errors } = this.parts;
    for (const slab of partial) this.validateSlab(cache, slab);
    const listed = `${partial.length} partial slabs counted but counter=${cache.partialCount}`;
    if (partial.length !== cache.partialCount) errors.wrongCount(`SLUB ${cache.name}: ${listed}`);
    if (!cache.has(SlabFlag.STORE_USER)) return partial.length;
    for (const slab of full) this.validateSlab(cache, slab);
    const count = partial.length + full.length;
    const all = `${count} slabs counted but counter=${cache.slabs}`;
    if (count !== cache.slabs) errors.wrongCount(`SLUB: ${cache.name} ${all}`);
    return count;
  }

  private validateSlab(cache: KmemCache, slab: number): void {
    const { checks } = this;
    const at = { cache, slab, by: VALIDATING };
    if (!checks.slab(at) || !checks.freeList(at)) return;
    const free = checks.freeObjects(cache, slab);
    for (const object of checks.objects(cache, slab)) {
      if (!checks.object(at, object, free.has(object) ? Poison.RED_INACTIVE : Poison.RED_ACTIVE)) break;
    }
  }

  /** Says which objects of a cache that is to be destroyed are in use. `partial`: its slabs with free objects, the only ones listed. */
  remaining(cache: KmemCache, partial: readonly number[]): void {
    for (const slab of partial) {
      if (this.parts.fields.inUse(slab) === 0) continue;
      const free = this.checks.freeObjects(cache, slab);
      const used = [...this.checks.objects(cache, slab)].filter((object) => !free.has(object));
      this.parts.errors.remaining({ cache, slab, by: SHUTTING_DOWN }, used);
    }
  }
}
