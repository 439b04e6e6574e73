import { hex, PAGE_SHIFT } from "@kasan/shadow";
import { BLOCK_STATE_WORDS, VmapBlocks } from "./blocks.ts";
import { VmallocError } from "./error.ts";
import type { RangePool } from "./range-pool.ts";
import { RangeTree } from "./range-tree.ts";

/** Flags of an area (`VM_…` and `VMAP_RAM` of include/linux/vmalloc.h and mm/vmalloc.c). */
export const AreaFlag = {
  /** `VMAP_RAM`: created by vm_map_ram. The caller owns its pages, and it has no guard page. */
  RAM: 1,
  /** `VM_ALLOC`: its pages were allocated for it and are freed with it. */
  ALLOC: 2,
  /** `VM_MAP`: the caller owns its pages. */
  MAP: 4,
  /** `VMAP_BLOCK`: belongs to {@link VmapBlocks}, which alone frees it. */
  BLOCK: 8,
} as const;

/** Bytes of the arena for the roots and counters of an {@link AreaAllocator}. */
export const AREA_STATE_BYTES = 40;

/** An area as data. */
export interface Area {
  /** First page number. */
  readonly vpn: number;
  /** Number of pages including the guard page. An area of {@link AreaFlag}.RAM has none. */
  readonly pages: number;
  /** Number of pages with memory behind them. */
  readonly backed: number;
  /** Call-stack word of the caller that requested it. */
  readonly caller: number;
  /** {@link AreaFlag}s. */
  readonly flags: number;
}

/**
 * Called for a freed area whose addresses become usable again.
 *
 * @param vpn - first page number of the area
 * @param pages - its pages, including the guard page
 * @param freeVpn - first page number of the free range that now contains it
 * @param freePages - number of pages of that range
 */
export type PurgedArea = (vpn: number, pages: number, freeVpn: number, freePages: number) => void;

/**
 * Address ranges of one part of the address space: free ranges in one tree, areas in another. A freed area waits on a list until a
 * purge, so that one TLB flush serves many areas (mm/vmalloc.c).
 */
export class AreaAllocator {
  private readonly pool: RangePool;
  private readonly free: RangeTree;
  private readonly busy: RangeTree;
  private readonly state: Uint32Array;
  /** The areas that vm_map_ram divides among small mappings. */
  readonly blocks: VmapBlocks;

  /**
   * Views the areas in `state` or, if its bytes are zero, starts with one free range.
   *
   * @param pool - records; several allocators may share it
   * @param state - {@link AREA_STATE_BYTES} bytes of the arena: free root, busy root, lazy list, lazy pages, busy areas, busy
   *   pages, initialized, {@link BLOCK_STATE_WORDS} of the blocks
   * @param start - first address, a multiple of the page size
   * @param end - last address, the last byte of its page
   * @param pageShift - log2 of the page size, 12 by default
   * @throws {@link VmallocError} `VMALLOC_RANGE` if that is not a range of pages, `VMALLOC_RECORDS` if the pool is used up
   */
  constructor(pool: RangePool, state: Uint32Array, start: bigint, end: bigint, pageShift = PAGE_SHIFT) {
    const shift = BigInt(pageShift);
    const page = 1n << shift;
    if (start % page !== 0n || (end + 1n) % page !== 0n || end <= start) {
      throw new VmallocError(
        "VMALLOC_RANGE",
        `no range of pages: ${hex(start)} to ${hex(end)}; start at a page, end behind it`,
      );
    }
    this.pool = pool;
    this.state = state;
    this.free = new RangeTree(pool, state.subarray(0, 1));
    this.busy = new RangeTree(pool, state.subarray(1, 2), false);
    this.blocks = new VmapBlocks(pool, state.subarray(7, 7 + BLOCK_STATE_WORDS));
    if (state[6] === 0) {
      const firstVpn = Number(start >> shift);
      const everything = pool.take(firstVpn, Number((end + 1n) >> shift) - firstVpn);
      if (everything === 0) {
        throw new VmallocError("VMALLOC_RECORDS", "no record left for the free range; make the pool larger");
      }
      state[6] = 1;
      this.free.insert(everything);
    }
  }

  /** Number of pages in areas that were freed but not yet purged. */
  get lazyPages(): number {
    return this.state[3];
  }

