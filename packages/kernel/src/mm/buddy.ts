import type { PhysicalMemory } from "@kasan/mmu";
import { NO_LOCK, type SpinLock } from "../smp/lock.ts";
import { Gfp } from "./gfp.ts";
import { type PageDescriptors, PGTY_BUDDY } from "./page-descriptors.ts";
import type { PageLists, PageSource } from "./per-cpu-pages.ts";

/** Largest block: 2^10 pages, 4 MB of 4 KB each (MAX_PAGE_ORDER of include/linux/mmzone.h). */
export const MAX_ORDER = 10;

/** Bytes of the arena that the allocator needs: a list head and a count per order, and totals. */
export const BUDDY_STATE_BYTES = 8 * (MAX_ORDER + 1) + 32;

/** What KASAN does when pages change hands; nothing in a machine without KASAN. */
export interface PageHooks {
  /** 2^order pages from `pfn` on were allocated. @returns false if memory for their shadow is short */
  allocated(pfn: number, order: number, gfp: number): boolean;
  /** 2^order pages from `pfn` on are about to be free. */
  freed(pfn: number, order: number): void;
}

/** What a page allocator works with. */
export interface BuddyParts {
  /** What KASAN does when pages change hands. */
  readonly hooks: PageHooks;
  /** Of the free blocks; none by default: one CPU has them to itself. */
  readonly lock?: SpinLock;
  /** CPUs' lists of single pages; none by default. */
  readonly lists?: PageLists;
}

/**
 * The page allocator: binary buddies (mm/page_alloc.c). Blocks of 2^order pages; a freed block joins its buddy while
 * that is free. Lists are doubly linked through the page descriptors, most recently freed first. Single pages go through
 * a list of the CPU's own. O({@link MAX_ORDER}) per call.
 *
 * Locks: a CPU's list, then the blocks.
 */
export class BuddyAllocator implements PageSource {
  /** Layout: [order] = first frame of the list, [11 + order] = blocks on it, then the totals. */
  private readonly state: Uint32Array;
  private readonly pages: PageDescriptors;
  private readonly ram: PhysicalMemory;
  private readonly hooks: PageHooks;
  private readonly pageSize: number;

  private readonly lock: SpinLock;
  private readonly lists: PageLists | undefined;

  /** @param stateOffset - buffer offset of {@link BUDDY_STATE_BYTES} bytes */
  constructor(
    ram: PhysicalMemory,
    stateOffset: number,
    pages: PageDescriptors,
    { hooks, lock = NO_LOCK, lists }: BuddyParts,
  ) {
    this.lock = lock;
    this.lists = lists;
    this.ram = ram;
    this.pages = pages;
    this.hooks = hooks;
    this.pageSize = 2 ** pages.pageShift;
    this.state = new Uint32Array(ram.u8.buffer, stateOffset, BUDDY_STATE_BYTES / 4);
  }

  /** Free pages now. */
  get freePages(): number {
    let free = this.state[FREE];
    if (this.lists) for (const list of this.lists.all) free += list.count;
    return free;
  }

  /** Most pages in use at one time since boot; exact where there is one CPU. */
  get peakUsedPages(): number {
    this.noteLowest();
    return this.state[TOTAL] - this.state[LOWEST_FREE];
  }

  /** The blocks are about to change, or did: how few pages were free since the last time? Under the lock. */
  private noteLowest(): void {
    const { state } = this;
    let free = state[FREE];
    if (this.lists) for (const list of this.lists.all) free += list.least;
    if (free < state[LOWEST_FREE]) state[LOWEST_FREE] = free;
    this.lists?.own.forget();
  }

  /** Pages that the allocator was given at boot. */
  get totalPages(): number {
    return this.state[TOTAL];
  }

  /** Free blocks of one order. */
  freeBlocks(order: number): number {
    return this.state[MAX_ORDER + 1 + order];
  }

  /** Boot: hands frames `from` up to `to` to the allocator, in the largest aligned blocks. */
  addRange(from: number, to: number): void {
    this.state[TOTAL] += to - from;
    for (let pfn = from; pfn < to; ) {
      let order = 0;
      while (order < MAX_ORDER && pfn % (2 << order) === 0 && pfn + (2 << order) <= to) order++;
      this.clear(pfn, order);
      this.insert(pfn, order);
      pfn += 1 << order;
    }
    this.state[LOWEST_FREE] = this.state[FREE];
  }

