import type { Arena, PhysicalMemory } from "@kasan/mmu";
import { KASAN_TAG_KERNEL } from "@kasan/shadow";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Clock } from "../../smp/clock.ts";
import type { Counter, Counters } from "../../smp/counters.ts";
import type { SpinLock } from "../../smp/lock.ts";
import type { BuddyAllocator } from "../buddy.ts";
import { Gfp } from "../gfp.ts";
import type { PageDescriptors } from "../page-descriptors.ts";
import type { Zeroing } from "../zeroing.ts";
import { type KmemCache, SlabFlag } from "./cache.ts";
import type { SlabErrorSink } from "./errors.ts";
import type { ObjectHooks } from "./hooks.ts";
import { bootObjects, kmallocMaxCacheSize, kmallocMaxSize, orderOf } from "./sizes.ts";
import { SLUB_STATE_BYTES, SlabAllocator } from "./slub.ts";
import type { UserTracks } from "./user-tracks.ts";

/** Nanoseconds by which an allocation or free advances the clock. */
const STEP = 1000;

/** Result of freeing a pointer. */
export type FreeResult = "freed" | "double-free" | "invalid-free" | "not-allocated";

/** The parts of a machine that {@link SlabService} uses. */
export interface SlabParts {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** KASAN's hooks for objects. */
  readonly hooks: ObjectHooks;
  /** Whether objects are filled with zeros that nobody asks for. */
  readonly zeroing: Zeroing;
  /** Protects caches, their slabs, and objects withheld by KASAN. */
  readonly lock: SpinLock;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** The machine's clock. */
  readonly clock: Clock;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Virtual address of physical address 0. */
  readonly pageOffset: bigint;
  /** Call-stack words of a stack saved for kernel functions, innermost first. */
  savedWords(...callers: string[]): Uint32Array;
  /** Calls a guest's constructor, given by its pointer in halves, on an object. */
  construct(low: number, high: number, object: number): void;
  /** Makes the guest's kernel free an object after a grace period. @returns false if it has no RCU, or no memory for a callback */
  freeAfterGracePeriod(object: number, tag: number): boolean;
  /** Runs what gives memory back while an allocation waits: callbacks whose grace period is over. */
  reclaim(): void;
  /** Handles a free list overwritten by a guest: the access that follows the link faults. */
  badPointer(address: bigint, via: string): never;
  /** Receives errors that are found in slabs of debugged caches. */
  readonly errors: SlabErrorSink;
  /** Records who uses objects of caches with SLAB_STORE_USER. */
  readonly userTracks: UserTracks;
}

/**
 * Whether objects of a cache may be zeroed: not where readers, a constructor or the cache's debugging count on what is in them (mm/slab.h,
 * slab_want_init_on_alloc).
 */
const mayZero = (cache: KmemCache): boolean =>
  !cache.has(SlabFlag.TYPESAFE_BY_RCU | SlabFlag.POISON) && !cache.hasConstructor;

/** Slab allocation as in the kernel's API: the allocator, with KASAN's hooks in each call. Addresses are physical; 0 is NULL. */
export class SlabService {
  /** The underlying allocator. */
  readonly allocator: SlabAllocator;
  /** Receives errors that are found in slabs. */
  readonly errors: SlabErrorSink;
  private readonly parts: SlabParts;
  private readonly hooks: ObjectHooks;
  private readonly auxPrefix: Uint32Array;
  private readonly lock: SpinLock;
  private readonly allocations: Counter;
  private readonly frees: Counter;
  private readonly pageSize: number;
  private readonly maxCacheSize: number;

  /**
   * Boots the slab allocator.
   *
   * @param bootPage - returns the physical address of a page of zeros for the first cache's descriptor
   * @param arena - holds the allocator's state
   */
  constructor(parts: SlabParts, boot: BootRecord, bootPage: () => number, arena: Arena) {
    const { ram, pages, buddy, hooks, lock, cpus, counters, pageOffset } = parts;
    this.parts = parts;
    this.errors = parts.errors;
    this.hooks = hooks;
    this.lock = lock;
    this.allocations = counters.counter("allocations");
    this.frees = counters.counter("frees");
    this.pageSize = 2 ** pages.pageShift;
    this.maxCacheSize = kmallocMaxCacheSize(this.pageSize);
    this.auxPrefix = parts.savedWords("__kasan_record_aux_stack", "kmem_cache_free");
    // Cache descriptors are ordinary objects with tracks, so uses of destroyed caches are detected.
    const create = ["kasan_save_track", "__kasan_slab_alloc", "kmem_cache_alloc_noprof", "__kmem_cache_create_args"];
    const destroy = ["kasan_save_track", "kasan_save_free_info", "__kasan_slab_free", "kmem_cache_free", "kobject_put"];
    const createPrefix = parts.savedWords(...create);
    const destroyPrefix = parts.savedWords(...destroy);
    this.allocator = new SlabAllocator(ram, pages, buddy, hooks, {
      cpus,
      pageOffset,
      stateOffset: arena.reserve(SLUB_STATE_BYTES),
      counters,
      client: {
        construct: (low, high, object) => parts.construct(low, high, object),
        // The kernel would follow the link it finds, and fault.
        corrupted: (_cache, _object, link) => parts.badPointer(link, "___slab_alloc"),
        errors: parts.errors,
        userTracks: parts.userTracks,
        allocateDescriptor: (cache) => this.allocate(cache, Gfp.KERNEL, createPrefix),
        releaseDescriptor: (_cache, address) => void this.free(address, destroyPrefix, hooks.tagOf(address)),
      },
    });
    this.allocator.boot(boot, bootPage);
  }