  /** Number of areas in use. */
  get count(): number {
    return this.state[4];
  }

  /** Number of pages of areas in use, including guard pages. */
  get usedPages(): number {
    return this.state[5];
  }

  /**
   * Allocates an area in the lowest free range of `pages` pages. O(log n) for `align` 1.
   *
   * @param pages - 1 or more, including the guard page
   * @param align - alignment of the first page number in pages; 1 or more
   * @param flags - {@link AreaFlag}s
   * @param caller - call-stack word of the caller
   * @param backed - number of pages that will have memory behind them
   * @returns the first page number, or -1, with nothing changed, if no range is large enough or the records are used up
   */
  allocate(pages: number, align: number, flags: number, caller: number, backed = 0): number {
    const { pool, free } = this;
    const range = free.lowestFit(pages, align);
    if (range === 0) return -1;
    const vpn = Math.ceil(pool.start[range] / align) * align;
    return this.takeFrom(range, vpn, pages, flags, caller, backed) ? vpn : -1;
  }

  /** Whether pages are free: not in use, and not waiting for the purge. */
  isFree(vpn: number, pages: number): boolean {
    const { pool, free } = this;
    const range = free.containing(vpn);
    return range !== 0 && vpn + pages <= pool.start[range] + pool.pages[range];
  }

  /**
   * Allocates the `pages` pages from `vpn` on, chosen by the caller, as an area.
   *
   * @returns false, with nothing changed, if they are not free or the records are used up
   */
  allocateAt(vpn: number, pages: number, caller = 0, backed = 0): boolean {
    if (!this.isFree(vpn, pages)) return false;
    return this.takeFrom(this.free.containing(vpn), vpn, pages, AreaFlag.ALLOC, caller, backed);
  }

  /** Turns part of a free range into an area. @returns false if the records are used up */
  private takeFrom(range: number, vpn: number, pages: number, flags: number, caller: number, backed: number): boolean {
    const { pool, free } = this;
    const start = pool.start[range];
    const end = start + pool.pages[range];
    // On an exact fit, the free record becomes the busy one.
    let area = range;
    if (end - start === pages) free.remove(range);
    else {
      area = pool.take(vpn, pages);
      if (area === 0) return false;
      if (vpn > start && vpn + pages < end) {
        const rest = pool.take(vpn + pages, end - vpn - pages);
        if (rest === 0) {
          pool.give(area);
          return false;
        }
        free.resize(range, start, vpn - start);
        free.insert(rest);
      } else if (vpn > start) free.resize(range, start, vpn - start);
      else free.resize(range, vpn + pages, end - vpn - pages);
    }
    pool.flags[area] = flags;
    pool.caller[area] = caller;
    pool.backed[area] = backed;
    this.busy.insert(area);
    this.state[4]++;
    this.state[5] += pages;
    return true;
  }

  /** The area that contains a page. */
  find(vpn: number): Area | undefined {
    const area = this.busy.containing(vpn);
    return area === 0 ? undefined : this.data(area);
  }

  private data(area: number): Area {
    const { pool } = this;
    return {
      vpn: pool.start[area],
      pages: pool.pages[area],
      backed: pool.backed[area],
      caller: pool.caller[area],
      flags: pool.flags[area],
    };
  }

  /** All areas in use, in ascending order. */
  *areas(): Generator<Area> {
    for (const area of this.busy) yield this.data(area);
  }

  /** Areas that were freed and wait for the purge, newest first. */
  *waiting(): Generator<Area> {
    for (let area = this.state[2]; area !== 0; area = this.pool.next[area]) yield this.data(area);
  }

  /**
   * Removes the area that starts at `vpn` from those in use: it is no longer found, but its addresses stay taken.
   *
   * @param isBlock - whether to look for an area of {@link AreaFlag}.BLOCK
   * @returns its record, for {@link AreaAllocator.defer}; 0 if there is none
   */
  unlink(vpn: number, isBlock = false): number {
    const area = this.busy.containing(vpn);
    if (area === 0 || this.pool.start[area] !== vpn) return 0;
    if (((this.pool.flags[area] & AreaFlag.BLOCK) !== 0) !== isBlock) return 0;
    this.busy.remove(area);
    this.state[4]--;
    this.state[5] -= this.pool.pages[area];
    return area;
  }

