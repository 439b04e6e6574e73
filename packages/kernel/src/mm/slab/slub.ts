import type { PhysicalMemory } from "@kasan/mmu";
import { KernelError } from "../../error.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Counters } from "../../smp/counters.ts";
import type { BuddyAllocator } from "../buddy.ts";
import { Gfp } from "../gfp.ts";
import { type PageDescriptors, PGTY_NONE, PGTY_SLAB } from "../page-descriptors.ts";
import { CACHE_ALIGN, CACHE_BYTES, DEBUG_FLAGS, KmemCache, SlabFlag } from "./cache.ts";
import { SlabDebug } from "./debug.ts";
import { REFUSE_ERRORS, type SlabErrorSink, SlabErrors } from "./errors.ts";
import type { SlabHooks } from "./hooks.ts";
import { cacheLayout } from "./layout.ts";
import { ObjectLayout } from "./object-layout.ts";
import { kmallocAlign, kmallocMaxCacheSize, kmallocMaxSize, kmallocSizes, minPartial } from "./sizes.ts";
import { SlabFields } from "./slab-fields.ts";
import { NO_USER_TRACKS, type UserTracks } from "./user-tracks.ts";

/** Kernel functions above the caller, where none are known. */
const NOBODY = new Uint32Array();

/** Bytes of the arena that the allocator needs. */
export const SLUB_STATE_BYTES = 16;

/** Further inputs of a {@link SlabAllocator}. */
export interface SlabOptions {
  /** Number of CPUs of the machine; more CPUs get larger slabs. */
  readonly cpus: number;
  /** Virtual address of physical address 0, a multiple of 4 GB. */
  readonly pageOffset: bigint;
  /** Buffer offset of {@link SLUB_STATE_BYTES} bytes. */
  readonly stateOffset: number;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** The layer above the allocator. */
  readonly client?: Partial<SlabClient>;
}

/** Callbacks to the layer above the allocator. Addresses are physical. */
export interface SlabClient {
  /** Calls a guest's constructor, given by its pointer in halves, on an object. */
  construct(functionLow: number, functionHigh: number, object: number): void;
  /** Handles a free list overwritten by a guest. `link`: the value found in place of the next object's address. */
  corrupted(cache: KmemCache, object: number, link: bigint): never;
  /** After boot: allocates an object of the cache of caches; 0 if memory is short. */
  allocateDescriptor(cache: KmemCache): number;
  /** Frees a descriptor. */
  releaseDescriptor(cache: KmemCache, address: number): void;
  /** Receives errors that are found in slabs of debugged caches. */
  readonly errors: SlabErrorSink;
  /** Records who uses objects of caches with SLAB_STORE_USER. */
  readonly userTracks: UserTracks;
}

/** Handles an overwritten free list when there is no layer above. */
function refuseCorrupted(cache: KmemCache, object: number, link: bigint): never {
  const at = `object 0x${object.toString(16)} of ${cache.name}`;
  throw new KernelError("FREE_LIST", `the free list's link in ${at} is 0x${link.toString(16)}; give a client`);
}

/** A cache to be created. */
export interface CacheRequest {
  /** The name, cut to what a descriptor has room for. */
  readonly name: string;
  /** Bytes of an object, 1 … {@link kmallocMaxSize}. */
  readonly objectSize: number;
  /** Bytes, a power of two or 0. */
  readonly align: number;
  /** {@link SlabFlag}s; none by default. */
  readonly flags?: number;
  /** Lower half of the constructor's function pointer. Both halves are 0 by default, for none. */
  readonly constructorLow?: number;
  /** Its upper half. */
  readonly constructorHigh?: number;
}

/**
 * The slab allocator (mm/slub.c): slabs of equal objects, a free list through the objects of each slab, one slab per cache that the
 * CPU allocates from, and a list of other slabs with free objects. All state is in RAM or in the arena. All addresses are physical:
 * objects are in the direct map.
 */
