import type { PhysicalMemory } from "@kasan/mmu";
import { NO_LOCK, type SpinLock } from "../smp/lock.ts";
import { Gfp } from "./gfp.ts";
import { type PageDescriptors, PGTY_BUDDY, PGTY_NONE } from "./page-descriptors.ts";
import type { PageLists, PageSource } from "./per-cpu-pages.ts";
import { NO_ZEROING, type Zeroing } from "./zeroing.ts";

/** Largest block: 2^10 pages, 4 MB with 4 KB pages (MAX_PAGE_ORDER of include/linux/mmzone.h). */
export const MAX_ORDER = 10;

/** Bytes of the arena that the allocator needs: a list head and a count per order, and the totals. */
export const BUDDY_STATE_BYTES = 8 * (MAX_ORDER + 1) + 32;

/** KASAN's hooks for pages; they do nothing in a machine without KASAN. */
export interface PageHooks {
  /** Called after 2^order pages from `pfn` on are allocated. @returns false if memory for their shadow is short */
  allocated(pfn: number, order: number, gfp: number): boolean;
  /** Called before 2^order pages from `pfn` on become free. */
  freed(pfn: number, order: number): void;
}

/** The parts that a page allocator uses. */
export interface BuddyParts {
  /** KASAN's hooks for pages. */
  readonly hooks: PageHooks;
  /** Protects the free blocks; none by default, for a single CPU. */
  readonly lock?: SpinLock;
  /** Per-CPU lists of single pages; none by default. */
  readonly lists?: PageLists;
  /** Whether pages are filled with zeros that nobody asks for; they are not by default. */
  readonly zeroing?: Zeroing;
}

/**
 * The page allocator: binary buddies (mm/page_alloc.c). It manages blocks of 2^order pages and merges a freed block with its buddy
 * while that is free. Lists are doubly linked through the page descriptors, most recently freed first. Single pages go through a
 * per-CPU list. O({@link MAX_ORDER}) per call.
 *
 * Lock order: a CPU's list, then the blocks.
 */
export class BuddyAllocator implements PageSource {
  /** Layout: [order] = first frame of the list, [11 + order] = number of blocks on it, then the totals. */
  private readonly state: Uint32Array;
  private readonly pages: PageDescriptors;
  private readonly ram: PhysicalMemory;
  private readonly hooks: PageHooks;
  private readonly pageSize: number;

  private readonly lock: SpinLock;
  private readonly lists: PageLists | undefined;
  private readonly zeroing: Zeroing;

  /** @param stateOffset - buffer offset of {@link BUDDY_STATE_BYTES} bytes */
  constructor(
    ram: PhysicalMemory,
    stateOffset: number,
    pages: PageDescriptors,
    { hooks, lock = NO_LOCK, lists, zeroing = NO_ZEROING }: BuddyParts,
  ) {
    this.zeroing = zeroing;
    this.lock = lock;
    this.lists = lists;
    this.ram = ram;
    this.pages = pages;
    this.hooks = hooks;
    this.pageSize = 2 ** pages.pageShift;
    this.state = new Uint32Array(ram.u8.buffer, stateOffset, BUDDY_STATE_BYTES / 4);
  }

  /** Number of free pages. */
  get freePages(): number {
    let free = this.state[FREE];
    if (this.lists) for (const list of this.lists.all) free += list.count;
    return free;
  }

  /** Peak number of pages in use since boot; exact with one CPU only. */
  get peakUsedPages(): number {
    this.noteLowest();
    return this.state[TOTAL] - this.state[LOWEST_FREE];
  }

  /** Called under the lock before or after the blocks change: updates the lowest number of free pages. */
  private noteLowest(): void {
    const { state } = this;
    let free = state[FREE];
    if (this.lists) for (const list of this.lists.all) free += list.least;
    if (free < state[LOWEST_FREE]) state[LOWEST_FREE] = free;
    this.lists?.own.forget();
  }

  /** Number of pages given to the allocator at boot. */
  get totalPages(): number {
    return this.state[TOTAL];
  }

  /** Number of free blocks of an order. */
  freeBlocks(order: number): number {
    return this.state[MAX_ORDER + 1 + order];
  }

  /** Boot: adds frames `from` up to `to`, in the largest aligned blocks. */
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
    if (gfp & Gfp.ZERO || this.zeroing.initOnAlloc) this.zero(pfn, order);
    return pfn;
  }

  private zero(pfn: number, order: number): void {
    this.ram.fill(0, pfn * this.pageSize, (pfn + (1 << order)) * this.pageSize);
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

  /** Returns the pages on all CPUs' lists to the blocks (drain_all_pages). */
  drain(): void {
    for (const list of this.lists?.all ?? []) list.drain(this);
  }

  /** Releases the lists' locks, when their holder will not return to release them. */
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

  /** Frees 2^order pages, whatever their reference count. */
  free(pfn: number, order: number): void {
    this.clear(pfn, order);
    if (this.zeroing.initOnFree) this.zero(pfn, order);
    if (order === 0 && this.lists) return this.lists.own.put(pfn, this);
    this.lock.acquire();
    this.noteLowest();
    this.giveBlock(pfn, order);
    this.lock.release();
  }

  /** Frees a page that is to be used again as late as possible: it becomes the last free block of its size (FPI_TO_TAIL). */
  freeLast(pfn: number): void {
    this.clear(pfn, 0);
    this.lock.acquire();
    this.noteLowest();
    this.giveBlock(pfn, 0, true);
    this.lock.release();
  }

  private giveBlock(pfn: number, order: number, last = false): void {
    while (order < MAX_ORDER) {
      const buddy = pfn ^ (1 << order);
      if (buddy >= this.pages.frames || this.pages.type(buddy) !== PGTY_BUDDY || this.pages.private_(buddy) !== order)
        break;
      this.remove(buddy, order);
      pfn &= buddy;
      order++;
    }
    this.insert(pfn, order, last);
  }

  /** Clears the reference counts of pages about to be freed, so that a second free of any of them is noticed. */
  private clear(pfn: number, order: number): void {
    this.hooks.freed(pfn, order);
    for (let i = pfn; i < pfn + (1 << order); i++) {
      this.pages.prepare(i, 0, false);
      this.pages.setReferences(i, 0);
    }
  }

  /** Adds a free block to the list of its order: as its first, or as its last. */
  private insert(pfn: number, order: number, last = false): void {
    const { pages, state } = this;
    let before = 0;
    let after = state[order];
    while (last && after !== 0) {
      before = after;
      after = pages.next(after);
    }
    pages.setType(pfn, PGTY_BUDDY);
    pages.setPrivate(pfn, order);
    pages.setNext(pfn, after);
    pages.setPrevious(pfn, before);
    if (after !== 0) pages.setPrevious(after, pfn);
    if (before !== 0) pages.setNext(before, pfn);
    else state[order] = pfn;
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
    pages.setType(pfn, PGTY_NONE);
    pages.setPrivate(pfn, 0);
    state[MAX_ORDER + 1 + order]--;
    state[FREE] -= 1 << order;
  }
}

const FREE = 2 * (MAX_ORDER + 1);
const TOTAL = FREE + 1;
const LOWEST_FREE = FREE + 2;
