import type { RangePool } from "./range-pool.ts";

/**
 * Disjoint ranges of pages, ordered by address: a treap whose nodes store the largest range in their subtree. The lowest range that
 * is large enough is found in O(log n), as with the kernel's augmented tree (mm/vmalloc.c). All state is in the arena.
 */
export class RangeTree {
  private readonly pool: RangePool;
  private readonly root: Uint32Array;
  private readonly sized: boolean;

  /**
   * @param pool - the records
   * @param root - one word of the arena that holds the root's index; 0 for an empty tree
   * @param sized - whether sizes are maintained, for {@link RangeTree.lowestFit}
   */
  constructor(pool: RangePool, root: Uint32Array, sized = true) {
    this.pool = pool;
    this.root = root;
    this.sized = sized;
  }

  private update(node: number): number {
    if (!this.sized) return node;
    const { most, pages, left, right } = this.pool;
    most[node] = Math.max(pages[node], left[node] ? most[left[node]] : 0, right[node] ? most[right[node]] : 0);
    return node;
  }

  /** Splits a tree: nodes of `node` before `start` stay in the result; the tree of the others is stored in `splitRight`. */
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

  /** Adds a record. Its range must not overlap any other. */
  insert(record: number): void {
    const { start, pages, most, left, right, priority } = this.pool;
    const at = start[record];
    let parent = 0;
    let node = this.root[0];
    while (node !== 0 && priority[node] >= priority[record]) {
      if (this.sized && most[node] < pages[record]) most[node] = pages[record];
      parent = node;
      node = start[node] < at ? right[node] : left[node];
    }
    left[record] = this.split(node, at);
    right[record] = this.splitRight;
    this.update(record);
    if (parent === 0) this.root[0] = record;
    else if (start[parent] < at) right[parent] = record;
    else left[parent] = record;
  }

  /** Removes a record from the tree. */
  remove(record: number): void {
    const { start, left, right } = this.pool;
    const at = start[record];
    let parent = 0;
    for (let node = this.root[0]; node !== record; node = start[node] < at ? right[node] : left[node]) parent = node;
    const rest = this.merge(left[record], right[record]);
    left[record] = 0;
    right[record] = 0;
    if (parent === 0) this.root[0] = rest;
    else if (start[parent] < at) right[parent] = rest;
    else left[parent] = rest;
    if (parent !== 0 && this.sized) this.updateTo(this.root[0], parent);
  }

  /** The last record whose range starts at or below a page; 0 if there is none. */
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

  /** The first record whose range starts above a page; 0 if there is none. */
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

  /** The record whose range contains a page, or 0. */
  containing(vpn: number): number {
    const record = this.atOrBelow(vpn);
    return record !== 0 && vpn < this.pool.start[record] + this.pool.pages[record] ? record : 0;
  }

  /**
   * The lowest range with room for `pages` pages starting at a multiple of `align`; 0 if there is none. O(log n) for `align` 1;
   * with larger alignments, ranges that are too small after alignment are skipped.
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

  /** Changes the range of a record in the tree, which keeps its place. The new range must not reach its neighbours'. */
  resize(record: number, start: number, pages: number): void {
    this.pool.start[record] = start;
    this.pool.pages[record] = pages;
    if (this.sized) this.updateTo(this.root[0], record);
  }

  /** Recomputes the largest ranges of the nodes on the path from `node` to a record. */
  private updateTo(node: number, record: number): void {
    const { start, left, right } = this.pool;
    if (node !== record) this.updateTo(start[node] < start[record] ? right[node] : left[node], record);
    this.update(node);
  }

  /** All records, in ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (let record = this.above(-1); record !== 0; record = this.above(this.pool.start[record])) yield record;
  }
}
