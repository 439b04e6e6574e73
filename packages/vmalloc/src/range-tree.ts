import type { RangePool } from "./range-pool.ts";

/**
 * Disjoint ranges of pages, ordered by address: a treap whose nodes know the largest range below them, so that the
 * lowest range that is large enough is found in O(log n), as with the kernel's augmented tree (mm/vmalloc.c). All
 * state is in the arena.
 */
export class RangeTree {
  private readonly pool: RangePool;
  private readonly root: Uint32Array;

  /**
   * @param pool - the records
   * @param root - one word of the arena that holds the root's index; 0 for an empty tree
   */
  constructor(pool: RangePool, root: Uint32Array) {
    this.pool = pool;
    this.root = root;
  }

  private update(node: number): number {
    const { most, pages, left, right } = this.pool;
    most[node] = Math.max(pages[node], left[node] ? most[left[node]] : 0, right[node] ? most[right[node]] : 0);
    return node;
  }

  /** Nodes of `node` before `start` stay left; the tree of the others is left in `splitRight`. */
  private split(node: number, start: number): number {
    const { pool } = this;
    if (node === 0) {
      this.splitRight = 0;
      return 0;
    }
    if (pool.start[node] < start) {
      pool.right[node] = this.split(pool.right[node], start);
      return this.update(node);
    }
    const left = this.split(pool.left[node], start);
    pool.left[node] = this.splitRight;
    this.splitRight = this.update(node);
    return left;
  }
  private splitRight = 0;

  private merge(low: number, high: number): number {
    const { pool } = this;
    if (low === 0) return high;
    if (high === 0) return low;
    if (pool.priority[low] > pool.priority[high]) {
      pool.right[low] = this.merge(pool.right[low], high);
      return this.update(low);
    }
    pool.left[high] = this.merge(low, pool.left[high]);
    return this.update(high);
  }

  /** Adds a record whose range overlaps no other. */
  insert(record: number): void {
    this.update(record);
    const low = this.split(this.root[0], this.pool.start[record]);
    const high = this.splitRight;
    this.root[0] = this.merge(this.merge(low, record), high);
  }

  /** Removes the record that starts where this one does. */
  remove(record: number): void {
    const { pool } = this;
    const low = this.split(this.root[0], pool.start[record]);
    const rest = this.splitRight;
    this.split(rest, pool.start[record] + 1);
    this.root[0] = this.merge(low, this.splitRight);
    pool.left[record] = 0;
    pool.right[record] = 0;
  }

  /** The record whose range starts last at or below a page; 0 if none does. */
  atOrBelow(vpn: number): number {
    const { start, left, right } = this.pool;
    let found = 0;
    for (let node = this.root[0]; node !== 0; ) {
      if (start[node] <= vpn) {
        found = node;
        node = right[node];
      } else node = left[node];
    }
    return found;
  }

  /** The record whose range starts first above a page; 0 if none does. */
  above(vpn: number): number {
    const { start, left, right } = this.pool;
    let found = 0;
    for (let node = this.root[0]; node !== 0; ) {
      if (start[node] > vpn) {
        found = node;
        node = left[node];
      } else node = right[node];
    }
    return found;
  }

  /** The record whose range holds a page, or 0. */
  containing(vpn: number): number {
    const record = this.atOrBelow(vpn);
    return record !== 0 && vpn < this.pool.start[record] + this.pool.pages[record] ? record : 0;
  }

  /**
   * The lowest range that has room for `pages` pages whose first is a multiple of `align`; 0 if none has.
   * O(log n) for `align` 1; with larger alignments, ranges too small after alignment are passed over.
   */
  lowestFit(pages: number, align: number): number {
    return this.fit(this.root[0], pages, align);
  }

  private fit(node: number, pages: number, align: number): number {
    const { most, left, right, start } = this.pool;
    if (node === 0 || most[node] < pages) return 0;
    const low = this.fit(left[node], pages, align);
    if (low !== 0) return low;
    const aligned = Math.ceil(start[node] / align) * align;
    if (aligned + pages <= start[node] + this.pool.pages[node]) return node;
    return this.fit(right[node], pages, align);
  }

  /** Changes a record's range, which must then overlap no other. */
  resize(record: number, start: number, pages: number): void {
    this.remove(record);
    this.pool.start[record] = start;
    this.pool.pages[record] = pages;
    this.insert(record);
  }

  /** All records, lowest first. */
  *[Symbol.iterator](): Generator<number> {
    for (let record = this.above(-1); record !== 0; record = this.above(this.pool.start[record])) yield record;
  }
}