export class SlabAllocator {
  private readonly ram: PhysicalMemory;
  private readonly pages: PageDescriptors;
  private readonly buddy: BuddyAllocator;
  private readonly hooks: SlabHooks;
  private readonly cpus: number;
  private readonly fields: SlabFields;
  /** What is where in objects of debugged caches. */
  readonly objectLayout: ObjectLayout;
  private readonly debug: SlabDebug;
  private readonly caches = new Map<number, KmemCache>();
  private readonly state: Uint32Array;
  /** Cache index by size in units of 8 bytes. */
  private readonly kmallocIndex: Uint8Array;
  private readonly pageSize: number;
  private readonly kmallocCaches: KmemCache[] = [];
  private cacheOfCaches!: KmemCache;
  private readonly counters: Counters;
  /** Value of the {@link Counters} `cacheChanges` when {@link SlabAllocator.caches} was valid. */
  private cachesAsOf = 0;
  private readonly client: SlabClient;

  /**
   * @param hooks - KASAN's part
   * @param client - the layer above; without one, a free list overwritten by a guest throws
   */
  constructor(
    ram: PhysicalMemory,
    pages: PageDescriptors,
    buddy: BuddyAllocator,
    hooks: SlabHooks,
    { client, ...options }: SlabOptions,
  ) {
    this.client = {
      construct: () => {},
      corrupted: refuseCorrupted,
      allocateDescriptor: (cache) => this.allocate(cache, Gfp.KERNEL),
      releaseDescriptor: (cache, address) => this.release(cache, address),
      errors: REFUSE_ERRORS,
      userTracks: NO_USER_TRACKS,
      ...client,
    };
    this.counters = options.counters;
    this.ram = ram;
    this.pages = pages;
    this.buddy = buddy;
    this.hooks = hooks;
    this.cpus = options.cpus;
    this.pageSize = 2 ** pages.pageShift;
    this.kmallocIndex = new Uint8Array(kmallocMaxCacheSize(this.pageSize) / 8 + 1);
    this.fields = new SlabFields(ram, pages, options.pageOffset);
    this.objectLayout = new ObjectLayout({ ram, hooks });
    const { errors: sink, userTracks: tracks } = this.client;
    const parts = { ram, pages, fields: this.fields, layout: this.objectLayout, tracks };
    const errors = new SlabErrors({ ...parts, sink, pageOffset: options.pageOffset });
    this.debug = new SlabDebug({ ...parts, errors });
    this.state = new Uint32Array(ram.u8.buffer, options.stateOffset, SLUB_STATE_BYTES / 4);
  }

  /**
   * Boot: creates the cache of caches, with its own descriptor in a page of RAM, and the kmalloc caches.
   *
   * @param bootPage - returns the physical address of that page
   */
  boot(record: BootRecord, bootPage: () => number): void {
    const first = record.number(bootPage);
    record.once(() => this.describe(first, { name: "kmem_cache", objectSize: CACHE_BYTES, align: CACHE_ALIGN }));
    this.cacheOfCaches = this.cacheAt(first);
    const sizes = kmallocSizes(this.pageSize, this.hooks.minAlign);
    for (const [name, size] of sizes) {
      this.kmallocCaches.push(this.cacheAt(record.number(() => this.createKmalloc(name, size).address)));
    }
    for (let i = 0, units = 0; units < this.kmallocIndex.length; units++) {
      if (units * 8 > sizes[i][1]) i++;
      this.kmallocIndex[units] = i;
    }
  }

  private createKmalloc(name: string, size: number): KmemCache {
    // The layer above is not ready yet.
    const address = this.allocate(this.cacheOfCaches, Gfp.KERNEL);
    const request = { name, objectSize: size, align: kmallocAlign(size), flags: SlabFlag.KMALLOC };
    return this.describe(address, request) as KmemCache;
  }

  /** All caches, oldest first. */
  *all(): Generator<KmemCache> {
    yield* [...this.newestFirst()].reverse();
  }

