import type { PhysicalMemory } from "@kasan/mmu";

/**
 * Size of a cache's descriptor in RAM, about that of a small 6.12 configuration. The layout is ours, but for what code of mm/ looks at.
 */
export const CACHE_BYTES = 200;
/** Alignment of descriptors: a cache line. */
export const CACHE_ALIGN = 64;

/** Slab flags of include/linux/slab.h that affect the allocator. */
export const SlabFlag = {
  /** Check objects when they are allocated and freed. */
  CONSISTENCY_CHECKS: 1 << 0,
  /** Keep bytes of a known value around objects. */
  RED_ZONE: 1 << 1,
  /** Fill free objects and padding with known values. */
  POISON: 1 << 2,
  /** The cache is one of kmalloc. */
  KMALLOC: 1 << 3,
  /** Align objects to cache lines. */
  HWCACHE_ALIGN: 1 << 4,
  /** Record who allocated and who freed an object. */
  STORE_USER: 1 << 7,
  /** Panic if the cache cannot be created. */
  PANIC: 1 << 8,
  /** A freed object may still be read for a grace period. */
  TYPESAFE_BY_RCU: 1 << 9,
  /** The allocator's own: free objects are poisoned, for nobody counts on what is in them. */
  OBJECT_POISON: 1 << 30,
} as const;

/** Flags of caches that are debugged (SLAB_DEBUG_FLAGS of mm/slab.h). */
export const DEBUG_FLAGS = SlabFlag.CONSISTENCY_CHECKS | SlabFlag.RED_ZONE | SlabFlag.POISON | SlabFlag.STORE_USER;

/** Whether flags are those of a cache that keeps the sizes that were asked for (slub_debug_orig_size of mm/slub.c). */
export const keepsRequests = (flags: number): boolean =>
  (flags & SlabFlag.STORE_USER) !== 0 && (flags & SlabFlag.KMALLOC) !== 0;

/** `free_meta_offset` of a cache whose objects are too large for free meta (mm/kasan/kasan.h). */
export const NO_FREE_META = 0x7fffffff;

/**
 * Words of a descriptor. Those that code of mm/ looks at are where `struct kmem_cache` has them: flags, size, object_size, offset
 * (mm/slab.h).
 */
const Field = {
  cpuFree: 0,
  cpuSlab: 1,
  flags: 2,
  partial: 3,
  partialCount: 4,
  live: 5,
  size: 6,
  objectSize: 7,
  objects: 8,
  order: 9,
  freeOffset: 10,
  minOrder: 11,
  align: 12,
  inUse: 13,
  redLeft: 14,
  allocMeta: 15,
  freeMeta: 16,
  constructorLow: 17,
  constructorHigh: 18,
  kmalloc: 19,
  full: 20,
  slabs: 21,
  next: 22,
  name: 23,
} as const;
const NAME_BYTES = CACHE_BYTES - Field.name * 4;

/**
 * A slab cache: a view of its descriptor in RAM.
 *
 * Layout of an object's slot of `size` bytes:
 *
 *     | object: objectSize | (rest of free meta) | alloc meta | redzone … |
 *
 * KASAN's metadata are at offsets `allocMeta` and `freeMeta` from the object's start; the free-list link is at `freeOffset`. The slot of
 * a cache that is debugged has more ({@link ./object-layout.ts}).
 */
export class KmemCache {
  /** Physical address of the descriptor. */
  readonly address: number;
  private readonly u32: Uint32Array;
  private readonly at: number;
  private readonly ram: PhysicalMemory;

  /** Distance between objects in bytes. */
  declare size: number;
  /** Bytes of an object available to its user. */
  declare objectSize: number;
  /** Alignment of objects in bytes. */
  declare align: number;
  /** Offset of the free-list link in a free object. */
  declare freeOffset: number;
  /** Number of objects in a slab of the preferred order. */
  declare objects: number;
  /** Preferred order of a slab (log2 of its pages). */
  declare order: number;
  /** Smallest order of a slab that holds one object. */
  declare minOrder: number;
  /** {@link SlabFlag}s. */
  declare flags: number;
  /** Offset of KASAN's alloc meta; 0: none. */
  declare allocMeta: number;
  /** Offset of KASAN's free meta; {@link NO_FREE_META}: none. */
  declare freeMeta: number;
  /** Lower half of the constructor's function pointer. */
  declare constructorLow: number;
  /** Upper half of the constructor's function pointer; both halves 0: no constructor. */
  declare constructorHigh: number;
  /** 1 for a kmalloc cache, where an object's redzone starts at the requested size; else 0. */
  declare kmalloc: number;
  /** Physical address of the first free object in the CPU's slab; 0: none. */
  declare cpuFree: number;
  /** First frame of the CPU's slab; 0: none. */
  declare cpuSlab: number;
  /** First frame of the first slab on the partial list; 0: none. */
  declare partial: number;
  /** Length of the partial list. */
  declare partialCount: number;
  /** Number of objects handed out and not yet back on a free list (this includes quarantined ones). */
  declare live: number;
  /** Number of slabs of the cache. */
  declare slabs: number;
  /** Physical address of the next cache in the list of all caches; 0 ends it. */
  declare next: number;
  /** Bytes of the object and of the red zone or padding behind it. */
  declare inUse: number;
  /** Bytes of the red zone before the object. */
  declare redLeft: number;
  /** First frame of the first slab without free objects, of those of a cache that records its users; 0: none. */
  declare full: number;

  static {
    for (const [name, field] of Object.entries(Field)) {
      if (name === "name") continue;
      Object.defineProperty(KmemCache.prototype, name, {
        get(this: KmemCache) {
          return this.u32[this.at + field];
        },
        set(this: KmemCache, value: number) {
          this.ram.wrote(4 * (this.at + field), 4);
          this.u32[this.at + field] = value;
        },
      });
    }
  }

  /**
   * @param ram - the machine's RAM
   * @param address - physical address of {@link CACHE_BYTES} bytes
   */
  constructor(ram: PhysicalMemory, address: number) {
    this.ram = ram;
    this.address = address;
    this.u32 = ram.u32;
    this.at = address >>> 2;
  }

  /** Whether a flag is set. */
  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Whether a constructor is called for new objects. */
  get hasConstructor(): boolean {
    return this.constructorLow !== 0 || this.constructorHigh !== 0;
  }

  /** The name, truncated to fit the descriptor. */
  get name(): string {
    const start = this.address + Field.name * 4;
    const bytes = this.ram.u8.slice(start, start + NAME_BYTES);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? NAME_BYTES : end));
  }
  /** Sets the name. */
  set name(value: string) {
    const start = this.address + Field.name * 4;
    this.ram.fill(0, start, start + NAME_BYTES);
    this.ram.u8.set(new TextEncoder().encode(value).subarray(0, NAME_BYTES - 1), start);
  }
}
