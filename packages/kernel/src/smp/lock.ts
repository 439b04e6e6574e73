/** Number of attempts before a waiter sleeps: a few microseconds, as long as most locks are held. */
const SPINS = 2000;
/** Longest sleep between attempts in ms, for a holder that the host has suspended. */
const SLEEP = 0.05;

/**
 * An internal lock of the machine between CPUs: a word of the buffer that holds its owner's number + 1. A CPU may take a lock that
 * it already holds. With a single CPU it does nothing: the CPU's threads never run at the same time and switch only where no lock
 * is held.
 */
export class SpinLock {
  private readonly words: Int32Array;
  private readonly index: number;
  private readonly owner: number;
  private depth = 0;

  /**
   * @param words - the buffer
   * @param index - index of the lock's word, initially 0
   * @param cpu - number of the CPU this view belongs to; -1 if there is only one CPU
   */
  constructor(words: Int32Array, index: number, cpu: number) {
    this.words = words;
    this.index = index;
    this.owner = cpu + 1;
  }

  /** Waits until the lock is free and takes it. */
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

  /** Releases the lock. Must follow an {@link SpinLock.acquire} by this CPU. */
  release(): void {
    if (this.owner === 0) return;
    if (--this.depth === 0) Atomics.store(this.words, this.index, 0);
  }

  /** Releases the lock however often it was taken, when its holder will not return to release it. */
  abandon(): void {
    if (this.depth === 0) return;
    this.depth = 1;
    this.release();
  }
}

const LOCKS = ["kernel", "console", "slab", "tables", "shadow", "pages", "ring", "depot", "names", "schedule"] as const;

/**
 * The machine's locks, in lock order: a CPU that holds one takes only later ones. Each CPU's list of free pages has its own lock,
 * which comes between `shadow` and `pages`.
 */
export interface Locks {
  /** Protects services that are called too rarely to have their own lock. */
  readonly kernel: SpinLock;
  /** Protects the output of a whole report or log line. */
  readonly console: SpinLock;
  /** Protects caches, their slabs, and the quarantine. */
  readonly slab: SpinLock;
  /** One lock for each CPU's part of vmalloc space: its free and used areas. The first also protects module space. */
  readonly areas: readonly SpinLock[];
  /** Protects the page tables (init_mm.page_table_lock). */
  readonly tables: SpinLock;
  /** Protects which pages of the direct map have shadow of their own (shadow_lock of the per-page series). */
  readonly shadow: SpinLock;
  /** Protects the page allocator. */
  readonly pages: SpinLock;
  /** Protects the stack ring of the tag-based modes. */
  readonly ring: SpinLock;
  /** Protects the stack depot. */
  readonly depot: SpinLock;
  /** Protects the names of kernel functions. */
  readonly names: SpinLock;
  /** Protects tasks and what they wait for. */
  readonly schedule: SpinLock;
}

/** Distance between two locks in bytes: a cache line, to avoid false sharing. */
const LINE = 64;
/** Bytes of the arena that the locks of `cpus` CPUs need. */
export const locksBytes = (cpus: number): number => (LOCKS.length + cpus) * LINE;

/** Creates one CPU's view of the locks at a buffer offset, for a machine with `cpus` CPUs. */
export function viewLocks(words: Int32Array, offset: number, cpu: number, cpus: number): Locks {
  const lock = (i: number) => new SpinLock(words, (offset + i * LINE) >>> 2, cpus > 1 ? cpu : -1);
  const single = Object.fromEntries(LOCKS.map((name, i) => [name, lock(i)])) as Record<
    (typeof LOCKS)[number],
    SpinLock
  >;
  return { ...single, areas: Array.from({ length: cpus }, (_, node) => lock(LOCKS.length + node)) };
}

/** A lock that does nothing, for state that a single CPU uses. */
export const NO_LOCK = new SpinLock(new Int32Array(1), 0, -1);
