import type { PhysicalMemory } from "@kasan/mmu";
import { SpinLock } from "../smp/lock.ts";

/** Words of a list: the lock, in its own cache line; the current and the lowest number of pages; their frames. */
const COUNT = 16;
const LEAST = 17;
const FRAMES = 18;

/**
 * Number of pages a list moves from or to the allocator at a time (zone_batchsize of mm/page_alloc.c).
 *
 * @param pages - pages of RAM
 */
export function batchPages(pages: number): number {
  const quarter = Math.max(1, Math.floor(Math.min(pages / 1024, 256) / 4));
  return Math.max(1, 2 ** Math.floor(Math.log2(quarter + Math.floor(quarter / 2))) - 1);
}

/** Maximum number of pages on a list: four batches (zone_highsize of mm/page_alloc.c allows at least as many). */
export const highPages = (pages: number): number => 4 * batchPages(pages);

/** Bytes of the arena that the lists of `cpus` CPUs need. */
export const perCpuPagesBytes = (pages: number, cpus: number): number => cpus * listBytes(pages);

const listBytes = (pages: number): number => Math.ceil((4 * (FRAMES + highPages(pages))) / 64) * 64;

/** The allocator behind the lists. */
export interface PageSource {
  /** Takes up to `count` single pages and passes each to `found`. */
  takePages(count: number, found: (pfn: number) => void): void;
  /** Takes a page back. */
  givePage(pfn: number): void;
}

/**
 * A list of free single pages that one CPU keeps for itself, to reduce contention on the page allocator's lock (`struct
 * per_cpu_pages` of include/linux/mmzone.h). The most recently freed page is reused first. Each list has a lock, which other CPUs
 * take when memory is short.
 */
class PerCpuPages {
  private readonly words: Uint32Array;
  private readonly lock: SpinLock;
  private readonly batch: number;
  private readonly high: number;

  /**
   * @param ram - the buffer
   * @param offset - buffer offset of the list, initially zero
   * @param pages - pages of RAM
   * @param cpu - number of the CPU this view belongs to; -1 if there is only one
   */
  constructor(ram: PhysicalMemory, offset: number, pages: number, cpu: number) {
    this.words = new Uint32Array(ram.u8.buffer, offset, listBytes(pages) / 4);
    this.lock = new SpinLock(ram.i32, offset / 4, cpu);
    this.batch = batchPages(pages);
    this.high = highPages(pages);
  }

  /** Number of pages on the list. */
  get count(): number {
    return this.words[COUNT];
  }

  /** Lowest number of pages on the list since {@link PerCpuPages.forget}. */
  get least(): number {
    return this.words[LEAST];
  }

  /** Restarts {@link PerCpuPages.least}. */
  forget(): void {
    this.words[LEAST] = this.words[COUNT];
  }

  /** Takes a page, from the source if the list is empty. @returns -1 if the source is empty too */
  take(source: PageSource): number {
    const { words, lock } = this;
    lock.acquire();
    if (words[COUNT] === 0) this.fill(source);
    const count = words[COUNT];
    const pfn = count === 0 ? -1 : words[FRAMES + count - 1];
    if (count !== 0) {
      words[COUNT] = count - 1;
      if (count - 1 < words[LEAST]) words[LEAST] = count - 1;
    }
    lock.release();
    return pfn;
  }

  /** Pages are used in the order they arrive, usually ascending. */
  private fill(source: PageSource): void {
    const { words } = this;
    source.takePages(this.batch, (pfn) => {
      words[FRAMES + words[COUNT]++] = pfn;
    });
    words.subarray(FRAMES, FRAMES + words[COUNT]).reverse();
    this.forget();
  }

  /** Adds a page to the list; if there are too many, the oldest go to the source. */
  put(pfn: number, source: PageSource): void {
    const { words, lock } = this;
    lock.acquire();
    if (words[COUNT] === this.high) this.giveBack(this.batch, source);
    words[FRAMES + words[COUNT]++] = pfn;
    lock.release();
  }

  /** Returns all pages to the source. */
  drain(source: PageSource): void {
    this.lock.acquire();
    this.giveBack(this.words[COUNT], source);
    this.lock.release();
  }

  /** Called under the lock. */
  private giveBack(count: number, source: PageSource): void {
    const { words } = this;
    for (let i = 0; i < count; i++) source.givePage(words[FRAMES + i]);
    words.copyWithin(FRAMES, FRAMES + count, FRAMES + words[COUNT]);
    words[COUNT] -= count;
    this.forget();
  }

  /** Releases the lock, when its holder will not return to release it. */
  abandon(): void {
    this.lock.abandon();
  }
}

/** The lists of single pages, as seen by one CPU. */
export interface PageLists {
  /** Lists of all CPUs. */
  readonly all: readonly PerCpuPages[];
  /** The CPU's own list. */
  readonly own: PerCpuPages;
}

/**
 * Creates one CPU's view of the lists of all CPUs.
 *
 * @param offset - buffer offset of {@link perCpuPagesBytes} bytes of the arena, initially zero, aligned to 64
 * @param pages - pages of RAM
 */
export function pageLists(ram: PhysicalMemory, offset: number, pages: number, cpu: number, cpus: number): PageLists {
  const all = Array.from({ length: cpus }, (_, list) => {
    return new PerCpuPages(ram, offset + list * listBytes(pages), pages, cpus > 1 ? cpu : -1);
  });
  return { all, own: all[cpu] };
}