  /**
   * Makes the allocations that a kernel already holds when a guest runs: at least one object in every kmalloc cache, so that a
   * guest's first object is not the first of its slab.
   */
  populate(): void {
    const prefix = this.parts.savedWords("kasan_save_track", "__kasan_kmalloc", "__kmalloc_noprof", "start_kernel");
    for (const size of bootObjects(this.pageSize, this.hooks.minAlign)) this.kmalloc(size, Gfp.KERNEL, prefix);
    this.parts.counters.set("allocations", 0);
  }

  private mayReduce(gfp: number): void {
    if (gfp & Gfp.DIRECT_RECLAIM) this.hooks.reduceKept();
  }

  /** Whether memory that is short is worth another try: the caller can wait, and what gave some back has run. */
  private reclaim(gfp: number): boolean {
    if (!(gfp & Gfp.DIRECT_RECLAIM)) return false;
    this.parts.reclaim();
    return true;
  }

  /** Implements kmem_cache_alloc. `prefix`: the kernel functions above the caller, for the saved stack. */
  allocate(cache: KmemCache, gfp: number, prefix: Uint32Array): number {
    const object = this.tryAllocate(cache, gfp, prefix);
    return object === 0 && this.reclaim(gfp) ? this.tryAllocate(cache, gfp, prefix) : object;
  }

  private tryAllocate(cache: KmemCache, gfp: number, prefix: Uint32Array): number {
    this.lock.acquire();
    const object = this.takeObject(cache, gfp, cache.objectSize, prefix);
    this.lock.release();
    return object;
  }

  private takeObject(cache: KmemCache, gfp: number, size: number, prefix: Uint32Array): number {
    this.mayReduce(gfp);
    this.parts.clock.advance(STEP);
    const object = this.allocator.allocate(cache, gfp, size, prefix);
    if (object === 0) return 0;
    this.allocations.add(1);
    this.hooks.allocated(cache, object, prefix);
    if (gfp & Gfp.ZERO || (this.parts.zeroing.initOnAlloc && mayZero(cache))) this.zero(cache, object);
    return object;
  }

  /** Implements kmalloc of at least 1 byte. @returns 0 if memory is short or the size too large */
  kmalloc(size: number, gfp: number, prefix: Uint32Array): number {
    if (size > kmallocMaxSize(this.pageSize)) return 0;
    const object = this.tryKmalloc(size, gfp, prefix);
    return object === 0 && this.reclaim(gfp) ? this.tryKmalloc(size, gfp, prefix) : object;
  }

  private tryKmalloc(size: number, gfp: number, prefix: Uint32Array): number {
    if (size > this.maxCacheSize) return this.kmallocLarge(size, gfp);
    return this.tryKmallocFrom(this.allocator.kmallocCache(size), size, gfp, prefix);
  }

  /** Implements kmalloc of `size` bytes from a given cache, whose objects have at least that size. */
  kmallocFrom(cache: KmemCache, size: number, gfp: number, prefix: Uint32Array): number {
    const object = this.tryKmallocFrom(cache, size, gfp, prefix);
    return object === 0 && this.reclaim(gfp) ? this.tryKmallocFrom(cache, size, gfp, prefix) : object;
  }

  private tryKmallocFrom(cache: KmemCache, size: number, gfp: number, prefix: Uint32Array): number {
    this.lock.acquire();
    const object = this.takeObject(cache, gfp, size, prefix);
    if (object !== 0) this.hooks.kmalloc(cache, object, size, prefix);
    this.lock.release();
    return object;
  }

