import type { PhysicalMemory } from "@kasan/mmu";

/** Bytes of a cache's descriptor in RAM, as many as a small 6.12 has. The layout is ours; guests see an opaque `struct kmem_cache *`. */
export const CACHE_BYTES = 200;
/** Bytes that addresses of descriptors are multiples of: a cache line. */
export const CACHE_ALIGN = 64;

/** Slab flags of include/linux/slab.h that change what the allocator does. */
export const SlabFlag = {
  /** Align objects to cache lines. */
  HWCACHE_ALIGN: 1 << 4,
  /** Panic if the cache cannot be made. */
  PANIC: 1 << 8,
  /** A freed object may still be read for a grace period. */
  TYPESAFE_BY_RCU: 1 << 9,
} as const;

/** `free_meta_offset` of a cache whose objects are too large for it (mm/kasan/kasan.h). */
export const NO_FREE_META = 0x7fffffff;

const Field = {
  size: 0,
  objectSize: 1,
  align: 2,
  freeOffset: 3,
  objects: 4,
  order: 5,
  minOrder: 6,
  flags: 7,
  allocMeta: 8,
  freeMeta: 9,
  constructorLow: 10,
  constructorHigh: 11,
  kmalloc: 12,
  cpuFree: 13,
  cpuSlab: 14,
  partial: 15,
  partialCount: 16,
  live: 17,
  slabs: 18,
  next: 19,
  name: 20,
} as const;
const NAME_BYTES = CACHE_BYTES - Field.name * 4;

/**
 * A slab cache: a view on its descriptor in RAM.
 *
 * An object's slot, `size` bytes, from its start:
 *
 *     | object: objectSize | (rest of free meta) | alloc meta | redzone … |
 *
 * KASAN's metadata lie at `allocMeta` and `freeMeta` from the object's start; the free-list link at `freeOffset`.
 */
export class KmemCache {
  /** Physical address of the descriptor. */
  readonly address: number;
  private readonly u32: Uint32Array;
  private readonly at: number;
  private readonly ram: PhysicalMemory;

  /** Bytes from one object to the next. */
  declare size: number;
  /** Bytes that belong to the user of an object. */
  declare objectSize: number;
  /** Bytes that objects' addresses are multiples of. */
  declare align: number;
  /** Where in a free object the link to the next lies. */
  declare freeOffset: number;
  /** Objects in a slab of the preferred order. */
  declare objects: number;
  /** Pages of a slab, log2, preferred. */
  declare order: number;
  /** Pages of a slab, log2: the least that holds one object. */
  declare minOrder: number;
  /** {@link SlabFlag}s. */
  declare flags: number;
  /** Offset of KASAN's alloc meta; 0: none. */
  declare allocMeta: number;
  /** Offset of KASAN's free meta; {@link NO_FREE_META}: none. */
  declare freeMeta: number;
  /** The constructor, a guest's function pointer: its lower half. */
  declare constructorLow: number;
  /** The constructor's upper half; both 0: none. */
  declare constructorHigh: number;
  /** 1 for one of the kmalloc caches, whose objects' redzones start at the size asked for; else 0. */
  declare kmalloc: number;
  /** Physical address of the first free object in the CPU's slab; 0: none. */
  declare cpuFree: number;
  /** First frame of the CPU's slab; 0: none. */
  declare cpuSlab: number;
  /** First frame of the first slab on the list of those with free objects; 0: none. */
  declare partial: number;
  /** Length of that list. */
  declare partialCount: number;
  /** Objects handed out and not yet back on a free list (so quarantined ones count). */
  declare live: number;
  /** Slabs that the cache holds. */
  declare slabs: number;
  /** Physical address of the next cache in the list of all; 0 ends it. */
  declare next: number;

  static {
    for (const [name, field] of Object.entries(Field)) {
      if (name === "name") continue;
      Object.defineProperty(KmemCache.prototype, name, {
        get(this: KmemCache) {
          return this.u32[this.at + field];
        },
        set(this: KmemCache, value: number) {
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

  /** Whether new objects are given to a constructor. */
  get hasConstructor(): boolean {
    return this.constructorLow !== 0 || this.constructorHigh !== 0;
  }

  /** The name, cut to the bytes that the descriptor has for it. */
  get name(): string {
    const start = this.address + Field.name * 4;
    const bytes = this.ram.u8.slice(start, start + NAME_BYTES);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? NAME_BYTES : end));
  }
  /** Sets the name. */
  set name(value: string) {
    const start = this.address + Field.name * 4;
    this.ram.u8.fill(0, start, start + NAME_BYTES);
    this.ram.u8.set(new TextEncoder().encode(value).subarray(0, NAME_BYTES - 1), start);
  }
}
