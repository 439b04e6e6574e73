import type { PhysicalMemory } from "@kasan/mmu";
import type { PageDescriptors } from "../page-descriptors.ts";
import type { KmemCache } from "./cache.ts";

const FROZEN = 0x80000000;

/**
 * What slabs and free objects say of themselves: the counters and the free list in a slab's page descriptor, and the links in free
 * objects. Slabs are given by their first frame, objects by their physical address.
 */
export class SlabFields {
  private readonly ram: PhysicalMemory;
  private readonly pages: PageDescriptors;
  private readonly pageOffsetHigh: number;

  /** @param pageOffset - virtual address of physical address 0, a multiple of 4 GB */
  constructor(ram: PhysicalMemory, pages: PageDescriptors, pageOffset: bigint) {
    this.ram = ram;
    this.pages = pages;
    this.pageOffsetHigh = Number(pageOffset >> 32n);
  }

  /** Sets the cache of a slab. */
  setCache(slab: number, cache: KmemCache): void {
    this.pages.setSlabCache(slab, cache.address, this.pageOffsetHigh);
  }

  /** Number of objects of a slab. */
  objects(slab: number): number {
    return (this.pages.low(slab, 40) >>> 16) & 0x7fff;
  }

  /** Number of objects that are in use. */
  inUse(slab: number): number {
    return this.pages.low(slab, 40) & 0xffff;
  }

  /** Whether a CPU has the slab, or nobody does, for it is corrupt. */
  isFrozen(slab: number): boolean {
    return (this.pages.low(slab, 40) & FROZEN) !== 0;
  }

  /** Sets what the above return. */
  setCounters(slab: number, inUse: number, objects: number, frozen: boolean): void {
    this.pages.setField(slab, 40, (inUse | (objects << 16) | (frozen ? FROZEN : 0)) >>> 0, 0);
  }

  /** The first free object of a slab; 0: none. */
  freeList(slab: number): number {
    return this.pages.low(slab, 32);
  }

  /** Sets the first free object; 0: none. */
  setFreeList(slab: number, object: number): void {
    this.pages.setField(slab, 32, object, object === 0 ? 0 : this.pageOffsetHigh);
  }

  /** The link in a free object: the next free object, 0 for none, or -1 if it is the address of nothing in RAM. */
  link(cache: KmemCache, object: number): number {
    const at = (object + cache.freeOffset) >>> 2;
    const low = this.ram.u32[at];
    const high = this.ram.u32[at + 1];
    if (low === 0 && high === 0) return 0;
    return high !== this.pageOffsetHigh || low >= this.ram.size || low % 8 !== 0 ? -1 : low;
  }

  /** The same as it is: an address, or what a guest wrote over it. */
  rawLink(cache: KmemCache, object: number): bigint {
    const at = (object + cache.freeOffset) >>> 2;
    return (BigInt(this.ram.u32[at + 1]) << 32n) | BigInt(this.ram.u32[at]);
  }

  /** Sets the link. */
  setLink(cache: KmemCache, object: number, next: number): void {
    const at = (object + cache.freeOffset) >>> 2;
    this.ram.wrote(4 * at, 8);
    this.ram.u32[at] = next;
    this.ram.u32[at + 1] = next === 0 ? 0 : this.pageOffsetHigh;
  }
}
