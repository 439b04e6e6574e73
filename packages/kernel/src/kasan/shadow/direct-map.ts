import type { PhysicalMemory } from "@kasan/mmu";
import { granulesOf } from "@kasan/shadow";
import { poisonTable } from "../generic/mechanisms.ts";

/** Bytes of memory that one shadow byte describes in generic mode. */
export const GRANULE = 8;

/**
 * The shadow of the direct map. Boot gives it one physically contiguous run, so the shadow of the memory at physical
 * address p is the byte at `base + p / granule`. All addresses here are physical and within RAM.
 */
export class DirectShadow {
  /** The buffer's bytes. */
  protected readonly u8: Uint8Array;
  /** What is written in place of each value. */
  protected readonly table: Uint8Array;
  /** Bytes of RAM. */
  protected readonly memoryBytes: number;
  /** log2 of the granule. */
  protected readonly shift: number;
  private readonly ram: PhysicalMemory;
  private readonly base: number;

  /**
   * @param base - physical address of the shadow of physical address 0
   * @param table - what is written in place of each value ({@link poisonTable})
   * @param granule - bytes that a shadow byte describes
   */
  constructor(ram: PhysicalMemory, base: number, table = poisonTable(), granule = GRANULE) {
    this.shift = Math.log2(granule);
    this.ram = ram;
    this.u8 = ram.u8;
    this.base = base;
    this.memoryBytes = ram.size;
    this.table = table;
  }

  /** The shadow byte of an address. */
  byteAt(address: number): number {
    return this.u8[this.base + (address >>> this.shift)];
  }

  /** Sets the shadow byte of an address. */
  setByte(address: number, value: number): void {
    this.u8[this.base + (address >>> this.shift)] = this.table[value];
  }

  /** Poisons `size` bytes, both multiples of the granule; nothing beyond RAM, and nothing if the size is negative. */
  poison(address: number, size: number, value: number): void {
    const at = this.base + (address >>> this.shift);
    // A guest may pass any size to what leads here.
    const bytes = Math.min(size, this.memoryBytes - address);
    if (bytes <= 0) return;
    const granules = bytes >>> this.shift;
    this.fill(at, granules, this.table[value]);
  }

  /** Gives the granules of `size` bytes, the last of which need not be whole, a tag. `size` is within RAM. */
  tag(address: number, size: number, tag: number): void {
    const granule = 1 << this.shift;
    const bytes = Math.min(granulesOf(size, granule) * granule, this.memoryBytes - address);
    if (bytes > 0) this.fill(this.base + (address >>> this.shift), bytes >>> this.shift, tag);
  }

  /** Fills bytes of the buffer. */
  protected fill(at: number, granules: number, value: number): void {
    // A call of fill costs more than a few stores.
    if (granules > 24) this.ram.fill(value, at, at + granules);
    else for (let i = at; i < at + granules; i++) this.u8[i] = value;
  }

  /** Makes `size` bytes accessible; a last granule that is not whole gets the number of its accessible bytes. */
  unpoison(address: number, size: number): void {
    this.poison(address, granulesOf(size, GRANULE) * GRANULE, 0);
    this.poisonLast(address, size);
  }

  /** The last granule of an object of `size` bytes, if it is not whole (kasan_poison_last_granule). */
  poisonLast(address: number, size: number): void {
    if (size % GRANULE !== 0) this.setByte(address + size - (size % GRANULE), size % GRANULE);
  }
}
