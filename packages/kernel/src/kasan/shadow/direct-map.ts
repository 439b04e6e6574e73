import type { PhysicalMemory } from "@kasan/mmu";
import { granulesOf, poisonLastGranuleIn, type ShadowWriter, unpoisonIn } from "@kasan/shadow";

/** Bytes of memory that one shadow byte describes in generic mode. */
export const GRANULE = 8;

/** The table of a mode that writes values unchanged. */
export const IDENTITY: Uint8Array = Uint8Array.from({ length: 256 }, (_, value) => value);

/**
 * The shadow of the direct map. Boot allocates it as one physically contiguous range: the shadow of physical address p is the byte
 * at `base + p / granule`. All addresses here are physical and within RAM. The granule positions of {@link ShadowWriter} are
 * addresses divided by the granule.
 */
export class DirectShadow implements ShadowWriter {
  /** The buffer's bytes. */
  protected readonly u8: Uint8Array;
  /** Maps values to the values actually written. */
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
   * @param table - maps values to the values actually written
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

  /** Poisons `size` bytes; address and size are multiples of the granule. Clips to RAM and ignores negative sizes. */
  poison(address: number, size: number, value: number): void {
    // A guest may pass any size to functions that lead here.
    const bytes = Math.min(size, this.memoryBytes - address);
    if (bytes > 0) this.write(address >>> this.shift, bytes >>> this.shift, this.table[value]);
  }

  fill(index: number, granules: number, value: number): void {
    const count = Math.min(granules, (this.memoryBytes >>> this.shift) - index);
    if (count > 0) this.write(index, count, this.table[value]);
  }

  /** Tags the granules of `size` bytes; the last granule may be partial. The range is within RAM. */
  tag(address: number, size: number, tag: number): void {
    const index = address >>> this.shift;
    const count = Math.min(granulesOf(size, this.granule), (this.memoryBytes >>> this.shift) - index);
    if (count > 0) this.write(index, count, tag);
  }

  /** Sets the shadow bytes of granules within RAM to exactly this value. */
  protected write(index: number, granules: number, value: number): void {
    const at = this.base + index;
    // Calling fill() costs more than a few stores.
    if (granules > 24) {
      this.ram.fill(value, at, at + granules);
      return;
    }
    if (granules > 0) this.ram.wrote(at, granules);
    for (let i = at; i < at + granules; i++) this.u8[i] = value;
  }

  /** Makes `size` bytes accessible; a partial last granule gets the number of its accessible bytes. */
  unpoison(address: number, size: number): void {
    unpoisonIn(this, address >>> this.shift, size, this.granule);
  }

  /** Poisons the last granule of an object of `size` bytes if it is partial (kasan_poison_last_granule). */
  poisonLast(address: number, size: number): void {
    poisonLastGranuleIn(this, address >>> this.shift, size, this.granule);
  }
}
