import type { RangePool } from "./range-pool.ts";
import { RangeTree } from "./range-tree.ts";

/** Most pages that vm_map_ram maps in a block (`VMAP_MAX_ALLOC`). */
export const MOST_BLOCK_MAP = 64;
/**
 * Pages of a block (`VMAP_BBMAP_BITS` of mm/vmalloc.c): the kernel's greatest, which it takes wherever its processors, at most
 * 2^11 with pages of 4 KB and 2^7 with 64 KB, leave room for 16 blocks each in 128 GB.
 */
export const BLOCK_PAGES = 1024;
/** Free pages below which vm_unmap_aliases gives a block up (`VMAP_PURGE_THRESHOLD`). */
const FEW_FREE = BLOCK_PAGES / 4;

/** 32-bit words that {@link VmapBlocks} keeps: root of the tree, first and last block of the queue. */
export const BLOCK_STATE_WORDS = 3;

/** Pages from `start` up to `end`. */
export interface Dirty {
  /** First page number. */
  readonly start: number;
  /** The page number after the last. */
  readonly end: number;
}

/** Pages that a mapping takes of a block: a power of two. */
const taken = (pages: number): number => 2 ** (32 - Math.clz32(pages - 1));

/**
 * Blocks of vm_map_ram (`struct vmap_block` of mm/vmalloc.c): one area each, whose pages are handed out once, from the first on. Those
 * given back are dirty, as TLBs may still know them; a block whose pages are all dirty is given up, and its area waits for the purge
 * like any other. So a page's addresses are never used again without a flush, and none is needed before.
 *
 * A block's record has, in the columns of {@link RangePool}, `caller`: free pages; `backed`: dirty pages; `flags`: the range of dirty
 * pages not flushed yet, its start and end in 16 bits each; `next`: the next block with free pages, oldest first (the queue that the
 * kernel has of each CPU).
 */
export class VmapBlocks {
  private readonly pool: RangePool;
  private readonly tree: RangeTree;
  /** root, first, last */
  private readonly state: Uint32Array;

  /** @param state - {@link BLOCK_STATE_WORDS} words, zero at first */
  constructor(pool: RangePool, state: Uint32Array) {
    this.pool = pool;
    this.state = state;
    this.tree = new RangeTree(pool, state.subarray(0, 1), false);
  }

  /** Takes pages of the oldest block that has enough; O(blocks with free pages), as in the kernel. @returns the first page number, or -1 if none has */
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

  /** A record for a block to be, for {@link VmapBlocks.add}; 0 if there is none left. */
  reserve(): number {
    return this.pool.take(0, BLOCK_PAGES);
  }

  /** Gives a reserved record back. */
  cancel(block: number): void {
    this.pool.give(block);
  }

  /** Makes the area of {@link BLOCK_PAGES} pages at `vpn` a block, the last of the queue. */
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

  /** Whether `pages` pages from `vpn` on can be a mapping of a block: they lie in one, and were taken. */
  holds(vpn: number, pages: number): boolean {
    const block = this.tree.containing(vpn);
    if (block === 0 || pages < 1 || pages > MOST_BLOCK_MAP) return false;
    const used = BLOCK_PAGES - this.pool.caller[block];
    const isTaken = vpn - this.pool.start[block] + taken(pages) <= used;
    return isTaken && this.pool.backed[block] + taken(pages) <= used;
  }

  /**
   * Pages that {@link VmapBlocks.holds} were unmapped; a mapping that somebody else gave back meanwhile is left alone.
   *
   * @returns the first page of their block if it is all dirty, and given up; else -1
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

  /** A block is one no more. @returns its first page */
  private giveUp(block: number): number {
    const vpn = this.pool.start[block];
    this.tree.remove(block);
    this.pool.give(block);
    return vpn;
  }

  /**
   * Gives up the blocks with nothing mapped and some pages free. @returns their first pages
   *
   * @param all - those with many free pages too, which are still of use
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

  /** The range that holds the dirty pages of all blocks, which are taken to be flushed now; `undefined` if there are none. */
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

  /** Takes a block from the queue. `before`: the one before it; 0: it is the first. */
  private dequeue(block: number, before: number): void {
    const { pool, state } = this;
    if (before === 0) state[1] = pool.next[block];
    else pool.next[before] = pool.next[block];
    if (state[2] === block) state[2] = before;
  }
}