  private kmallocLarge(size: number, gfp: number): number {
    this.lock.acquire();
    this.mayReduce(gfp);
    this.lock.release();
    this.parts.clock.advance(STEP);
    const order = orderOf(size, this.pageSize);
    const pfn = this.parts.buddy.allocate(order, (gfp | Gfp.COMP) & ~Gfp.MOVABLE);
    if (pfn < 0) return 0;
    this.allocations.add(1);
    this.hooks.kmallocLarge(pfn * this.pageSize, size, this.pageSize << order);
    return pfn * this.pageSize;
  }

  /**
   * Frees an object from kmalloc or a cache. `prefix`: the kernel functions above the caller, for the saved stack. `tag`: the
   * pointer's tag, in the tag-based modes. `as`: the cache that the caller says it is of, by which KASAN looks where objects start.
   */
  free(object: number, prefix: Uint32Array, tag: number = KASAN_TAG_KERNEL, as?: KmemCache): FreeResult {
    this.parts.clock.advance(STEP);
    const slab = this.allocator.slabOf(object);
    if (slab < 0) return this.freeLarge(object, tag);
    const cache = this.allocator.cacheOf(slab);
    // The callback, which is in C, waits outside the lock.
    const delayed = this.hooks.delaysFrees && cache.flags & SlabFlag.TYPESAFE_BY_RCU;
    if (delayed && this.check(as ?? cache, slab, object, tag) === "freed" && this.freeAfterGracePeriod(object, tag)) {
      this.frees.add(1);
      return "freed";
    }
    this.lock.acquire();
    const found = this.check(as ?? cache, slab, object, tag);
    if (found === "freed") {
      this.frees.add(1);
      this.putBack(cache, object, prefix, tag);
    }
    this.lock.release();
    return found;
  }

  /**
   * Objects of SLAB_TYPESAFE_BY_RCU caches may be read for a grace period after the free and are poisoned after it
   * (CONFIG_SLUB_RCU_DEBUG of mm/slub.c). @returns false if the guest's kernel has no RCU, or no memory for a callback
   */
  private freeAfterGracePeriod(object: number, tag: number): boolean {
    if (!this.parts.freeAfterGracePeriod(object, tag)) return false;
    this.recordAuxiliary(object, this.auxPrefix);
    return true;
  }

  /** Frees an object whose grace period is over. */
  freeDeferred(object: number, prefix: Uint32Array, tag: number): FreeResult {
    const slab = this.allocator.slabOf(object);
    if (slab < 0) return "invalid-free";
    this.lock.acquire();
    const cache = this.allocator.cacheOf(slab);
    const found = this.check(cache, slab, object, tag);
    if (found === "freed") this.poisonAndRelease(cache, object, prefix, tag);
    this.lock.release();
    return found;
  }

  /** Records a stack that may lead to an object's free, in the object's metadata (kasan_record_aux_stack). */
  recordAuxiliary(address: number, prefix: Uint32Array): void {
    const slab = this.allocator.slabOf(address);
    if (slab < 0) return;
    const cache = this.allocator.cacheOf(slab);
    this.hooks.recordAuxiliary(cache, this.allocator.nearestObject(cache, slab, address), prefix);
  }

  /** A mempool keeps an element, which becomes inaccessible (kasan_mempool_poison_object). */
  poisonElement(object: number, prefix: Uint32Array, tag: number): FreeResult {
    const { hooks } = this;
    if (!hooks.poisonsElements) return "freed";
    const slab = this.allocator.slabOf(object);
    if (slab < 0) {
      const found = this.checkLarge(object, tag);
      if (found === "freed") hooks.keepLarge(object, this.capacity(object));
      return found;
    }
    const cache = this.allocator.cacheOf(slab);
    const found = this.check(cache, slab, object, tag);
    if (found === "freed") hooks.freed(cache, object, prefix, tag);
    return found;
  }

  /** A mempool hands an element of `size` bytes out again (kasan_mempool_unpoison_object). */
  unpoisonElement(object: number, size: number, prefix: Uint32Array, tag: number): void {
    const { hooks } = this;
    const slab = this.allocator.slabOf(object);
    if (slab < 0) {
      hooks.unpoison(object, size, tag);
      hooks.kmallocLarge(object, size, this.capacity(object));
      return;
    }
    const cache = this.allocator.cacheOf(slab);
    hooks.reallocated(cache, object, prefix, tag);
    if (cache.kmalloc !== 0) hooks.kmalloc(cache, object, size, prefix);
  }

  private check(cache: KmemCache, slab: number, object: number, tag: number): FreeResult {
    if (!this.hooks.checksFrees) return "freed";
    if (this.allocator.nearestObject(cache, slab, object) !== object) return "invalid-free";
    return this.hooks.isAccessible(object, tag) ? "freed" : "double-free";
  }

