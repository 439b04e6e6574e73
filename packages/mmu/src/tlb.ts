import { MmuError } from "./error.ts";
import type { Arena, PhysicalMemory } from "./memory.ts";

/** Bytes in a TLB entry. */
export const TLB_ENTRY_BYTES = 16;
/** Offset of an entry's tag: i64, the page's address; {@link TLB_SLOW_STORE} set if a store must take the slow path. */
export const TLB_TAG = 0;
/** The bit of a tag that makes stores take the slow path. Lower ones are free for a look at the access's alignment. */
export const TLB_SLOW_STORE = 1 << 11;
/** Offset of an entry's addend: i32, the page's buffer offset minus the low half of its address, modulo 2^32. */
export const TLB_ADDEND = 8;
/** Entries in the TLB for data. */
export const DATA_TLB_ENTRIES = 4096;
/** Entries in the TLB for KASAN's shadow. */
export const SHADOW_TLB_ENTRIES = 1024;
/** Bytes of a CPU's TLBs and their counters. */
export const CPU_TLB_BYTES = (DATA_TLB_ENTRIES + SHADOW_TLB_ENTRIES) * TLB_ENTRY_BYTES + 64;

/** One of a CPU's two TLBs. */
export const TlbKind = {
  /** The one for data. */
  DATA: 0,
  /** The one for KASAN's shadow. */
  SHADOW: 1,
} as const;
/** A value of {@link TlbKind}. */
export type TlbKind = (typeof TlbKind)[keyof typeof TlbKind];

/** Page numbers this many bits apart differ by region: the direct map, vmalloc space, modules, and the shadow of each. */
export const TLB_REGION_SHIFT = 20;
// A power is a call in optimized code.
const REGION_PAGES = 2 ** TLB_REGION_SHIFT;

/**
 * The slot of page `vpn` in a TLB of `entries` slots, a power of two: its low bits, mixed with those that tell regions apart.
 * Regions start at round addresses, so that by the low bits alone a stack, a module's data and the shadow of both would
 * evict each other. Neighbouring pages never share a slot, but across a boundary of 4 TB, where nothing is mapped.
 */
export function tlbSlot(vpn: number, entries: number): number {
  return (vpn ^ (vpn / REGION_PAGES)) & (entries - 1);
}

const TLB_REGION = { align: 64, noted: true };
const COUNTERS = (DATA_TLB_ENTRIES + SHADOW_TLB_ENTRIES) * TLB_ENTRY_BYTES;
const MISSES = 0;
const FLUSHES = 1;
const SHOOTDOWNS = 2;
const WORDS = TLB_ENTRY_BYTES / 4;

/**
 * A CPU's two TLBs: a view on {@link CPU_TLB_BYTES} bytes of the buffer. Both are direct-mapped; {@link tlbSlot} says
 * where a page goes. The guest's compiled code reads the same bytes.
 *
 *     dataBase      4096 entries of 16 bytes     tag i64 | addend i32 | spare i32
 *     shadowBase    1024 entries of 16 bytes
 *     + 81920       misses u32 | flushes u32 | shootdowns u32 | spare
 *
 * Concurrency: only the CPU itself fills its TLBs; any CPU may flush them, which is this machine's shootdown: nobody waits
 * for the other CPU. A flush changes the low half of a tag first, which alone makes the entry miss. Whoever changes a
 * table entry flushes afterwards, and a flush counts before it clears; so a CPU that finds {@link CpuTlb.flushes} changed
 * since before its walk may have read the old entry and filled after the flush, and must walk again. An access whose
 * look-up hit just before the flush completes, as one in flight does when the processor acknowledges a shootdown.
 */
export class CpuTlb {
  /** Buffer offset of the data TLB. */
  readonly dataBase: number;
  /** Buffer offset of the shadow TLB. */
  readonly shadowBase: number;
  private readonly memory: PhysicalMemory;
  private readonly words: Int32Array;
  private readonly counters: number;
  private readonly ignoredTopBits: number;

  /**
   * A view on TLBs that exist; {@link CpuTlb.create} makes new ones.
   *
   * @param base Buffer offset, a multiple of 16.
   * @param ignoredTopBits {@link Architecture.ignoredTopBits}: a flush of a page covers all spellings of its address.
   */
  constructor(memory: PhysicalMemory, base: number, ignoredTopBits = 0) {
    this.dataBase = base;
    this.shadowBase = base + DATA_TLB_ENTRIES * TLB_ENTRY_BYTES;
    this.memory = memory;
    this.words = memory.i32;
    this.counters = (base + COUNTERS) >>> 2;
    this.ignoredTopBits = ignoredTopBits;
  }

