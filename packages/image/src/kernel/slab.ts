import { type CacheLayout, cacheLayout, kmallocCaches, NO_FREE_META } from "./cache-layout.ts";
import type { Kernel } from "./kernel.ts";
import { offsetOf } from "./layout.ts";
import { pagesOf } from "./page-dump.ts";
import type { Pages } from "./pages.ts";

/** A cache of objects (`struct kmem_cache`). */
export interface SlabCache {
  /** Its address. */
  readonly address: bigint;
  /** Its name: `kmalloc-96`. */
  readonly name: string;
  /** Bytes of an object. */
  readonly objectSize: number;
  /** Bytes from one object to the next. */
  readonly size: number;
  /** Where an object has KASAN's metadata on its allocation and its free, in bytes from the object; `undefined` if it has none. */
  readonly allocMeta: number | undefined;
  readonly freeMeta: number | undefined;
}

/** A slab. */
export interface FoundSlab {
  /** Its cache. */
  readonly cache: SlabCache;
  /** Its first address, in the direct map. */
  readonly address: bigint;
  /** Its first address in physical memory. */
  readonly physical: number;
  /** Its objects. */
  readonly count: number;
  /** The address of its first page's descriptor. */
  readonly head: bigint;
}

/** An object of a slab. */
export interface FoundObject {
  /** Its cache. */
  readonly cache: SlabCache;
  /** Its first address, without a tag. */
  readonly address: bigint;
  /** Its number in the slab, from 0 on. */
  readonly index: number;
  /** The slab's objects. */
  readonly count: number;
  /** The slab's first address. */
  readonly slab: bigint;
  /** The address of the slab's descriptor. */
  readonly head: bigint;
}

/** Objects and bytes that caches have at most (`KMALLOC_MAX_SIZE`). */
const MOST_OBJECT_BYTES = 2 ** 23;
/** `struct slab` has its cache after the flags; before 5.17, `struct page` had it after three more words. */
const CACHE_OFFSETS = [8n, 24n] as const;

/** The slab allocator of a kernel: the objects that addresses lie in. */
export class Slabs {
  private readonly layout: CacheLayout;
  private readonly pages: Pages;
  private readonly caches = new Map<bigint, SlabCache | undefined>();

  /** @throws {@link ImageError} `IMAGE_TYPES` if the layout of its structures is not known */
  constructor(private readonly kernel: Kernel) {
    this.layout = cacheLayout(kernel);
    this.pages = pagesOf(kernel);
  }

  /** The object nearest to an address in the direct map, redzones included; `undefined` if it is no slab's. */
  objectAt(address: bigint): FoundObject | undefined {
    const physical = this.kernel.image.translate(address);
    if (physical < 0) return undefined;
    const page = this.pages.descriptorOf(physical);
    const head = this.kernel.attempt(() => this.pages.headOf(page));
    const found = head === undefined ? undefined : this.slabOf(head);
    if (!found) return undefined;
    const { cache, count } = found;
    const slab = this.pages.startOf(address, page, head!);
    const pad = this.redLeftPad(cache);
    const index = Math.min(count - 1, Math.floor(Number(address - slab) / cache.size));
    return { cache, address: slab + BigInt(index * cache.size + pad), index, count, slab, head: head! };
  }

  /** The cache and the number of objects of the slab whose first page has this descriptor; `undefined` if it is no slab's. */
  slabOf(head: bigint): { readonly cache: SlabCache; readonly count: number } | undefined {
    if (!this.isSlab(head)) return undefined;
    const cache = this.cacheOf(head);
    return cache && { cache, count: Math.max(1, this.objectsOf(head)) };
  }

  /** A cache by its address; `undefined` if nothing there makes sense as one. */
  cacheAt(address: bigint): SlabCache | undefined {
    if (!this.caches.has(address))
      this.caches.set(
        address,
        this.kernel.attempt(() => this.readCache(address)),
      );
    return this.caches.get(address);
  }

  /** kmalloc's caches. */
  kmallocCaches(): SlabCache[] {
    return kmallocCaches(this.kernel).flatMap((address) => this.cacheAt(address) ?? []);
  }

  private cacheOf(slab: bigint): SlabCache | undefined {
    const typed = offsetOf(this.kernel, "slab", "slab_cache") ?? offsetOf(this.kernel, "page", "slab_cache");
    const offsets = typed === undefined ? CACHE_OFFSETS : [BigInt(typed)];
    for (const offset of offsets) {
      const cache = this.cacheAt(this.kernel.attempt(() => this.kernel.memory.u64(slab + offset)) ?? 0n);
      if (cache) return cache;
    }
    return undefined;
  }

  private readCache(address: bigint): SlabCache | undefined {
    const { memory } = this.kernel;
    const word = (at: number) => memory.u32(address + BigInt(at));
    const { name, size, objectSize, kasan } = this.layout;
    const text = memory.text(memory.u64(address + BigInt(name)), 128);
    const [bytes, step] = [word(objectSize), word(size)];
    if (bytes === 0 || step < bytes || step > MOST_OBJECT_BYTES || !/^[\x21-\x7e]+$/.test(text)) return undefined;
    // 0 says that there is no allocation metadata (`kasan_get_alloc_meta`); an object's free metadata can be at its start.
    const [alloc, free] = kasan ? [word(kasan.alloc), word(kasan.free)] : [0, NO_FREE_META];
    return {
      address,
      name: text,
      objectSize: bytes,
      size: step,
      allocMeta: alloc === 0 || alloc + 8 > step ? undefined : alloc,
      freeMeta: free === NO_FREE_META || free + 8 > step || kasan === undefined ? undefined : free,
    };
  }

  /** Whether a page belongs to the slab allocator: by its type (since 6.10), by its flag, else by what its cache looks like. */
  private isSlab(head: bigint): boolean {
    const { facts, memory } = this.kernel;
    const typed = facts?.number("PAGE_SLAB_MAPCOUNT_VALUE");
    const type = offsetOf(this.kernel, "page", "_mapcount");
    if (typed !== undefined && type !== undefined) {
      const value = this.kernel.attempt(() => memory.u32(head + BigInt(type)));
      return value !== undefined && value >>> 24 === Number((typed >> 24n) & 0xffn);
    }
    const flag = facts?.number("PG_slab");
    if (flag === undefined) return true;
    return this.kernel.attempt(() => (memory.u64(head) >> flag) & 1n) === 1n;
  }

  /** The number of a slab's objects: 15 bits above `inuse`'s 16, in the word after the list of free ones. */
  private objectsOf(head: bigint): number {
    const typed = offsetOf(this.kernel, "slab", "counters") ?? offsetOf(this.kernel, "page", "counters");
    const at = BigInt(typed ?? 40);
    const counters = this.kernel.attempt(() => this.kernel.memory.u32(head + at)) ?? 0;
    return (counters >>> 16) & 0x7fff;
  }

  private redLeftPad(cache: SlabCache): number {
    if (this.layout.redLeftPad === undefined) return 0;
    return this.kernel.attempt(() => this.kernel.memory.u32(cache.address + BigInt(this.layout.redLeftPad!))) ?? 0;
  }
}
