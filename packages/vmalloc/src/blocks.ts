import type { RangePool } from "./range-pool.ts";
import { RangeTree } from "./range-tree.ts";

/** Maximum number of pages that vm_map_ram maps in a block (`VMAP_MAX_ALLOC`). */
export const MOST_BLOCK_MAP = 64;
/**
 * Pages of a block (`VMAP_BBMAP_BITS` of mm/vmalloc.c): the kernel's maximum, which it uses whenever there is room for 16 blocks
 * per processor in 128 GB, that is, with at most 2^11 processors for pages of 4 KB and 2^7 for 64 KB.
 */
export const BLOCK_PAGES = 1024;
/** Number of free pages below which vm_unmap_aliases gives up a block (`VMAP_PURGE_THRESHOLD`). */
const FEW_FREE = BLOCK_PAGES / 4;

/** Number of 32-bit words of state of {@link VmapBlocks}: root of the tree, first and last block of the queue. */
export const BLOCK_STATE_WORDS = 3;

/** A range of dirty pages from `start` up to `end`. */
export interface Dirty {
  /** First page number. */
  readonly start: number;
  /** The page number after the last. */
  readonly end: number;
}

/** Pages that a mapping takes from a block: a power of two. */
const taken = (pages: number): number => 2 ** (32 - Math.clz32(pages - 1));

/**
 * Blocks of vm_map_ram (`struct vmap_block` of mm/vmalloc.c). Each is one area whose pages are handed out once, in ascending order.
 * Returned pages are dirty, because TLBs may still hold them. A block whose pages are all dirty is given up, and its area waits for
 * the purge like any other. So a page's addresses are never reused without a flush, and none is needed earlier.
 *
 * A block's record uses the columns of {@link RangePool} as follows: `caller`: free pages; `backed`: dirty pages; `flags`: the
 * range of dirty pages not flushed yet, its start and end in 16 bits each; `next`: the next block with free pages, oldest first
 * (the kernel has such a queue per CPU).
 */
export class VmapBlocks {
  private readonly pool: RangePool;
  private readonly tree: RangeTree;
  /** root, first, last */
  private readonly state: Uint32Array;

  /** @param state - {@link BLOCK_STATE_WORDS} words, initially zero */
  constructor(pool: RangePool, state: Uint32Array) {
    this.pool = pool;
    this.state = state;
    this.tree = new RangeTree(pool, state.subarray(0, 1), false);
  }

  /**
   * Takes pages from the oldest block that has enough; O(blocks with free pages), as in the kernel. @returns the first page number,
   * or -1 if no block has enough
   */
  take(pages: number): number {
    const { pool, state } = this;
    const wanted = taken(pages);
    for (let before = 0, block = state[1]; block !== 0; before = block, block = pool.next[block]) {
      const free = pool.caller[block];
      if (free < wanted) continue;
      pool.caller[block] = free - wanted;
      if (free === wanted) this.dequeue(block, before);
      return pool.start[block] + BLOCK_PAGES - free;
    }
    return -1;
  }

  /** Reserves a record for a new block, for {@link VmapBlocks.add}; 0 if there is none left. */
  reserve(): number {
    return this.pool.take(0, BLOCK_PAGES);
  }

  /** Returns a reserved record. */
  cancel(block: number): void {
    this.pool.give(block);
  }

  /** Turns the area of {@link BLOCK_PAGES} pages at `vpn` into a block, at the end of the queue. */
  add(block: number, vpn: number): void {
    const { pool, state } = this;
    pool.start[block] = vpn;
    pool.caller[block] = BLOCK_PAGES;
    pool.next[block] = 0;
    if (state[2] === 0) state[1] = block;
    else pool.next[state[2]] = block;
    state[2] = block;
    this.tree.insert(block);
  }

  /** Whether `pages` pages from `vpn` on can be a mapping in a block: they are in one, and were taken. */
  holds(vpn: number, pages: number): boolean {
    const block = this.tree.containing(vpn);
    if (block === 0 || pages < 1 || pages > MOST_BLOCK_MAP) return false;
    const used = BLOCK_PAGES - this.pool.caller[block];
    const isTaken = vpn - this.pool.start[block] + taken(pages) <= used;
    return isTaken && this.pool.backed[block] + taken(pages) <= used;
  }

  /**
   * Returns unmapped pages that {@link VmapBlocks.holds}. A mapping that was returned concurrently is ignored.
   *
   * @returns the first page of their block if all of it is dirty and it is given up; else -1
   */
  giveBack(vpn: number, pages: number): number {
    if (!this.holds(vpn, pages)) return -1;
    const { pool } = this;
    const block = this.tree.containing(vpn);
    const from = vpn - pool.start[block];
    const count = taken(pages);
    const dirty = pool.flags[block];
    const start = dirty === 0 ? from : Math.min(dirty & 0xffff, from);
    pool.flags[block] = start | (Math.max(dirty >>> 16, from + count) << 16);
    pool.backed[block] += count;
    return pool.backed[block] === BLOCK_PAGES ? this.giveUp(block) : -1;
  }

  /** Gives up a block. @returns its first page */
  private giveUp(block: number): number {
    const vpn = this.pool.start[block];
    this.tree.remove(block);
    this.pool.give(block);
    return vpn;
  }

  /**
   * Gives up blocks that have nothing mapped but some pages free. @returns their first pages
   *
   * @param all - include those with many free pages, which are still useful
   */
  giveUpUnused(all: boolean): number[] {
    const { pool, state } = this;
    const vpns: number[] = [];
    for (let before = 0, block = state[1]; block !== 0; ) {
      const next = pool.next[block];
      const free = pool.caller[block];
      if (free + pool.backed[block] === BLOCK_PAGES && (all || free < FEW_FREE)) {
        this.dequeue(block, before);
        vpns.push(this.giveUp(block));
      } else before = block;
      block = next;
    }
    return vpns;
  }

  /** The range that contains the dirty pages of all blocks; marks them as flushed. `undefined` if there are none. */
  flushed(): Dirty | undefined {
    const { pool } = this;
    let start = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const block of this.tree) {
      const dirty = pool.flags[block];
      if (dirty === 0) continue;
      pool.flags[block] = 0;
      start = Math.min(start, pool.start[block] + (dirty & 0xffff));
      end = Math.max(end, pool.start[block] + (dirty >>> 16));
    }
    return end === 0 ? undefined : { start, end };
  }

  /** Removes a block from the queue. `before`: the previous block; 0 if it is the first. */
  private dequeue(block: number, before: number): void {
    const { pool, state } = this;
    if (before === 0) state[1] = pool.next[block];
    else pool.next[before] = pool.next[block];
    if (state[2] === block) state[2] = before;
  }
}