  /**
   * Makes empty TLBs.
   *
   * @throws {@link MmuError} `ARENA_FULL`.
   */
  static create(memory: PhysicalMemory, arena: Arena, ignoredTopBits = 0): CpuTlb {
    const tlb = new CpuTlb(memory, arena.reserve(CPU_TLB_BYTES, TLB_REGION), ignoredTopBits);
    tlb.empty();
    return tlb;
  }

  /** Walks that ended in a fill. */
  get misses(): number {
    return this.words[this.counters + MISSES]! >>> 0;
  }

  /** Flushes of any size, {@link shootdowns} included. */
  get flushes(): number {
    return Atomics.load(this.words, this.counters + FLUSHES) >>> 0;
  }

  /** Flushes that another CPU asked for. */
  get shootdowns(): number {
    return this.words[this.counters + SHOOTDOWNS]! >>> 0;
  }

  /**
   * Enters a page.
   *
   * @param physicalPage Buffer offset of the page, a multiple of 4096.
   * @param storable Whether stores may hit: the page is writable and already marked dirty.
   */
  fill(kind: TlbKind, vpn: number, physicalPage: number, storable: boolean): void {
    const words = this.words;
    const entry = this.entry(kind, vpn);
    const low = vpn << 12;
    this.memory.wrote(entry * 4, TLB_ENTRY_BYTES);
    this.memory.wrote(this.counters * 4, 4);
    words[entry + 2] = physicalPage - low;
    words[entry + 1] = vpn / 2 ** 20;
    // A full barrier: the entry is there before the caller looks again whether a flush has come.
    Atomics.store(words, entry, storable ? low : low | TLB_SLOW_STORE);
    words[this.counters + MISSES]!++;
  }

  /**
   * The buffer offset of page `vpn`; -1 if an access (a store if `write`) would miss. So many bits at the top of the address need not
   * agree: those of a tag, for whoever compares that elsewhere.
   */
  lookup(kind: TlbKind, vpn: number, write: boolean, ignoredTopBits = 0): number {
    const words = this.words;
    const entry = this.entry(kind, vpn);
    const low = vpn << 12;
    const tag = words[entry]!;
    if ((write ? tag : tag & ~TLB_SLOW_STORE) !== low) return -1;
    if ((words[entry + 1]! ^ (vpn / 2 ** 20)) << ignoredTopBits !== 0) return -1;
    return (words[entry + 2]! + low) >>> 0;
  }

  /** Calls `use` with the page numbers that one of the TLBs has, and whether stores hit. */
  forEach(kind: TlbKind, use: (vpn: number, storable: boolean) => void): void {
    const slots = kind === TlbKind.DATA ? DATA_TLB_ENTRIES : SHADOW_TLB_ENTRIES;
    const first = (kind === TlbKind.DATA ? this.dataBase : this.shadowBase) >>> 2;
    for (let slot = 0; slot < slots; slot++) {
      const low = this.words[first + slot * WORDS]!;
      const vpn = (this.words[first + slot * WORDS + 1]! >>> 0) * 2 ** 20 + (low >>> 12);
      // An empty slot has a page that belongs elsewhere.
      if (tlbSlot(vpn, slots) === slot) use(vpn, (low & TLB_SLOW_STORE) === 0);
    }
  }

  /** Forgets page `vpn`, in both TLBs. */
  flushPage(vpn: number): void {
    this.count();
    this.dropPage(vpn);
  }

  /** Forgets `pages` pages from `vpn` on, in both TLBs. The range must not wrap around the end of the address space. */
  flushRange(vpn: number, pages: number): void {
    this.count();
    if (pages <= SHADOW_TLB_ENTRIES) {
      for (let page = 0; page < pages; page++) this.dropPage(vpn + page);
    } else {
      this.scan(this.dataBase, DATA_TLB_ENTRIES, vpn, pages);
      this.scan(this.shadowBase, SHADOW_TLB_ENTRIES, vpn, pages);
    }
  }

  /** Forgets one page of one TLB, without counting a flush: the CPU itself takes back what it filled. */
  drop(kind: TlbKind, vpn: number): void {
    if (kind === TlbKind.DATA) this.dropFrom(this.dataBase, tlbSlot(vpn, DATA_TLB_ENTRIES), vpn);
    else this.dropFrom(this.shadowBase, tlbSlot(vpn, SHADOW_TLB_ENTRIES), vpn);
  }

  /** Forgets everything. */
  flushAll(): void {
    this.count();
    this.empty();
  }

  /** Counts a flush that another CPU asked for; the flush itself is counted separately. */
  countShootdown(): void {
    this.memory.wrote((this.counters + SHOOTDOWNS) * 4, 4);
    Atomics.add(this.words, this.counters + SHOOTDOWNS, 1);
  }

  private count(): void {
    this.memory.wrote((this.counters + FLUSHES) * 4, 4);
    Atomics.add(this.words, this.counters + FLUSHES, 1);
  }