  /** The list of caches, which is in RAM: it ends at a link overwritten by a guest, and at the latest after the last cache. */
  private *newestFirst(): Generator<KmemCache> {
    const seen = new Set<number>();
    for (let at = this.state[0]; at !== 0 && at + CACHE_BYTES <= this.ram.size && !seen.has(at); ) {
      seen.add(at);
      const cache = this.cacheAt(at);
      yield cache;
      at = cache.next;
    }
  }

  /** The view of the cache with a descriptor at a physical address. */
  cacheAt(address: number): KmemCache {
    let cache = this.caches.get(address);
    if (!cache) {
      cache = new KmemCache(this.ram, address);
      this.caches.set(address, cache);
    }
    return cache;
  }

  /** The cache that a guest's pointer refers to; undefined if it is not a cache. */
  findCache(address: number): KmemCache | undefined {
    const changes = this.counters.get("cacheChanges");
    // Another CPU may have destroyed a cache seen before.
    if (changes !== this.cachesAsOf) this.caches.clear();
    this.cachesAsOf = changes;
    const seenBefore = this.caches.get(address);
    if (seenBefore) return seenBefore;
    for (const cache of this.newestFirst()) if (cache.address === address) return cache;
    return undefined;
  }

  /**
   * Creates a cache.
   *
   * @returns the cache, or undefined if memory is short or no slab can hold such an object
   */
  create(request: CacheRequest): KmemCache | undefined {
    const { objectSize, align } = request;
    const most = kmallocMaxSize(this.pageSize);
    if (objectSize < 1 || objectSize > most || align > most) return undefined;
    const address = this.client.allocateDescriptor(this.cacheOfCaches);
    if (address === 0) return undefined;
    const cache = this.describe(address, request);
    if (!cache) this.forget(address);
    return cache;
  }

  /** Frees a descriptor and drops the view of it. */
  private forget(address: number): void {
    this.caches.delete(address);
    this.counters.add("cacheChanges", 1);
    this.client.releaseDescriptor(this.cacheOfCaches, address);
  }

  private describe(
    address: number,
    { name, objectSize, align, flags = 0, constructorLow = 0, constructorHigh = 0 }: CacheRequest,
  ): KmemCache | undefined {
    this.ram.fill(0, address, address + CACHE_BYTES);
    const cache = this.cacheAt(address);
    cache.name = name;
    cache.objectSize = objectSize;
    cache.flags = flags & ~SlabFlag.OBJECT_POISON;
    cache.kmalloc = Number(cache.has(SlabFlag.KMALLOC));
    cache.constructorLow = constructorLow;
    cache.constructorHigh = constructorHigh;
    const keepsContents = cache.has(SlabFlag.TYPESAFE_BY_RCU) || cache.hasConstructor;
    if (cache.has(SlabFlag.POISON) && !keepsContents) cache.flags |= SlabFlag.OBJECT_POISON;
    const shape = {
      objectSize,
      align: Math.max(align, this.hooks.minAlign),
      cacheLine: cache.has(SlabFlag.HWCACHE_ALIGN),
      keepsContents,
      flags,
      pageSize: this.pageSize,
    };
    const layout = cacheLayout(shape, this.cpus, this.hooks.placeMeta);
    if (!layout) return undefined;
    Object.assign(cache, layout);
    cache.next = this.state[0];
    this.state[0] = address;
    return cache;
  }

  /** Frees a cache that has no objects left: its slabs and its descriptor. */
  destroy(cache: KmemCache): void {
    this.flushCpuSlab(cache);
    // At most as many steps as there are slabs, whatever the links say: they are in RAM.
    for (let left = Math.min(cache.partialCount, this.pages.frames); left > 0 && this.isFrame(cache.partial); left--) {
      const slab = cache.partial;
      this.removePartial(cache, slab);
      this.discardSlab(cache, slab);
    }
    if (this.state[0] === cache.address) this.state[0] = cache.next;
    for (const other of this.newestFirst()) if (other.next === cache.address) other.next = cache.next;
    this.forget(cache.address);
  }

  /** The kmalloc cache for a size of 1 … {@link kmallocMaxCacheSize} bytes. */
  kmallocCache(size: number): KmemCache {
    return this.kmallocCaches[this.kmallocIndex[(size + 7) >>> 3]];
  }

