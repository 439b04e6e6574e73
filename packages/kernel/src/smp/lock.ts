/** How often a lock that is taken is looked at before its waiter sleeps: a few microseconds, as long as most are held. */
const SPINS = 2000;
/** Longest sleep between looks, ms: a holder that the host has suspended. */
const SLEEP = 0.05;

/**
 * A lock of the machine's own, between CPUs: a word of the buffer that holds its owner's number + 1. A CPU may take a lock
 * that it holds already. Where there is one CPU, it does nothing: its threads never run at the same time, and change over
 * only where no lock is held.
 */
export class SpinLock {
  private readonly words: Int32Array;
  private readonly index: number;
  private readonly owner: number;
  private depth = 0;

  /**
   * @param words - the buffer
   * @param index - of the lock's word, 0 at first
   * @param cpu - the number of the CPU that this view is for; -1 if there is no other CPU
   */
  constructor(words: Int32Array, index: number, cpu: number) {
    this.words = words;
    this.index = index;
    this.owner = cpu + 1;
  }

  /** Takes the lock, when it is free. */
  acquire(): void {
    if (this.owner === 0) return;
    if (this.depth++ > 0) return;
    const { words, index, owner } = this;
    if (Atomics.compareExchange(words, index, 0, owner) !== 0) this.wait();
  }

  private wait(): void {
    const { words, index, owner } = this;
    for (;;) {
      for (let i = 0; i < SPINS; i++) {
        if (Atomics.load(words, index) === 0 && Atomics.compareExchange(words, index, 0, owner) === 0) return;
      }
      const holder = Atomics.load(words, index);
      if (holder !== 0) Atomics.wait(words, index, holder, SLEEP);
    }
  }

  /** Gives the lock back. Must follow an {@link SpinLock.acquire} of this CPU. */
  release(): void {
    if (this.owner === 0) return;
    if (--this.depth === 0) Atomics.store(this.words, this.index, 0);
  }

  /** Gives the lock back however often it was taken: its holder does not return to where it would. */
  abandon(): void {
    if (this.depth === 0) return;
    this.depth = 1;
    this.release();
  }
}

const LOCKS = ["kernel", "console", "slab", "tables", "shadow", "pages", "depot", "names", "schedule"] as const;

/**
 * The machine's locks. A CPU that holds one takes only those that stand after it here; each CPU's list of free pages has a lock
 * of its own, which comes between `shadow` and `pages`.
 */
export interface Locks {
  /** Of services that are called too rarely to have a lock of their own. */
  readonly kernel: SpinLock;
  /** Of a report or a line of the log, whole. */
  readonly console: SpinLock;
  /** Of caches, their slabs, the quarantine. */
  readonly slab: SpinLock;
  /** One for each CPU's part of vmalloc space: its areas, free and in use; the first: of module space, too. */
  readonly areas: readonly SpinLock[];
  /** Of the page tables (init_mm.page_table_lock). */
  readonly tables: SpinLock;
  /** Of which pages of the direct map have shadow of their own (shadow_lock of the per-page series). */
  readonly shadow: SpinLock;
  /** Of the page allocator. */
  readonly pages: SpinLock;
  /** Of the stack depot. */
  readonly depot: SpinLock;
  /** Of names of kernel functions. */
  readonly names: SpinLock;
  /** Of tasks, and what they wait for. */
  readonly schedule: SpinLock;
}

/** Bytes between two locks: a cache line, so that they do not disturb each other. */
const LINE = 64;
/** Bytes of the arena that the locks of `cpus` CPUs take. */
export const locksBytes = (cpus: number): number => (LOCKS.length + cpus) * LINE;

/** Views of the locks at a buffer offset, for one CPU of `cpus`. */
export function viewLocks(words: Int32Array, offset: number, cpu: number, cpus: number): Locks {
  const lock = (i: number) => new SpinLock(words, (offset + i * LINE) >>> 2, cpus > 1 ? cpu : -1);
  const single = Object.fromEntries(LOCKS.map((name, i) => [name, lock(i)])) as Record<
    (typeof LOCKS)[number],
    SpinLock
  >;
  return { ...single, areas: Array.from({ length: cpus }, (_, node) => lock(LOCKS.length + node)) };
}

/** For what one CPU has to itself: a lock that does nothing. */
export const NO_LOCK = new SpinLock(new Int32Array(1), 0, -1);