  /** Index in `#words` of the entry where page `vpn` belongs. */
  private entry(kind: TlbKind, vpn: number): number {
    return kind === TlbKind.DATA
      ? (this.dataBase >>> 2) + tlbSlot(vpn, DATA_TLB_ENTRIES) * WORDS
      : (this.shadowBase >>> 2) + tlbSlot(vpn, SHADOW_TLB_ENTRIES) * WORDS;
  }

  private dropPage(vpn: number): void {
    this.dropFrom(this.dataBase, tlbSlot(vpn, DATA_TLB_ENTRIES), vpn);
    this.dropFrom(this.shadowBase, tlbSlot(vpn, SHADOW_TLB_ENTRIES), vpn);
  }

  private dropFrom(base: number, slot: number, vpn: number): void {
    const entry = (base >>> 2) + slot * WORDS;
    const high = this.words[entry + 1]! ^ (vpn / 2 ** 20);
    if ((this.words[entry]! & ~TLB_SLOW_STORE) === vpn << 12 && high << this.ignoredTopBits === 0)
      this.clear(base, slot);
  }

  private scan(base: number, slots: number, vpn: number, pages: number): void {
    const modulus = 2 ** (52 - this.ignoredTopBits);
    const first = vpn % modulus;
    for (let slot = 0; slot < slots; slot++) {
      const entry = (base >>> 2) + slot * WORDS;
      const page = (this.words[entry + 1]! >>> 0) * 2 ** 20 + (this.words[entry]! >>> 12);
      const distance = (this.ignoredTopBits === 0 ? page : page % modulus) - first;
      if (distance >= 0 && distance < pages) this.clear(base, slot);
    }
  }

  private empty(): void {
    for (let slot = 0; slot < DATA_TLB_ENTRIES; slot++) this.clear(this.dataBase, slot);
    for (let slot = 0; slot < SHADOW_TLB_ENTRIES; slot++) this.clear(this.shadowBase, slot);
  }

  /**
   * Empties a slot: gives it the tag of a page two slots away. A page one slot away would not do, because a load that
   * crosses from this slot's page into that one would hit.
   */
  private clear(base: number, slot: number): void {
    const entry = (base >>> 2) + slot * WORDS;
    this.memory.wrote(entry * 4, TLB_ENTRY_BYTES);
    this.words[entry] = (slot ^ 2) << 12;
    this.words[entry + 1] = 0;
  }
}

/** The TLBs of all CPUs: flushes of one, and of every one. */
export class Tlbs {
  /** By CPU number. */
  readonly cpus: readonly CpuTlb[];

  /** Takes views of every CPU's TLBs, in order. */
  constructor(cpus: readonly CpuTlb[]) {
    this.cpus = cpus;
  }

  /**
   * Makes empty TLBs for `count` CPUs.
   *
   * @throws {@link MmuError} `ARENA_FULL`.
   */
  static create(memory: PhysicalMemory, arena: Arena, count: number, ignoredTopBits = 0): Tlbs {
    return new Tlbs(Array.from({ length: count }, () => CpuTlb.create(memory, arena, ignoredTopBits)));
  }

  /** Views the TLBs that {@link Tlbs.create} made at the same place in the arena, from another thread. */
  static view(memory: PhysicalMemory, arena: Arena, count: number, ignoredTopBits = 0): Tlbs {
    const view = () => new CpuTlb(memory, arena.reserve(CPU_TLB_BYTES, TLB_REGION), ignoredTopBits);
    return new Tlbs(Array.from({ length: count }, view));
  }

  /**
   * The TLBs of a CPU.
   *
   * @throws {@link MmuError} `RANGE` if there is no such CPU.
   */
  cpu(number: number): CpuTlb {
    const tlb = this.cpus[number];
    if (tlb === undefined) throw new MmuError("RANGE", `CPU ${number} has no TLBs; there are ${this.cpus.length} CPUs`);
    return tlb;
  }

  /** Flushes `pages` pages from `vpn` on from the TLBs of CPU `cpu`, and of no other. */
  flushRange(cpu: number, vpn: number, pages: number): void {
    this.cpu(cpu).flushRange(vpn, pages);
  }

  /** Flushes `pages` pages from `vpn` on from every CPU's TLBs; a shootdown on every one but `cpu`, which asks for it. */
  shootDown(cpu: number, vpn: number, pages: number): void {
    for (let other = 0; other < this.cpus.length; other++) {
      this.cpus[other]!.flushRange(vpn, pages);
      if (other !== cpu) this.cpus[other]!.countShootdown();
    }
  }

  /** The sum of every CPU's {@link CpuTlb.shootdowns}. */
  get shootdowns(): number {
    return this.cpus.reduce((sum, cpu) => sum + cpu.shootdowns, 0);
  }
}