  /** The first frame of the slab that contains a physical address, or -1 if it is not slab memory. */
  slabOf(address: number): number {
    const frame = Math.floor(address / this.pageSize);
    if (frame < 0 || frame >= this.pages.frames) return -1;
    const head = this.pages.head(frame);
    return this.pages.type(head) === PGTY_SLAB ? head : -1;
  }

  /** The cache of a slab (first frame, from {@link SlabAllocator.slabOf}). */
  cacheOf(slab: number): KmemCache {
    return this.cacheAt(this.pages.slabCache(slab));
  }

  /** The objects of a slab, free ones as well. */
  *objectsOf(cache: KmemCache, slab: number): Generator<number> {
    const first = slab * this.pageSize + cache.redLeft;
    const count = this.fields.objects(slab);
    for (let index = 0; index < count; index++) yield first + index * cache.size;
  }

  /** The start of the object whose slot contains a physical address; addresses after the last slot belong to it. */
  nearestObject(cache: KmemCache, slab: number, address: number): number {
    const start = slab * this.pageSize;
    const index = Math.floor((address - start) / cache.size);
    return start + cache.redLeft + Math.min(index, this.fields.objects(slab) - 1) * cache.size;
  }

  /** The link in a free object: the next free object, or 0. */
  private link(cache: KmemCache, object: number): number {
    const next = this.fields.link(cache, object);
    if (next < 0) this.client.corrupted(cache, object, this.fields.rawLink(cache, object));
    return next;
  }

  /**
   * Takes an object from the CPU's free list. For debugged caches, `size`: what was asked for, all of the object by default; `by`:
   * call-stack words of the kernel functions above the caller.
   *
   * @returns its physical address, or 0 if memory is short
   */
  allocate(cache: KmemCache, gfp: number, size: number = cache.objectSize, by: Uint32Array = NOBODY): number {
    let object = cache.cpuFree;
    if (object === 0) {
      if (cache.has(DEBUG_FLAGS)) return this.allocateDebugged(cache, gfp, size, by);
      object = this.refill(cache, gfp);
      if (object === 0) return 0;
    }
    cache.cpuFree = this.link(cache, object);
    cache.live++;
    return object;
  }

  /** Replaces the CPU's slab, which has no free objects left, by one that has: from the list, or a new one. */
  private refill(cache: KmemCache, gfp: number): number {
    const own = cache.cpuSlab;
    if (own !== 0) {
      this.fields.setCounters(own, this.fields.objects(own), this.fields.objects(own), false);
      cache.cpuSlab = 0;
    }
    let slab = cache.partial;
    if (slab !== 0) this.removePartial(cache, slab);
    else slab = this.newSlab(cache, gfp);
    if (slab === 0) return 0;
    cache.cpuSlab = slab;
    return this.takeFreeList(cache, slab);
  }

  /** Moves a slab's whole free list to the CPU; all its objects then count as in use. */
  private takeFreeList(cache: KmemCache, slab: number): number {
    const first = this.fields.freeList(slab);
    this.fields.setFreeList(slab, 0);
    this.fields.setCounters(slab, this.fields.objects(slab), this.fields.objects(slab), true);
    cache.cpuFree = first;
    return first;
  }

  /** Takes an object of a debugged cache: no CPU has a slab of it, so that each object passes the checks. */
  private allocateDebugged(cache: KmemCache, gfp: number, size: number, by: Uint32Array): number {
    for (const slab of this.partialSlabs(cache)) {
      const object = this.takeOne(cache, slab, size, by);
      if (object === 0) this.removePartial(cache, slab);
      else if (this.fields.freeList(slab) === 0) {
        this.removePartial(cache, slab);
        this.addFull(cache, slab);
      }
      if (object !== 0) return object;
    }
    const slab = this.newSlab(cache, gfp);
    if (slab === 0) return 0;
    const object = this.takeOne(cache, slab, size, by);
    if (object === 0) return 0;
    if (this.fields.freeList(slab) === 0) this.addFull(cache, slab);
    else this.addPartial(cache, slab);
    return object;
  }