  /** Number of pages of an unlinked area, including the guard page. */
  pagesOf(record: number): number {
    return this.pool.pages[record];
  }

  /** {@link AreaFlag}s of an unlinked area. */
  flagsOf(record: number): number {
    return this.pool.flags[record];
  }

  /** Puts an unlinked area on the lazy list. */
  defer(record: number): void {
    this.pool.next[record] = this.state[2];
    this.state[2] = record;
    this.state[3] += this.pool.pages[record];
  }

  /** Puts the area that starts at `vpn` on the lazy list. @returns false if there is none */
  release(vpn: number): boolean {
    const area = this.unlink(vpn);
    if (area !== 0) this.defer(area);
    return area !== 0;
  }

  /** Frees at once the area that starts at `vpn`, which has never been used. */
  cancel(vpn: number): void {
    const area = this.unlink(vpn) || this.unlink(vpn, true);
    if (area !== 0) this.addFree(area);
  }

  /**
   * Frees waiting areas in ascending order. All areas join the free ranges before the first call of `purged`, so that each call
   * gets the complete range.
   *
   * @param flush - flushes a range of pages that contains all these areas from the TLBs; called once, unless nothing waits
   * @param purged - called for each area; must not change the areas
   * @param limit - maximum number of areas, longest waiting first; all by default
   * @returns the number of areas
   */
  purge(flush: (vpn: number, pages: number) => void, purged: PurgedArea, limit = Number.POSITIVE_INFINITY): number {
    const waiting = this.takeWaiting(limit);
    const { start, pages } = this.pool;
    // Their records are freed, so copy their contents.
    const vpns = waiting.map((area) => start[area]);
    const sizes = waiting.map((area) => pages[area]);
    const last = vpns.length - 1;
    if (last < 0) return 0;
    flush(vpns[0], vpns[last] + sizes[last] - vpns[0]);
    this.addAllFree(waiting);
    let freeVpn = 0;
    let freeEnd = 0;
    for (let i = 0; i < vpns.length; i++) {
      if (vpns[i] >= freeEnd) {
        const range = this.free.containing(vpns[i]);
        freeVpn = start[range];
        freeEnd = freeVpn + pages[range];
      }
      purged(vpns[i], sizes[i], freeVpn, freeEnd - freeVpn);
    }
    return vpns.length;
  }

  /** Takes areas from the lazy list, at most `limit`, longest waiting first. @returns their records in ascending order */
  private takeWaiting(limit: number): number[] {
    const { pool, state } = this;
    const records: number[] = [];
    for (let area = state[2]; area !== 0; area = pool.next[area]) records.push(area);
    // The newest area is first on the list.
    const kept = Math.max(0, records.length - limit);
    if (kept === 0) state[2] = 0;
    else pool.next[records[kept - 1]] = 0;
    const taken = records.slice(kept);
    for (const area of taken) state[3] -= pool.pages[area];
    return taken.sort((a, b) => pool.start[a] - pool.start[b]);
  }

  /** Frees ranges given in ascending order; adjacent ranges are merged first and added as one. */
  private addAllFree(records: readonly number[]): void {
    const { pool } = this;
    for (let i = 0; i < records.length; ) {
      const first = records[i];
      let end = pool.start[first] + pool.pages[first];
      for (i++; i < records.length && pool.start[records[i]] === end; i++) {
        end += pool.pages[records[i]];
        pool.give(records[i]);
      }
      pool.pages[first] = end - pool.start[first];
      this.addFree(first);
    }
  }

  /** Frees a record's range and merges it with its free neighbours. */
  private addFree(record: number): void {
    const { free } = this;
    const { start, pages } = this.pool;
    const from = start[record];
    const end = from + pages[record];
    const below = free.atOrBelow(from);
    const above = free.above(from);
    const joinsBelow = below !== 0 && start[below] + pages[below] === from;
    const joinsAbove = above !== 0 && start[above] === end;
    if (joinsBelow && joinsAbove) {
      const last = end + pages[above];
      free.remove(above);
      this.pool.give(above);
      free.resize(below, start[below], last - start[below]);
    } else if (joinsBelow) free.resize(below, start[below], end - start[below]);
    else if (joinsAbove) free.resize(above, from, end + pages[above] - from);
    else {
      free.insert(record);
      return;
    }
    this.pool.give(record);
  }
}