  /**
   * Allocates 2^order pages.
   *
   * @returns the first frame, or -1 if there is no block of that size or the order is above {@link MAX_ORDER}
   */
  allocate(order: number, gfp: number): number {
    let pfn = this.takeFree(order);
    if (pfn < 0 && this.lists) {
      this.drain();
      pfn = this.takeFree(order);
    }
    if (pfn < 0) return -1;
    this.pages.prepare(pfn, order, (gfp & Gfp.COMP) !== 0);
    if (!this.hooks.allocated(pfn, order, gfp)) {
      this.free(pfn, order);
      return -1;
    }
    if (gfp & Gfp.ZERO) this.ram.fill(0, pfn * this.pageSize, (pfn + (1 << order)) * this.pageSize);
    return pfn;
  }

  private takeFree(order: number): number {
    if (order === 0 && this.lists) return this.lists.own.take(this);
    this.lock.acquire();
    this.noteLowest();
    const pfn = this.takeBlock(order);
    this.noteLowest();
    this.lock.release();
    return pfn;
  }

  /** The pages on all CPUs' lists become blocks again (drain_all_pages). */
  drain(): void {
    for (const list of this.lists?.all ?? []) list.drain(this);
  }

  /** Gives the lists' locks back: their holder does not return to where it would. */
  abandonLists(): void {
    for (const list of this.lists?.all ?? []) list.abandon();
  }

  takePages(count: number, found: (pfn: number) => void): void {
    this.lock.acquire();
    this.noteLowest();
    for (let i = 0; i < count; i++) {
      const pfn = this.takeBlock(0);
      if (pfn < 0) break;
      found(pfn);
    }
    this.lock.release();
  }

  givePage(pfn: number): void {
    this.lock.acquire();
    this.noteLowest();
    this.giveBlock(pfn, 0);
    this.lock.release();
  }

  private takeBlock(order: number): number {
    let found = order;
    while (found <= MAX_ORDER && this.state[found] === 0) found++;
    if (found > MAX_ORDER) return -1;
    const pfn = this.state[found];
    this.remove(pfn, found);
    while (found > order) {
      found--;
      this.insert(pfn + (1 << found), found);
    }
    return pfn;
  }

  /** Frees 2^order pages, without regard to their reference count. */
  free(pfn: number, order: number): void {
    this.clear(pfn, order);
    if (order === 0 && this.lists) return this.lists.own.put(pfn, this);
    this.lock.acquire();
    this.noteLowest();
    this.giveBlock(pfn, order);
    this.lock.release();
  }

  private giveBlock(pfn: number, order: number): void {
    while (order < MAX_ORDER) {
      const buddy = pfn ^ (1 << order);
      if (buddy >= this.pages.frames || this.pages.type(buddy) !== PGTY_BUDDY || this.pages.private_(buddy) !== order)
        break;
      this.remove(buddy, order);
      pfn &= buddy;
      order++;
    }
    this.insert(pfn, order);
  }

  /** Pages on their way to be free: no references, so that a second free of any of them is noticed. */
  private clear(pfn: number, order: number): void {
    this.hooks.freed(pfn, order);
    for (let i = pfn; i < pfn + (1 << order); i++) {
      this.pages.prepare(i, 0, false);
      this.pages.setReferences(i, 0);
    }
  }

  private insert(pfn: number, order: number): void {
    const { pages, state } = this;
    const first = state[order];
    pages.setType(pfn, PGTY_BUDDY);
    pages.setPrivate(pfn, order);
    pages.setNext(pfn, first);
    pages.setPrevious(pfn, 0);
    if (first !== 0) pages.setPrevious(first, pfn);
    state[order] = pfn;
    state[MAX_ORDER + 1 + order]++;
    state[FREE] += 1 << order;
  }

  private remove(pfn: number, order: number): void {
    const { pages, state } = this;
    const next = pages.next(pfn);
    const previous = pages.previous(pfn);
    if (previous === 0) state[order] = next;
    else pages.setNext(previous, next);
    if (next !== 0) pages.setPrevious(next, previous);
    pages.setType(pfn, 0xff);
    pages.setPrivate(pfn, 0);
    state[MAX_ORDER + 1 + order]--;
    state[FREE] -= 1 << order;
  }
}

const FREE = 2 * (MAX_ORDER + 1);
const TOTAL = FREE + 1;
const LOWEST_FREE = FREE + 2;
