import type { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import type { KmemCache } from "../slab/cache.ts";

/** Bytes that a CPU's queue holds before it goes to the global one (QUARANTINE_PERCPU_SIZE of mm/kasan/quarantine.c). */
const CPU_BYTES = 1 << 20;
const BATCHES = 1024;
/** The quarantine may hold this fraction of memory (QUARANTINE_FRACTION). */
const FRACTION = 32;

/** State in the arena, u32: the CPU queue, totals, then the batches of the global queue. */
const Word = {
  cpuHead: 0,
  cpuTail: 1,
  cpuBytes: 2,
  bytes: 3,
  maxBytes: 4,
  batchBytes: 5,
  head: 6,
  tail: 7,
  batches: 8,
};
const BATCH_WORDS = 3;

/** Bytes of the arena that the quarantine needs. */
export const QUARANTINE_STATE_BYTES = 4 * (Word.batches + BATCHES * BATCH_WORDS);

/** What the quarantine asks of the slab allocator and of KASAN. */
export interface QuarantineClient {
  /** The cache of an object in slab memory. */
  cacheOfObject(object: number): KmemCache;
  /** Takes an object that leaves the quarantine. */
  release(cache: KmemCache, object: number): void;
  readonly totalPages: number;
  readonly cpus: number;
}

/**
 * The quarantine (mm/kasan/quarantine.c): freed objects wait here, so that a use after free meets poison and not a new
 * object. Objects are linked through their free meta: a queue is (first object, last object, bytes). A CPU's queue
 * goes as one batch to the global round-robin queue when it passes 1 MB; allocations that may sleep free the oldest
 * batch while the global queue is above its limit: a thirty-second of memory, less what the CPUs' queues may hold.
 */
export class Quarantine {
  private readonly words: Uint32Array;
  private readonly ram: PhysicalMemory;
  private readonly client: QuarantineClient;
  private readonly high: number;

  /** @param pageOffset - virtual address of physical address 0; links are virtual, as in a kernel */
  constructor(ram: PhysicalMemory, stateOffset: number, pageOffset: bigint, client: QuarantineClient) {
    this.ram = ram;
    this.client = client;
    this.high = Number(pageOffset >> 32n);
    this.words = new Uint32Array(ram.u8.buffer, stateOffset, QUARANTINE_STATE_BYTES / 4);
  }

  /** Bytes held: object slots, redzones included. */
  get bytes(): number {
    return this.words[Word.cpuBytes] + this.words[Word.bytes];
  }

  /** Puts a freed object in, by the link in its free meta (physical address). */
  put(cache: KmemCache, object: number, link: number): void {
    const { words } = this;
    this.setNext(link, 0);
    if (words[Word.cpuHead] === 0) words[Word.cpuHead] = object;
    else this.setNext(this.linkOf(words[Word.cpuTail]), object);
    words[Word.cpuTail] = object;
    words[Word.cpuBytes] += cache.size;
    if (words[Word.cpuBytes] > CPU_BYTES) this.flushCpu();
  }

  private linkOf(object: number): number {
    return object + this.client.cacheOfObject(object).freeMeta;
  }

  private setNext(link: number, object: number): void {
    this.ram.u32[link >>> 2] = object;
    this.ram.u32[(link >>> 2) + 1] = object === 0 ? 0 : this.high;
  }

  /** The next object of a queue; a link that a guest wrote over ends it. */
  private next(link: number): number {
    const low = this.ram.u32[link >>> 2];
    return this.ram.u32[(link >>> 2) + 1] === this.high && low < this.ram.size ? low : 0;
  }

  private batch(index: number): number {
    return Word.batches + index * BATCH_WORDS;
  }

  private flushCpu(): void {
    const { words } = this;
    const batch = this.batch(words[Word.tail]);
    words[Word.bytes] += words[Word.cpuBytes];
    if (words[batch] === 0) words[batch] = words[Word.cpuHead];
    else this.setNext(this.linkOf(words[batch + 1]), words[Word.cpuHead]);
    words[batch + 1] = words[Word.cpuTail];
    words[batch + 2] += words[Word.cpuBytes];
    words.fill(0, Word.cpuHead, Word.cpuBytes + 1);
    if (words[batch + 2] >= words[Word.batchBytes]) {
      const next = (words[Word.tail] + 1) % BATCHES;
      if (next !== words[Word.head]) words[Word.tail] = next;
    }
  }

  /** On an allocation that may sleep: frees the oldest batch if the global queue is above its limit. */
  reduce(): void {
    const { words } = this;
    if (words[Word.bytes] <= words[Word.maxBytes]) return;
    const share = Math.floor((this.client.totalPages * PAGE_SIZE) / FRACTION);
    words[Word.maxBytes] = Math.max(0, share - CPU_BYTES * this.client.cpus);
    words[Word.batchBytes] = Math.max(CPU_BYTES, Math.floor((2 * share) / BATCHES));
    if (words[Word.bytes] <= words[Word.maxBytes]) return;
    const batch = this.batch(words[Word.head]);
    const first = words[batch];
    words[Word.bytes] -= words[batch + 2];
    words.fill(0, batch, batch + BATCH_WORDS);
    words[Word.head] = (words[Word.head] + 1) % BATCHES;
    this.releaseAll(first);
  }

  private releaseAll(first: number): void {
    for (let object = first; object !== 0; ) {
      const cache = this.client.cacheOfObject(object);
      const next = this.next(object + cache.freeMeta);
      this.client.release(cache, object);
      object = next;
    }
  }

  /** Lets go of all objects of one cache: it is about to be destroyed. O(objects in quarantine). */
  removeCache(cache: KmemCache): void {
    const { words } = this;
    words[Word.cpuBytes] -= this.removeFrom(Word.cpuHead, cache);
    for (let i = 0; i < BATCHES; i++) {
      const batch = this.batch(i);
      if (words[batch] === 0) continue;
      const bytes = this.removeFrom(batch, cache);
      words[batch + 2] -= bytes;
      words[Word.bytes] -= bytes;
    }
  }

  private removeFrom(queue: number, cache: KmemCache): number {
    const { words } = this;
    let bytes = 0;
    let last = 0;
    let object = words[queue];
    words[queue] = 0;
    while (object !== 0) {
      const owner = this.client.cacheOfObject(object);
      const link = object + owner.freeMeta;
      const next = this.next(link);
      if (owner.address === cache.address) {
        bytes += cache.size;
        this.client.release(cache, object);
      } else {
        this.setNext(link, 0);
        if (last === 0) words[queue] = object;
        else this.setNext(this.linkOf(last), object);
        last = object;
      }
      object = next;
    }
    words[queue + 1] = last;
    return bytes;
  }
}