  private putBack(cache: KmemCache, object: number, prefix: Uint32Array, tag: number): void {
    if (cache.flags & SlabFlag.TYPESAFE_BY_RCU) this.release(cache, object, prefix);
    else this.poisonAndRelease(cache, object, prefix, tag);
  }

  /** Zeroes an object; where the cache keeps the size that was asked for, the rest is a red zone. */
  private zero(cache: KmemCache, object: number): void {
    const size = cache.has(SlabFlag.RED_ZONE) ? this.allocator.objectLayout.requested(cache, object) : cache.objectSize;
    this.parts.ram.fill(0, object, object + size);
  }

  private poisonAndRelease(cache: KmemCache, object: number, prefix: Uint32Array, tag: number): void {
    if (this.parts.zeroing.initOnFree && mayZero(cache)) this.zero(cache, object);
    const keepable = this.hooks.freed(cache, object, prefix, tag);
    if (!keepable || !this.hooks.keep(cache, object)) this.release(cache, object, prefix);
  }

  /** Returns an object to a free list: one just freed, or one that KASAN withheld. `prefix`: of the former, as for a free. */
  release(cache: KmemCache, object: number, prefix?: Uint32Array): void {
    this.hooks.toFreeList(cache, object);
    this.allocator.release(cache, object, prefix);
  }

  /** Checks all objects of a cache. @returns the number of slabs looked at */
  validate(cache: KmemCache): number {
    this.lock.acquire();
    const slabs = this.allocator.validate(cache);
    this.lock.release();
    return slabs;
  }

  /** Says which objects of a cache, which is to be destroyed, are in use. */
  reportRemaining(cache: KmemCache): void {
    this.lock.acquire();
    this.allocator.reportRemaining(cache);
    this.lock.release();
  }

  /** The cache of an object; undefined if no object starts at that address. */
  cacheOfObject(object: number): KmemCache | undefined {
    const slab = this.allocator.slabOf(object);
    if (slab < 0) return undefined;
    const cache = this.allocator.cacheOf(slab);
    return this.allocator.nearestObject(cache, slab, object) === object ? cache : undefined;
  }

  /** KASAN's check for freeing a large block (check_page_allocation). */
  private checkLarge(object: number, tag: number): FreeResult {
    if (!this.hooks.checksFrees) return "freed";
    const head = this.parts.pages.head(Math.floor(object / this.pageSize));
    if (object !== head * this.pageSize) return "invalid-free";
    return this.hooks.isAccessible(object, tag) ? "freed" : "double-free";
  }

  private freeLarge(object: number, tag: number): FreeResult {
    const { pages, buddy } = this.parts;
    const pfn = Math.floor(object / this.pageSize);
    const head = pages.head(pfn);
    const found = this.checkLarge(object, tag);
    if (found !== "freed") return found;
    if (pages.references(head) <= 0 || pages.isReserved(head)) return "not-allocated";
    this.frees.add(1);
    buddy.free(head, pages.order(head));
    return "freed";
  }

  /** krealloc in place: changes the object's size to `size`, at most its capacity. */
  resize(object: number, size: number, prefix: Uint32Array): void {
    const slab = this.allocator.slabOf(object);
    this.hooks.unpoison(object, size, this.hooks.tagOf(object));
    if (slab >= 0) this.hooks.kmalloc(this.allocator.cacheOf(slab), object, size, prefix);
    else this.hooks.kmallocLarge(object, size, this.capacity(object));
  }

  /** Implements ksize: the number of bytes an object can hold. Whoever knows it may use all of them. */
  capacity(object: number): number {
    const slab = this.allocator.slabOf(object);
    if (slab >= 0) {
      const cache = this.allocator.cacheOf(slab);
      this.allocator.objectLayout.setRequested(cache, object, cache.objectSize);
      return cache.objectSize;
    }
    const { pages } = this.parts;
    return this.pageSize << pages.order(pages.head(Math.floor(object / this.pageSize)));
  }

  /** Implements kmalloc_size_roundup: the capacity of an object that kmalloc would give for a size. */
  capacityFor(size: number): number {
    if (size === 0 || size > kmallocMaxSize(this.pageSize)) return size;
    if (size <= this.maxCacheSize) return this.allocator.kmallocCache(size).objectSize;
    return this.pageSize << orderOf(size, this.pageSize);
  }

  /** Prepares to destroy a cache: releases its objects withheld by KASAN. @returns the number of objects still in use */
  shrink(cache: KmemCache): number {
    this.lock.acquire();
    this.hooks.letGoOf(cache);
    this.lock.release();
    return cache.live;
  }
}