  /** Takes an object from a slab. @returns its physical address, or 0 if it is corrupt */
  private takeOne(cache: KmemCache, slab: number, size: number, by: Uint32Array): number {
    const { fields } = this;
    const object = fields.freeList(slab);
    // The checks find a link that was overwritten. Where there are none, the kernel follows it.
    const isChecked = cache.has(SlabFlag.CONSISTENCY_CHECKS);
    fields.setFreeList(slab, isChecked ? Math.max(0, fields.link(cache, object)) : this.link(cache, object));
    fields.setCounters(slab, fields.inUse(slab) + 1, fields.objects(slab), false);
    if (!this.debug.allocated(cache, slab, object, size, by)) return 0;
    cache.live++;
    return object;
  }

  private newSlab(cache: KmemCache, gfp: number): number {
    let order = cache.order;
    let slab = this.buddy.allocate(order, (gfp | Gfp.COMP) & ~(Gfp.ZERO | Gfp.MOVABLE));
    if (slab < 0) {
      order = cache.minOrder;
      slab = this.buddy.allocate(order, (gfp | Gfp.COMP) & ~(Gfp.ZERO | Gfp.MOVABLE));
      if (slab < 0) return 0;
    }
    const { pages, hooks } = this;
    const start = slab * this.pageSize;
    const count = Math.floor((this.pageSize << order) / cache.size);
    this.fields.setCache(slab, cache);
    pages.setType(slab, PGTY_SLAB);
    // Objects have their own tags.
    for (let i = 0; i < 1 << order; i++) pages.setTag(slab + i, 0xff);
    hooks.poisonSlab(start, this.pageSize << order);
    const isDebugged = cache.has(DEBUG_FLAGS);
    if (isDebugged) this.debug.setUpSlab(cache, start, this.pageSize << order);
    const first = start + cache.redLeft;
    for (let i = 0; i < count; i++) {
      const object = first + i * cache.size;
      if (isDebugged) this.debug.setUpObject(cache, object);
      hooks.initializeObject(cache, object);
      if (cache.hasConstructor) {
        hooks.unpoisonNewObject(cache, object);
        this.client.construct(cache.constructorLow, cache.constructorHigh, object);
        hooks.poisonNewObject(cache, object);
      }
      this.fields.setLink(cache, object, i + 1 < count ? object + cache.size : 0);
    }
    this.fields.setFreeList(slab, first);
    this.fields.setCounters(slab, 0, count, false);
    cache.slabs++;
    return slab;
  }

  /** Whether a link in a list of slabs is a valid frame; 0 ends a list, and a guest may have written anything. */
  private isFrame(pfn: number): boolean {
    return pfn > 0 && pfn < this.pages.frames;
  }

  private addPartial(cache: KmemCache, slab: number): void {
    this.pages.setField(slab, 16, cache.partial, 0);
    cache.partial = slab;
    cache.partialCount++;
  }

  private removePartial(cache: KmemCache, slab: number): void {
    if (cache.partial === slab) cache.partial = this.pages.low(slab, 16);
    else if (!this.unlink(cache.partial, slab)) return;
    this.pages.setField(slab, 16, 0x122, 0xdead0000);
    cache.partialCount--;
  }

  /** Takes a slab out of the list that begins with another. @returns whether it was on it */
  private unlink(first: number, slab: number): boolean {
    let at = first;
    let left = this.pages.frames;
    while (this.isFrame(at) && this.pages.low(at, 16) !== slab && left-- > 0) at = this.pages.low(at, 16);
    if (!this.isFrame(at) || left <= 0) return false;
    this.pages.setField(at, 16, this.pages.low(slab, 16), 0);
    return true;
  }

  /** A cache that records its users remembers its slabs without free objects, so that they can be looked at. */
  private addFull(cache: KmemCache, slab: number): void {
    if (!cache.has(SlabFlag.STORE_USER)) return;
    this.pages.setField(slab, 16, cache.full, 0);
    cache.full = slab;
  }

