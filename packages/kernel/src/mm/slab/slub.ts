import type { PhysicalMemory } from "@kasan/mmu";
import { KernelError } from "../../error.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Counters } from "../../smp/counters.ts";
import type { BuddyAllocator } from "../buddy.ts";
import { Gfp } from "../gfp.ts";
import { type PageDescriptors, PGTY_SLAB } from "../page-descriptors.ts";
import { CACHE_ALIGN, CACHE_BYTES, KmemCache, SlabFlag } from "./cache.ts";
import type { SlabHooks } from "./hooks.ts";
import { cacheLayout } from "./layout.ts";
import { kmallocAlign, kmallocMaxCacheSize, kmallocMaxSize, kmallocSizes, minPartial } from "./sizes.ts";

const FROZEN = 0x80000000;

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
  private readonly pageOffsetHigh: number;
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
    this.pageOffsetHigh = Number(options.pageOffset >> 32n);
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
    const cache = this.describe(address, { name, objectSize: size, align: kmallocAlign(size) }) as KmemCache;
    cache.kmalloc = 1;
    return cache;
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
    cache.flags = flags;
    cache.constructorLow = constructorLow;
    cache.constructorHigh = constructorHigh;
    const shape = {
      objectSize,
      align,
      cacheLine: (flags & SlabFlag.HWCACHE_ALIGN) !== 0,
      keepsContents: (flags & SlabFlag.TYPESAFE_BY_RCU) !== 0 || cache.hasConstructor,
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
    return this.cacheAt(this.pages.low(slab, 8));
  }

  /** The start of the object whose slot contains a physical address; addresses after the last slot belong to it. */
  nearestObject(cache: KmemCache, slab: number, address: number): number {
    const start = slab * this.pageSize;
    const index = Math.floor((address - start) / cache.size);
    return start + Math.min(index, this.objectsOf(slab) - 1) * cache.size;
  }

  private objectsOf(slab: number): number {
    return (this.pages.low(slab, 40) >>> 16) & 0x7fff;
  }

  private inUse(slab: number): number {
    return this.pages.low(slab, 40) & 0xffff;
  }

  private setCounters(slab: number, inUse: number, objects: number, frozen: boolean): void {
    this.pages.setField(slab, 40, (inUse | (objects << 16) | (frozen ? FROZEN : 0)) >>> 0, 0);
  }

  /** The link in a free object: the next free object, or 0. */
  private link(cache: KmemCache, object: number): number {
    const at = (object + cache.freeOffset) >>> 2;
    const low = this.ram.u32[at];
    const high = this.ram.u32[at + 1];
    if (low === 0 && high === 0) return 0;
    if (high !== this.pageOffsetHigh || low >= this.ram.size || low % 8 !== 0) {
      this.client.corrupted(cache, object, (BigInt(high) << 32n) | BigInt(low));
    }
    return low;
  }

  private setLink(cache: KmemCache, object: number, next: number): void {
    const at = (object + cache.freeOffset) >>> 2;
    this.ram.u32[at] = next;
    this.ram.u32[at + 1] = next === 0 ? 0 : this.pageOffsetHigh;
  }

  private freeList(slab: number): number {
    return this.pages.low(slab, 32);
  }

  private setFreeList(slab: number, object: number): void {
    this.pages.setField(slab, 32, object, object === 0 ? 0 : this.pageOffsetHigh);
  }

  /** Takes an object from the CPU's free list. @returns its physical address, or 0 if memory is short */
  allocate(cache: KmemCache, gfp: number): number {
    let object = cache.cpuFree;
    if (object === 0) {
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
      this.setCounters(own, this.objectsOf(own), this.objectsOf(own), false);
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
    const first = this.freeList(slab);
    this.setFreeList(slab, 0);
    this.setCounters(slab, this.objectsOf(slab), this.objectsOf(slab), true);
    cache.cpuFree = first;
    return first;
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
    pages.setField(slab, 8, cache.address, this.pageOffsetHigh);
    pages.setType(slab, PGTY_SLAB);
    // Objects have their own tags.
    for (let i = 0; i < 1 << order; i++) pages.setTag(slab + i, 0xff);
    hooks.poisonSlab(start, this.pageSize << order);
    for (let i = 0; i < count; i++) {
      const object = start + i * cache.size;
      hooks.initializeObject(cache, object);
      if (cache.hasConstructor) {
        hooks.unpoisonNewObject(cache, object);
        this.client.construct(cache.constructorLow, cache.constructorHigh, object);
        hooks.poisonNewObject(cache, object);
      }
      this.setLink(cache, object, i + 1 < count ? object + cache.size : 0);
    }
    this.setFreeList(slab, start);
    this.setCounters(slab, 0, count, false);
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
    else {
      let at = cache.partial;
      let left = this.pages.frames;
      while (this.isFrame(at) && this.pages.low(at, 16) !== slab && left-- > 0) at = this.pages.low(at, 16);
      if (!this.isFrame(at) || left <= 0) return;
      this.pages.setField(at, 16, this.pages.low(slab, 16), 0);
    }
    this.pages.setField(slab, 16, 0x122, 0xdead0000);
    cache.partialCount--;
  }

  /** Returns an object to a free list: the CPU's if the object is in the CPU's slab, else its slab's. */
  release(cache: KmemCache, object: number): void {
    cache.live--;
    const slab = this.slabOf(object);
    if (slab === cache.cpuSlab) {
      this.setLink(cache, object, cache.cpuFree);
      cache.cpuFree = object;
      return;
    }
    const before = this.freeList(slab);
    const inUse = this.inUse(slab) - 1;
    this.setLink(cache, object, before);
    this.setFreeList(slab, object);
    this.setCounters(slab, inUse, this.objectsOf(slab), false);
    if (inUse === 0 && cache.partialCount >= minPartial(cache.size)) {
      if (before !== 0) this.removePartial(cache, slab);
      this.discardSlab(cache, slab);
    } else if (before === 0) this.addPartial(cache, slab);
  }

  /** Detaches the CPU's slab: it joins the list, or is freed if empty. */
  flushCpuSlab(cache: KmemCache): void {
    const slab = cache.cpuSlab;
    if (slab === 0) return;
    const objects = this.objectsOf(slab);
    let free = 0;
    // The count ends the loop if a guest made the list circular.
    for (let object = cache.cpuFree; object !== 0 && free < objects; object = this.link(cache, object)) free++;
    this.setFreeList(slab, cache.cpuFree);
    this.setCounters(slab, objects - free, objects, false);
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
      if (this.inUse(slab) === 0) {
        this.removePartial(cache, slab);
        this.discardSlab(cache, slab);
      }
      slab = next;
    }
    return cache.slabs > 0;
  }

  private discardSlab(cache: KmemCache, slab: number): void {
    const order = this.pages.order(slab);
    this.pages.setType(slab, 0xff);
    this.buddy.free(slab, order);
    cache.slabs--;
  }
}
