import type { PhysicalMemory } from "@kasan/mmu";
import { granulesOf, poisonLastGranuleIn, type ShadowWriter, unpoisonIn } from "@kasan/shadow";

/** Bytes of memory that one shadow byte describes in generic mode. */
export const GRANULE = 8;

/** What is written in place of each value, in a mode that writes what it is told. */
export const IDENTITY: Uint8Array = Uint8Array.from({ length: 256 }, (_, value) => value);

/**
 * The shadow of the direct map. Boot gives it one physically contiguous run, so the shadow of the memory at physical
 * address p is the byte at `base + p / granule`. All addresses here are physical and within RAM; the granules' positions that
 * {@link ShadowWriter} speaks of are addresses divided by the granule.
 */
export class DirectShadow implements ShadowWriter {
  /** The buffer's bytes. */
  protected readonly u8: Uint8Array;
  /** What is written in place of each value. */
  protected readonly table: Uint8Array;
  /** Bytes of RAM. */
  protected readonly memoryBytes: number;
  /** log2 of the granule. */
  protected readonly shift: number;
  private readonly granule: number;
  private readonly ram: PhysicalMemory;
  private readonly base: number;

  /**
   * @param base - physical address of the shadow of physical address 0
   * @param table - what is written in place of each value
   * @param granule - bytes that a shadow byte describes
   */
  constructor(ram: PhysicalMemory, base: number, table = IDENTITY, granule = GRANULE) {
    this.granule = granule;
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

  /** Sets the shadow byte of an address within RAM. */
  setByte(address: number, value: number): void {
    this.write(address >>> this.shift, 1, this.table[value]);
  }

  /** Poisons `size` bytes, both multiples of the granule; nothing beyond RAM, and nothing if the size is negative. */
  poison(address: number, size: number, value: number): void {
    // A guest may pass any size to what leads here.
    const bytes = Math.min(size, this.memoryBytes - address);
    if (bytes > 0) this.write(address >>> this.shift, bytes >>> this.shift, this.table[value]);
  }

  fill(index: number, granules: number, value: number): void {
    const count = Math.min(granules, (this.memoryBytes >>> this.shift) - index);
    if (count > 0) this.write(index, count, this.table[value]);
  }

  /** Gives the granules of `size` bytes, the last of which need not be whole, a tag. `size` is within RAM. */
  tag(address: number, size: number, tag: number): void {
    const index = address >>> this.shift;
    const count = Math.min(granulesOf(size, this.granule), (this.memoryBytes >>> this.shift) - index);
    if (count > 0) this.write(index, count, tag);
  }

  /** Sets the bytes of granules that lie in RAM, to just that value. */
  protected write(index: number, granules: number, value: number): void {
    const at = this.base + index;
    // A call of fill costs more than a few stores.
    if (granules > 24) this.ram.fill(value, at, at + granules);
    else for (let i = at; i < at + granules; i++) this.u8[i] = value;
  }

  /** Makes `size` bytes accessible; a last granule that is not whole gets the number of its accessible bytes. */
  unpoison(address: number, size: number): void {
    unpoisonIn(this, address >>> this.shift, size, this.granule);
  }

  /** The last granule of an object of `size` bytes, if it is not whole (kasan_poison_last_granule). */
  poisonLast(address: number, size: number): void {
    poisonLastGranuleIn(this, address >>> this.shift, size, this.granule);
  }
}
