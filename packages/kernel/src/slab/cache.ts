import type { PhysicalMemory } from "@kasan/mmu";

/** Bytes of a cache's descriptor in RAM. The layout is ours; guests see an opaque `struct kmem_cache *`. */
export const CACHE_BYTES = 192;

/** Slab flags of include/linux/slab.h that change what the allocator does. */
export const SlabFlag = {
  HWCACHE_ALIGN: 1 << 3,
  PANIC: 1 << 9,
  TYPESAFE_BY_RCU: 1 << 10,
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

  constructor(ram: PhysicalMemory, address: number) {
    this.ram = ram;
    this.address = address;
    this.u32 = ram.u32;
    this.at = address >>> 2;
  }

  private get(field: number): number {
    return this.u32[this.at + field];
  }

  private set(field: number, value: number): void {
    this.u32[this.at + field] = value;
  }

  /** Bytes from one object to the next. */
  get size(): number {
    return this.get(Field.size);
  }
  set size(value: number) {
    this.set(Field.size, value);
  }

  /** Bytes that belong to the user of an object. */
  get objectSize(): number {
    return this.get(Field.objectSize);
  }
  set objectSize(value: number) {
    this.set(Field.objectSize, value);
  }

  get align(): number {
    return this.get(Field.align);
  }
  set align(value: number) {
    this.set(Field.align, value);
  }

  /** Where in a free object the link to the next lies. */
  get freeOffset(): number {
    return this.get(Field.freeOffset);
  }
  set freeOffset(value: number) {
    this.set(Field.freeOffset, value);
  }

  /** Objects in a slab of the preferred order. */
  get objects(): number {
    return this.get(Field.objects);
  }
  set objects(value: number) {
    this.set(Field.objects, value);
  }

  /** Pages of a slab, log2: preferred, and the least that holds one object. */
  get order(): number {
    return this.get(Field.order);
  }
  set order(value: number) {
    this.set(Field.order, value);
  }
  get minOrder(): number {
    return this.get(Field.minOrder);
  }
  set minOrder(value: number) {
    this.set(Field.minOrder, value);
  }

  get flags(): number {
    return this.get(Field.flags);
  }
  set flags(value: number) {
    this.set(Field.flags, value);
  }

  /** Offset of KASAN's alloc meta; 0: none. */
  get allocMeta(): number {
    return this.get(Field.allocMeta);
  }
  set allocMeta(value: number) {
    this.set(Field.allocMeta, value);
  }

  /** Offset of KASAN's free meta; {@link NO_FREE_META}: none. */
  get freeMeta(): number {
    return this.get(Field.freeMeta);
  }
  set freeMeta(value: number) {
    this.set(Field.freeMeta, value);
  }

  /** The constructor, a guest's function pointer, in halves; 0: none. */
  get constructorLow(): number {
    return this.get(Field.constructorLow);
  }
  get constructorHigh(): number {
    return this.get(Field.constructorHigh);
  }
  setConstructor(low: number, high: number): void {
    this.set(Field.constructorLow, low);
    this.set(Field.constructorHigh, high);
  }
  get hasConstructor(): boolean {
    return this.constructorLow !== 0 || this.constructorHigh !== 0;
  }

  /** Whether this is one of the kmalloc caches: their objects' redzones start at the size asked for. */
  get isKmalloc(): boolean {
    return this.get(Field.kmalloc) !== 0;
  }
  set isKmalloc(value: boolean) {
    this.set(Field.kmalloc, value ? 1 : 0);
  }

  /** The CPU's slab (first frame; 0: none) and the first free object in it (physical; 0: none). */
  get cpuSlab(): number {
    return this.get(Field.cpuSlab);
  }
  set cpuSlab(value: number) {
    this.set(Field.cpuSlab, value);
  }
  get cpuFree(): number {
    return this.get(Field.cpuFree);
  }
  set cpuFree(value: number) {
    this.set(Field.cpuFree, value);
  }

  /** List of slabs with free objects: first frame (0: none), and length. */
  get partial(): number {
    return this.get(Field.partial);
  }
  set partial(value: number) {
    this.set(Field.partial, value);
  }
  get partialCount(): number {
    return this.get(Field.partialCount);
  }
  set partialCount(value: number) {
    this.set(Field.partialCount, value);
  }

  /** Objects handed out and not yet back on a free list (so quarantined ones count). */
  get live(): number {
    return this.get(Field.live);
  }
  set live(value: number) {
    this.set(Field.live, value);
  }

  /** Slabs that the cache holds. */
  get slabs(): number {
    return this.get(Field.slabs);
  }
  set slabs(value: number) {
    this.set(Field.slabs, value);
  }

  /** Physical address of the next cache in the list of all; 0 ends it. */
  get next(): number {
    return this.get(Field.next);
  }
  set next(value: number) {
    this.set(Field.next, value);
  }

  get name(): string {
    const start = this.address + Field.name * 4;
    const bytes = this.ram.u8.slice(start, start + NAME_BYTES);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? NAME_BYTES : end));
  }
  set name(value: string) {
    const start = this.address + Field.name * 4;
    this.ram.u8.fill(0, start, start + NAME_BYTES);
    this.ram.u8.set(new TextEncoder().encode(value).subarray(0, NAME_BYTES - 1), start);
  }
}
