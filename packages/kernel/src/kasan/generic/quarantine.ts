import type { PhysicalMemory } from "@kasan/mmu";
import { type KmemCache, NO_FREE_META } from "../../mm/slab/cache.ts";

/** Bytes that a CPU's queue holds before it is moved to the global one (QUARANTINE_PERCPU_SIZE of mm/kasan/quarantine.c). */
const CPU_BYTES = 1 << 20;
const BATCHES = 1024;
/** The quarantine may hold 1/32 of memory (QUARANTINE_FRACTION). */
const FRACTION = 32;

/** Layout of the state in the arena, in u32 words: totals, the batches of the global queue, each CPU's queue. */
const Word = { bytes: 0, maxBytes: 1, batchBytes: 2, head: 3, tail: 4, batches: 5 };
/** Words per queue: its first object, its last object, its bytes. */
const QUEUE_WORDS = 3;
const Queue = { first: 0, last: 1, bytes: 2 };
const CPU_QUEUES = Word.batches + BATCHES * QUEUE_WORDS;

/** Bytes of the arena that the quarantine needs for the given number of CPUs. */
export const quarantineStateBytes = (cpus: number): number => 4 * (CPU_QUEUES + cpus * QUEUE_WORDS);

/** Limits of the quarantine, in bytes. */
export interface QuarantineLimits {
  /** Size at which a CPU's queue is moved to the global one. */
  readonly cpuBytes: number;
  /** Size of the global queue above which allocations free its oldest batch. */
  readonly globalBytes: number;
  /** Minimum size of a batch of the global queue before the next one is started. */
  readonly batchBytes: number;
}

/** Computes the quarantine's limits: in total 1/32 of the `memoryBytes` that the page allocator manages. */
export function quarantineLimits(memoryBytes: number, cpus: number): QuarantineLimits {
  const share = Math.floor(memoryBytes / FRACTION);
  return {
    cpuBytes: CPU_BYTES,
    globalBytes: Math.max(0, share - CPU_BYTES * cpus),
    batchBytes: Math.max(CPU_BYTES, Math.floor((2 * share) / BATCHES)),
  };
}

/** What the quarantine needs from the slab allocator and from KASAN. */
export interface QuarantineClient {
  /** The cache of an object (physical address); undefined if no object starts there. */
  cacheOfObject(object: number): KmemCache | undefined;
  /** Receives an object that leaves the quarantine. */
  release(cache: KmemCache, object: number): void;
  /** Bytes of memory that the page allocator manages. */
  readonly totalBytes: number;
  /** Number of CPUs. */
  readonly cpus: number;
  /** The CPU this view belongs to. */
  readonly cpu: number;
}

/**
 * The quarantine (mm/kasan/quarantine.c). Freed objects wait here, so that a use after free hits poison instead of a new object.
 * Objects are linked through their free meta; a queue is (first object, last object, bytes). When a CPU's queue exceeds 1 MB, it is
 * moved as one batch to the global round-robin queue. Allocations that may sleep free the oldest batch while the global queue is
 * above its limit: 1/32 of memory minus what the CPUs' queues may hold.
 */
export class Quarantine {
  private readonly words: Uint32Array;
  private readonly ram: PhysicalMemory;
  private readonly client: QuarantineClient;
  private readonly high: number;
  /** Index of this CPU's queue in the words. */
  private readonly own: number;

  /**
   * @param ram - the machine's RAM
   * @param stateOffset - buffer offset of {@link quarantineStateBytes} bytes
   * @param pageOffset - virtual address of physical address 0; links are virtual addresses, as in a kernel
   * @param client - the slab allocator
   */
  constructor(ram: PhysicalMemory, stateOffset: number, pageOffset: bigint, client: QuarantineClient) {
    this.ram = ram;
    this.client = client;
    this.high = Number(pageOffset >> 32n);
    this.words = new Uint32Array(ram.u8.buffer, stateOffset, quarantineStateBytes(client.cpus) / 4);
    this.own = this.cpuQueue(client.cpu);
  }

  private batch(index: number): number {
    return Word.batches + index * QUEUE_WORDS;
  }

  private cpuQueue(cpu: number): number {
    return CPU_QUEUES + cpu * QUEUE_WORDS;
  }

  /** Bytes held: object slots including redzones. */
  get bytes(): number {
    let bytes = this.words[Word.bytes];
    for (let cpu = 0; cpu < this.client.cpus; cpu++) bytes += this.words[this.cpuQueue(cpu) + Queue.bytes];
    return bytes;
  }

