import type { PhysicalMemory } from "@kasan/mmu";

/** Names of the {@link Counters}. */
export const COUNTER_NAMES = [
  /** Bits of the kernel's taints, in the order of the report package's list. */
  "taints",
  /** Warnings printed, excluding those during KUnit tests, which may provoke them. */
  "warnings",
  /** Oopses printed. */
  "oopses",
  /** 1: a task other than the first died of an oops outside KUnit tests. */
  "taskDied",
  /** KASAN reports printed. */
  "reports",
  /** Bugs found but not reported in single-shot mode. */
  "suppressed",
  /** 1: every bug is reported. */
  "multiShot",
  /** 1: a KUnit test case is running. */
  "inTest",
  /** Slab objects and large blocks allocated since boot, excluding those of boot itself. */
  "allocations",
  /** Slab objects and large blocks freed since boot. */
  "frees",
  /** Page-table pages below the roots. */
  "tablePages",
  /** Shadow pages mapped for vmalloc and module space. */
  "shadowPages",
  /** Shadow pages allocated for parts of the direct map under a per-page scheme; and their peak number. */
  "ownShadowPages",
  "ownShadowPeak",
  /** Repeated checks of accesses that met bad shadow, and those that flushed the CPU's TLB. */
  "secondLooks",
  "secondLookFlushes",
  /** Flushes for changes of the direct map's shadow: of one CPU, and of all CPUs. */
  "shadowLocalFlushes",
  "shadowFlushes",
  /** State of the random number generator; never 0. */
  "random",
  /** State of the tag generator. */
  "tags",
  /** Pages of user space taken by mappings and the gaps between them. */
  "userPages",
  /** Changes of the list of slab caches. */
  "cacheChanges",
  /** Registered globals that are remembered. */
  "globals",
  /** Address and size of the buffer for log lines; size 0: no buffer. */
  "traceLow",
  "traceHigh",
  "traceBytes",
  /** Size of the per-CPU areas requested last, and the number of places skipped since the last free. */
  "perCpuBytes",
  "perCpuPassed",
  /** Why the machine stopped: an index into the reasons + 1. */
  "stopped",
  /** Whether an object freed into the wrong cache was warned of. */
  "wrongCache",
] as const;

/** Name of a counter shared by all CPUs. */
export type CounterName = (typeof COUNTER_NAMES)[number];

/** Bytes of the arena that {@link Counters} take. */
export const COUNTERS_BYTES = COUNTER_NAMES.length * 4;

/** One of the {@link Counters}. */
export class Counter {
  private readonly words: Int32Array;
  private readonly index: number;

  /** @param index - its index in the counters' words */
  constructor(words: Int32Array, index: number) {
    this.words = words;
    this.index = index;
  }

  /** Its value, unsigned, as seen by this CPU. */
  get(): number {
    return this.words[this.index] >>> 0;
  }

  /** Sets it. The store is not ordered with this CPU's other writes. */
  set(value: number): void {
    this.words[this.index] = value;
  }

  /** Adds to it, atomically. */
  add(change: number): void {
    Atomics.add(this.words, this.index, change);
  }
}

/** Counters of 32 bits that all CPUs read and change: a view of the arena. */
export class Counters {
  private readonly words: Int32Array;

  constructor(ram: PhysicalMemory, offset: number) {
    this.words = new Int32Array(ram.u8.buffer, offset, COUNTER_NAMES.length);
  }

  /** A single counter, for code that changes it often: the look-up by name takes longer than the change. */
  counter(name: CounterName): Counter {
    return new Counter(this.words, INDEX[name]);
  }

  /** A counter's value, unsigned. */
  get(name: CounterName): number {
    return Atomics.load(this.words, INDEX[name]) >>> 0;
  }

  /** Sets a counter. */
  set(name: CounterName, value: number): void {
    Atomics.store(this.words, INDEX[name], value | 0);
  }

  /** Adds to a counter. @returns its previous value */
  add(name: CounterName, change: number): number {
    return Atomics.add(this.words, INDEX[name], change) >>> 0;
  }

  /** Sets a counter to `value` if it is `expected`. */
  exchange(name: CounterName, expected: number, value: number): void {
    Atomics.compareExchange(this.words, INDEX[name], expected, value);
  }

  /** Sets bits of a counter. */
  or(name: CounterName, bits: number): void {
    Atomics.or(this.words, INDEX[name], bits);
  }
}

const INDEX = Object.fromEntries(COUNTER_NAMES.map((name, i) => [name, i])) as Record<CounterName, number>;