  private removeFull(cache: KmemCache, slab: number): void {
    if (!cache.has(SlabFlag.STORE_USER)) return;
    if (cache.full === slab) cache.full = this.pages.low(slab, 16);
    else this.unlink(cache.full, slab);
  }

  private partialSlabs(cache: KmemCache): number[] {
    return this.slabsFrom(cache.partial);
  }

  /** The slabs of a list, which ends at a link overwritten by a guest. */
  private slabsFrom(first: number): number[] {
    const slabs: number[] = [];
    for (let at = first; this.isFrame(at) && slabs.length < this.pages.frames; at = this.pages.low(at, 16))
      slabs.push(at);
    return slabs;
  }

  /**
   * Returns an object to a free list: the CPU's if the object is in the CPU's slab, else its slab's. `by`: call-stack words of the kernel
   * functions above the caller, for debugged caches.
   */
  release(cache: KmemCache, object: number, by: Uint32Array = NOBODY): void {
    const slab = this.slabOf(object);
    if (slab === cache.cpuSlab) {
      cache.live--;
      this.fields.setLink(cache, object, cache.cpuFree);
      cache.cpuFree = object;
      return;
    }
    if (cache.has(DEBUG_FLAGS) && !this.debug.freed(cache, slab, object, by)) return;
    cache.live--;
    const before = this.fields.freeList(slab);
    const inUse = this.fields.inUse(slab) - 1;
    this.fields.setLink(cache, object, before);
    this.fields.setFreeList(slab, object);
    this.fields.setCounters(slab, inUse, this.fields.objects(slab), false);
    if (before === 0) this.removeFull(cache, slab);
    if (inUse === 0 && cache.partialCount >= minPartial(cache.size)) {
      if (before !== 0) this.removePartial(cache, slab);
      this.discardSlab(cache, slab);
    } else if (before === 0) this.addPartial(cache, slab);
  }

  /** Detaches the CPU's slab: it joins the list, or is freed if empty. */
  flushCpuSlab(cache: KmemCache): void {
    const slab = cache.cpuSlab;
    if (slab === 0) return;
    const objects = this.fields.objects(slab);
    let free = 0;
    // The count ends the loop if a guest made the list circular.
    for (let object = cache.cpuFree; object !== 0 && free < objects; object = this.link(cache, object)) free++;
    this.fields.setFreeList(slab, cache.cpuFree);
    this.fields.setCounters(slab, objects - free, objects, false);
    cache.cpuSlab = 0;
    cache.cpuFree = 0;
    if (free === objects) this.discardSlab(cache, slab);
    else if (free > 0) this.addPartial(cache, slab);
  }

  /** kmem_cache_shrink: frees all slabs without objects in use. @returns whether slabs remain */
  shrink(cache: KmemCache): boolean {
    this.flushCpuSlab(cache);
    for (let slab = cache.partial; slab !== 0; ) {
      const next = this.pages.low(slab, 16);
      if (this.fields.inUse(slab) === 0) {
        this.removePartial(cache, slab);
        this.discardSlab(cache, slab);
      }
      slab = next;
    }
    return cache.slabs > 0;
  }

  /** Checks all objects of a cache (validate_slab_cache). @returns the number of slabs looked at */
  validate(cache: KmemCache): number {
    this.flushCpuSlab(cache);
    return this.debug.validate(cache, { partial: this.partialSlabs(cache), full: this.slabsFrom(cache.full) });
  }

  /** Says which objects of a cache, which is to be destroyed, are in use. */
  reportRemaining(cache: KmemCache): void {
    this.shrink(cache);
    this.debug.remaining(cache, this.partialSlabs(cache));
  }

  private discardSlab(cache: KmemCache, slab: number): void {
    if (cache.has(DEBUG_FLAGS)) this.debug.discarded(cache, slab);
    const order = this.pages.order(slab);
    this.pages.setType(slab, PGTY_NONE);
    this.buddy.free(slab, order);
    cache.slabs--;
  }
}
