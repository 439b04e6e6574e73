import type { Pointers } from "./pointers.ts";

/** The direct map: all of RAM, contiguous from `PAGE_OFFSET` on. */
export class DirectMap {
  private readonly pageOffset: bigint;
  /** Upper half of its start, unsigned. The lower half is 0 on 64-bit processors. */
  private readonly pageOffsetHigh: number;
  private readonly pageOffsetLow: number;
  private readonly bytes: number;
  private readonly pointers: Pointers;

  /**
   * @param pageOffset - virtual address of physical address 0
   * @param bytes - size of RAM
   */
  constructor(pageOffset: bigint, bytes: number, pointers: Pointers) {
    this.pageOffset = pageOffset;
    this.pageOffsetHigh = Number(pageOffset >> 32n);
    this.pageOffsetLow = Number(pageOffset & 0xffffffffn);
    this.bytes = bytes;
    this.pointers = pointers;
  }

  /** The physical address of a pointer given in halves; -1 if it is outside the map or beyond RAM. */
  physical(low: number, high: number): number {
    const offset =
      ((this.pointers.untag(high) >>> 0) - this.pageOffsetHigh) * 2 ** 32 + (low >>> 0) - this.pageOffsetLow;
    return offset >= 0 && offset < this.bytes ? offset : -1;
  }

  /** The upper half, unsigned, of the virtual address of a physical address. */
  highOf(physical: number): number {
    return this.pageOffsetHigh + Math.floor((this.pageOffsetLow + physical) / 2 ** 32);
  }

  /** The virtual address of a physical address. */
  virtual(physical: number): bigint {
    return this.pageOffset + BigInt(physical);
  }

  /** A tagged pointer to a physical address. */
  pointer(physical: number, tag: number): bigint {
    return this.pointers.pointer(this.virtual(physical), tag);
  }
}