  /** Adds a freed object. `link`: physical address of the link in its free meta. */
  put(cache: KmemCache, object: number, link: number): void {
    const { words, own } = this;
    this.setNext(link, 0);
    if (words[own] === 0) words[own] = object;
    else this.append(words[own + Queue.last], object);
    words[own + Queue.last] = object;
    words[own + Queue.bytes] += cache.size;
    if (words[own + Queue.bytes] > CPU_BYTES) this.flushCpu();
  }

  /** Appends `object` to a queue after its last object. */
  private append(last: number, object: number): void {
    const cache = this.client.cacheOfObject(last);
    if (cache) this.setNext(last + cache.freeMeta, object);
  }

  private setNext(link: number, object: number): void {
    this.ram.wrote(link, 8);
    this.ram.u32[link >>> 2] = object;
    this.ram.u32[(link >>> 2) + 1] = object === 0 ? 0 : this.high;
  }

  /** The next object of a queue. A link overwritten by a guest ends the queue. */
  private next(link: number): number {
    const low = this.ram.u32[link >>> 2];
    return this.ram.u32[(link >>> 2) + 1] === this.high && low < this.ram.size ? low : 0;
  }

  /** Moves the CPU's queue to the last batch of the global one. */
  private flushCpu(): void {
    const { words, own } = this;
    const batch = this.batch(words[Word.tail]);
    const bytes = words[own + Queue.bytes];
    words[Word.bytes] += bytes;
    if (words[batch] === 0) words[batch] = words[own];
    else this.append(words[batch + Queue.last], words[own]);
    words[batch + Queue.last] = words[own + Queue.last];
    words[batch + Queue.bytes] += bytes;
    words.fill(0, own, own + QUEUE_WORDS);
    if (words[batch + Queue.bytes] >= words[Word.batchBytes]) {
      const next = (words[Word.tail] + 1) % BATCHES;
      if (next !== words[Word.head]) words[Word.tail] = next;
    }
  }

  /** Called by allocations that may sleep: frees the oldest batch if the global queue is above its limit. */
  reduce(): void {
    const { words } = this;
    if (words[Word.bytes] <= words[Word.maxBytes]) return;
    const limits = quarantineLimits(this.client.totalBytes, this.client.cpus);
    words[Word.maxBytes] = limits.globalBytes;
    words[Word.batchBytes] = limits.batchBytes;
    if (words[Word.bytes] <= words[Word.maxBytes]) return;
    const batch = this.batch(words[Word.head]);
    const [first, , bytes] = words.subarray(batch, batch + QUEUE_WORDS);
    words[Word.bytes] -= bytes;
    words.fill(0, batch, batch + QUEUE_WORDS);
    words[Word.head] = (words[Word.head] + 1) % BATCHES;
    for (const [cache, object] of this.objects(first, bytes)) this.client.release(cache, object);
  }

  /**
   * Iterates over the objects of a queue of `bytes` bytes, oldest first. The caller may release or relink each object it gets.
   * Stops early at a link overwritten by a guest and never loops.
   */
  private *objects(first: number, bytes: number): Generator<[cache: KmemCache, object: number]> {
    let object = first;
    while (object !== 0 && bytes > 0) {
      const cache = this.client.cacheOfObject(object);
      if (!cache || cache.freeMeta === NO_FREE_META) return;
      const next = this.next(object + cache.freeMeta);
      bytes -= cache.size;
      yield [cache, object];
      object = next;
    }
  }

  /** Releases all objects of a cache that is about to be destroyed. O(objects in quarantine). */
  removeCache(cache: KmemCache): void {
    for (let cpu = 0; cpu < this.client.cpus; cpu++) this.removeFrom(this.cpuQueue(cpu), cache);
    for (let i = 0; i < BATCHES; i++) this.words[Word.bytes] -= this.removeFrom(this.batch(i), cache);
  }

  /** @returns the number of bytes removed from the queue */
  private removeFrom(queue: number, cache: KmemCache): number {
    const { words } = this;
    const [first, , bytes] = words.subarray(queue, queue + QUEUE_WORDS);
    let left = 0;
    let last = 0;
    words[queue] = 0;
    for (const [owner, object] of this.objects(first, bytes)) {
      if (owner.address === cache.address) this.client.release(owner, object);
      else {
        this.setNext(object + owner.freeMeta, 0);
        if (last === 0) words[queue] = object;
        else this.append(last, object);
        last = object;
        left += owner.size;
      }
    }
    words[queue + Queue.last] = last;
    words[queue + Queue.bytes] = left;
    return bytes - left;
  }
}
