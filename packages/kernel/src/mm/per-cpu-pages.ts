import type { PhysicalMemory } from "@kasan/mmu";
import { SpinLock } from "../smp/lock.ts";

/** Words of a list: the lock, in a cache line of its own; how many pages there are, and were at least; their frames. */
const COUNT = 16;
const LEAST = 17;
const FRAMES = 18;

/**
 * Pages that a list takes from the allocator at a time, and gives back at a time (zone_batchsize of mm/page_alloc.c).
 *
 * @param pages - pages of RAM
 */
export function batchPages(pages: number): number {
  const quarter = Math.max(1, Math.floor(Math.min(pages / 1024, 256) / 4));
  return Math.max(1, 2 ** Math.floor(Math.log2(quarter + Math.floor(quarter / 2))) - 1);
}

/** Most pages on a list: four batches (zone_highsize of mm/page_alloc.c has at least as many). */
export const highPages = (pages: number): number => 4 * batchPages(pages);

/** Bytes of the arena that the lists of `cpus` CPUs take. */
export const perCpuPagesBytes = (pages: number, cpus: number): number => cpus * listBytes(pages);

const listBytes = (pages: number): number => Math.ceil((4 * (FRAMES + highPages(pages))) / 64) * 64;

/** What stands behind the lists. */
export interface PageSource {
  /** Takes up to `count` single pages and hands each to `found`. */
  takePages(count: number, found: (pfn: number) => void): void;
  /** Takes a page back. */
  givePage(pfn: number): void;
}

/**
 * Single free pages that one CPU keeps for itself, so that CPUs rarely meet at the page allocator's lock (`struct
 * per_cpu_pages` of include/linux/mmzone.h). The page freed last is the first to be used again. Each list has a lock,
 * which other CPUs take when memory is short.
 */
class PerCpuPages {
  private readonly words: Uint32Array;
  private readonly lock: SpinLock;
  private readonly batch: number;
  private readonly high: number;

  /**
   * @param ram - the buffer
   * @param offset - of the list's bytes, zero at first
   * @param pages - pages of RAM
   * @param cpu - the number of the CPU that this view is for; -1 if there is no other
   */
  constructor(ram: PhysicalMemory, offset: number, pages: number, cpu: number) {
    this.words = new Uint32Array(ram.u8.buffer, offset, listBytes(pages) / 4);
    this.lock = new SpinLock(ram.i32, offset / 4, cpu);
    this.batch = batchPages(pages);
    this.high = highPages(pages);
  }

  /** Pages on the list. */
  get count(): number {
    return this.words[COUNT];
  }

  /** Fewest pages that were on the list since {@link PerCpuPages.forget}. */
  get least(): number {
    return this.words[LEAST];
  }

  /** {@link PerCpuPages.least} counts from now on. */
  forget(): void {
    this.words[LEAST] = this.words[COUNT];
  }

  /** Takes a page, from the source if there is none on the list. @returns -1 if the source has none either */
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

  /** The page that came first is used first: as a rule, ascending. */
  private fill(source: PageSource): void {
    const { words } = this;
    source.takePages(this.batch, (pfn) => {
      words[FRAMES + words[COUNT]++] = pfn;
    });
    words.subarray(FRAMES, FRAMES + words[COUNT]).reverse();
    this.forget();
  }

  /** Puts a page on the list; the source gets the oldest when there are too many. */
  put(pfn: number, source: PageSource): void {
    const { words, lock } = this;
    lock.acquire();
    if (words[COUNT] === this.high) this.giveBack(this.batch, source);
    words[FRAMES + words[COUNT]++] = pfn;
    lock.release();
  }

  /** Gives all pages back. */
  drain(source: PageSource): void {
    this.lock.acquire();
    this.giveBack(this.words[COUNT], source);
    this.lock.release();
  }

  /** Under the lock. */
  private giveBack(count: number, source: PageSource): void {
    const { words } = this;
    for (let i = 0; i < count; i++) source.givePage(words[FRAMES + i]);
    words.copyWithin(FRAMES, FRAMES + count, FRAMES + words[COUNT]);
    words[COUNT] -= count;
    this.forget();
  }

  /** Gives the lock back: its holder does not return to where it would. */
  abandon(): void {
    this.lock.abandon();
  }
}

/** The lists of single pages that a CPU sees. */
export interface PageLists {
  /** Of all CPUs. */
  readonly all: readonly PerCpuPages[];
  /** Its own. */
  readonly own: PerCpuPages;
}

/**
 * The lists of all CPUs, as one of them sees them.
 *
 * @param offset - of {@link perCpuPagesBytes} bytes of the arena, zero at first, aligned to 64
 * @param pages - pages of RAM
 */
export function pageLists(ram: PhysicalMemory, offset: number, pages: number, cpu: number, cpus: number): PageLists {
  const all = Array.from({ length: cpus }, (_, list) => {
    return new PerCpuPages(ram, offset + list * listBytes(pages), pages, cpus > 1 ? cpu : -1);
  });
  return { all, own: all[cpu] };
}
