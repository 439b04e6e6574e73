import type { PhysicalMemory } from "@kasan/mmu";

/**
 * Records for ranges of pages, in the arena: a struct of arrays, linked into trees by index. Record 0 means none. The meaning of
 * the columns other than `start` and `pages` depends on the tree that contains the record.
 *
 *     f64 start | f64 pages | f64 most | u32 left | u32 right | u32 priority | u32 caller | u32 backed | u32 flags | u32 next
 */
export class RangePool {
  /** First page number of each range. */
  readonly start: Float64Array;
  /** Number of pages of each range. */
  readonly pages: Float64Array;
  /** Largest number of pages of any range in the subtree. */
  readonly most: Float64Array;
  /** Root of the subtree of lower ranges; 0: none. */
  readonly left: Uint32Array;
  /** Root of the subtree of higher ranges; 0: none. */
  readonly right: Uint32Array;
  /** Heap order of the trees: a parent's priority is higher. */
  readonly priority: Uint32Array;
  /** Call-stack word of the caller that requested an area. */
  readonly caller: Uint32Array;
  /** Number of pages of an area that have memory behind them (`nr_pages`). */
  readonly backed: Uint32Array;
  /** {@link AreaFlag}s of an area. */
  readonly flags: Uint32Array;
  /** List link of free records, or of areas that wait for the purge. */
  readonly next: Uint32Array;
  private readonly head: Uint32Array;
  private readonly memory: PhysicalMemory;

  /** Bytes of the arena that `records` records need. */
  static bytes(records: number): number {
    return 16 + records * (3 * 8 + 7 * 4);
  }

  /**
   * Views the records at `offset`; zeroed bytes are an unused pool.
   *
   * @param memory - the buffer
   * @param offset - buffer offset of {@link RangePool.bytes} bytes, aligned to 8
   * @param records - number of records including record 0, which is never handed out
   */
  constructor(memory: PhysicalMemory, offset: number, records: number) {
    this.memory = memory;
    const { buffer } = memory.u8;
    // head: first free record, number of records handed out so far, seed of the priorities
    this.head = new Uint32Array(buffer, offset, 4);
    let at = offset + 16;
    const doubles = () => {
      const column = new Float64Array(buffer, at, records);
      at += records * 8;
      return column;
    };
    const words = () => {
      const column = new Uint32Array(buffer, at, records);
      at += records * 4;
      return column;
    };
    this.start = doubles();
    this.pages = doubles();
    this.most = doubles();
    this.left = words();
    this.right = words();
    this.priority = words();
    this.caller = words();
    this.backed = words();
    this.flags = words();
    this.next = words();
  }

  /**
   * Notes that all records in use may be written ({@link PhysicalMemory.wrote}), as operations on trees do. Costs a look at some words, of
   * every column, for some tens of records.
   */
  wrote(): void {
    const { memory, head } = this;
    if (memory.writes === undefined) return;
    memory.wrote(head.byteOffset, head.byteLength);
    for (const column of this.columns) memory.wrote(column.byteOffset, (head[1]! + 1) * column.BYTES_PER_ELEMENT);
  }

  private wroteRecord(record: number): void {
    for (const column of this.columns) {
      this.memory.wrote(column.byteOffset + record * column.BYTES_PER_ELEMENT, column.BYTES_PER_ELEMENT);
    }
  }

  private get columns(): readonly (Float64Array | Uint32Array)[] {
    const { start, pages, most, left, right, priority, caller, backed, flags, next } = this;
    return [start, pages, most, left, right, priority, caller, backed, flags, next];
  }

  /** Takes a record for a range of `pages` pages from page `start` on. Returns 0 if there is none left. */
  take(start: number, pages: number): number {
    let record = this.head[0];
    if (record !== 0) this.head[0] = this.next[record];
    else {
      if (this.head[1] + 1 >= this.start.length) return 0;
      record = ++this.head[1];
      if (this.memory.writes !== undefined) this.wroteRecord(record);
    }
    this.start[record] = start;
    this.pages[record] = pages;
    this.left[record] = 0;
    this.right[record] = 0;
    this.caller[record] = 0;
    this.backed[record] = 0;
    this.flags[record] = 0;
    this.next[record] = 0;
    // xorshift: the trees' shape depends only on the order of requests.
    let seed = this.head[2] || 0x2545f491;
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    this.head[2] = seed;
    this.priority[record] = seed;
    return record;
  }

  /** Returns a record to the pool. It must not be in a tree. */
  give(record: number): void {
    this.next[record] = this.head[0];
    this.head[0] = record;
  }
}
