import type { PhysicalMemory } from "@kasan/mmu";

/** Names of the {@link Counters}. */
export const COUNTER_NAMES = [
  /** Bits of the reasons for which the kernel is tainted, in the order of the report package's list. */
  "taints",
  /** Warnings printed, other than those of KUnit tests, which may provoke them. */
  "warnings",
  /** Oopses printed. */
  "oopses",
  /** 1: a task other than the first died of an oops, and no KUnit test is to blame for it. */
  "taskDied",
  /** KASAN reports printed. */
  "reports",
  /** Bugs found and, in single-shot mode, not reported. */
  "suppressed",
  /** 1: every bug is reported. */
  "multiShot",
  /** 1: a KUnit test case runs. */
  "inTest",
  /** Slab objects and large blocks allocated since boot, those of boot itself left out. */
  "allocations",
  /** And freed. */
  "frees",
  /** Pages of page tables below the roots. */
  "tablePages",
  /** Pages of shadow mapped under vmalloc and module space. */
  "shadowPages",
  /** Pages of shadow that parts of the direct map have of their own, under a per-page scheme; and most that there were. */
  "ownShadowPages",
  "ownShadowPeak",
  /** Second looks at accesses that shadow said are bad, and those that flushed the CPU's TLB. */
  "secondLooks",
  "secondLookFlushes",
  /** Flushes of one CPU for a change of the direct map's shadow, and of all CPUs. */
  "shadowLocalFlushes",
  "shadowFlushes",
  /** State of the generator of random numbers; never 0. */
  "random",
  /** State of the generator of tags. */
  "tags",
  /** Pages of user space that mappings and the gaps between them take. */
  "userPages",
  /** Changes of the list of slab caches. */
  "cacheChanges",
  /** Registered globals, of those that there is room to remember. */
  "globals",
  /** Where lines of the log are put as they are printed, and how many bytes of each; 0: nowhere. */
  "traceLow",
  "traceHigh",
  "traceBytes",
  /** Bytes of the per-CPU areas asked for last, and places for such that were passed over since some were freed. */
  "perCpuBytes",
  "perCpuPassed",
  /** Why the machine stopped: an index into the reasons, + 1. */
  "stopped",
  /** Messages that threads other than the first have sent it. */
  "messages",
] as const;

/** A number that the CPUs share. */
export type CounterName = (typeof COUNTER_NAMES)[number];

/** Bytes of the arena that {@link Counters} take. */
export const COUNTERS_BYTES = COUNTER_NAMES.length * 4;

/** One of the {@link Counters}. */
export class Counter {
  private readonly words: Int32Array;
  private readonly index: number;

  /** @param index - its place in the counters' words */
  constructor(words: Int32Array, index: number) {
    this.words = words;
    this.index = index;
  }

  /** Its value, unsigned, as this CPU sees it. */
  get(): number {
    return this.words[this.index] >>> 0;
  }

  /** Sets it. Other CPUs see it in no particular order with what else this one writes. */
  set(value: number): void {
    this.words[this.index] = value;
  }

  /** Adds to it, atomically. */
  add(change: number): void {
    Atomics.add(this.words, this.index, change);
  }
}

/** Numbers of 32 bits that all CPUs see and change: a view on the arena. */
export class Counters {
  private readonly words: Int32Array;

  constructor(ram: PhysicalMemory, offset: number) {
    this.words = new Int32Array(ram.u8.buffer, offset, COUNTER_NAMES.length);
  }

  /** One of them, for whoever changes it often: a look-up by name takes longer than the change. */
  counter(name: CounterName): Counter {
    return new Counter(this.words, INDEX[name]);
  }

  /** Its value, unsigned. */
  get(name: CounterName): number {
    return Atomics.load(this.words, INDEX[name]) >>> 0;
  }

  /** Sets it. */
  set(name: CounterName, value: number): void {
    Atomics.store(this.words, INDEX[name], value | 0);
  }

  /** Adds to it. @returns its value before */
  add(name: CounterName, change: number): number {
    return Atomics.add(this.words, INDEX[name], change) >>> 0;
  }

  /** Sets it to `value` if it is `expected`. */
  exchange(name: CounterName, expected: number, value: number): void {
    Atomics.compareExchange(this.words, INDEX[name], expected, value);
  }

  /** Sets bits of it. */
  or(name: CounterName, bits: number): void {
    Atomics.or(this.words, INDEX[name], bits);
  }
}

const INDEX = Object.fromEntries(COUNTER_NAMES.map((name, i) => [name, i])) as Record<CounterName, number>;
