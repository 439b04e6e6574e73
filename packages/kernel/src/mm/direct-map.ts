import type { Pointers } from "./pointers.ts";

/** The direct map: all of RAM, one after the other from `PAGE_OFFSET` on. */
export class DirectMap {
  private readonly pageOffset: bigint;
  /** Halves of its start, unsigned. The lower one is 0 on 64-bit processors. */
  private readonly pageOffsetHigh: number;
  private readonly pageOffsetLow: number;
  private readonly bytes: number;
  private readonly pointers: Pointers;

  /**
   * @param pageOffset - virtual address of physical address 0
   * @param bytes - of RAM
   */
  constructor(pageOffset: bigint, bytes: number, pointers: Pointers) {
    this.pageOffset = pageOffset;
    this.pageOffsetHigh = Number(pageOffset >> 32n);
    this.pageOffsetLow = Number(pageOffset & 0xffffffffn);
    this.bytes = bytes;
    this.pointers = pointers;
  }

  /** The physical address of a pointer, given in halves; -1 if it leads out of the map or behind RAM. */
  physical(low: number, high: number): number {
    const offset =
      ((this.pointers.untag(high) >>> 0) - this.pageOffsetHigh) * 2 ** 32 + (low >>> 0) - this.pageOffsetLow;
    return offset >= 0 && offset < this.bytes ? offset : -1;
  }

  /** The upper half of a physical address's virtual address: unsigned. */
  highOf(physical: number): number {
    return this.pageOffsetHigh + Math.floor((this.pageOffsetLow + physical) / 2 ** 32);
  }

  /** The virtual address of a physical address. */
  virtual(physical: number): bigint {
    return this.pageOffset + BigInt(physical);
  }

  /** A pointer with a tag to a physical address. */
  pointer(physical: number, tag: number): bigint {
    return this.pointers.pointer(this.virtual(physical), tag);
  }
}
