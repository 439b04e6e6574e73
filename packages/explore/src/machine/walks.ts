import { type Architecture, type PhysicalMemory, pagesPerEntry, tableIndex } from "@kasan/mmu";
import type { MemoryModel } from "@kasan/platform";
import { ExploreError } from "../error.ts";
import { CellKind, type Cells } from "./cells.ts";
import type { Layout } from "./layout.ts";
import type { Entries, Slots } from "./values.ts";

/** In a set of slots: a TLB caches an invalid entry. */
export const INVALID = 1 << 30;

const UNSET = -1;
const INDICES = 512;

/** The page-table roots of the explored machine, and its shadow pages. */
export interface Paging {
  readonly architecture: Architecture;
  readonly model: MemoryModel;
  /** Whether TLBs cache invalid entries. */
  readonly cachesInvalid: boolean;
  /** RAM as boot left it. */
  readonly ram: PhysicalMemory;
  /** Physical addresses of the root tables. */
  readonly roots: readonly number[];
  /** Shadow pages whose TLB entries are modelled. */
  readonly shadowVpns: readonly number[];
}

/** Distinct prefixes of the shadow pages above the last level; each has a place in the walk caches. */
export function prefixesOf({ architecture, shadowVpns }: Paging): number[][] {
  const numbers = new Map<string, number>();
  const last = architecture.levels.length - 1;
  return shadowVpns.map((vpn) =>
    architecture.levels.slice(0, last).map((level, index) => {
      const key = `${index} ${Math.floor(vpn / pagesPerEntry(level))}`;
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      return numbers.get(key)!;
    }),
  );
}

/**
 * The processors' walks, TLBs and walk caches. A walk may happen, and its result be cached, at any time (speculation); a cached
 * entry may be evicted at any time. So a TLB is modelled not by one content but by the set of all entries it may hold: everything
 * that some walk could have found since the last flush. An access uses any member, or walks. The set covers every content that
 * fills and evictions could produce, and each of its members is possible. There are far fewer states than if each fill and eviction
 * were a step.
 */
export class Walks {
  private readonly paging: Paging;
  private readonly cells: Cells;
  private readonly entries: Entries;
  private readonly slots: Slots;
  private readonly layout: Layout;
  private readonly words: Int32Array;
  private readonly last: number;
  /** By shadow page: prefix numbers by level. */
  private readonly prefixes: readonly number[][];
  /** By shadow page: its index in the table of each level. */
  private readonly indices: readonly number[][];
  /** By shadow page: the first level whose entry may change, and the slot of that table. */
  private readonly startLevel: number[] = [];
  private readonly startSlot: number[] = [];
  /** By slot and index: a cell, or -2 - an entry that never changes. */
  private readonly refs: Int32Array;
  /** By slot: the level of the table in it; -1 if no walk has reached it. The level of a table never changes. */
  private readonly levels = new Int8Array(32).fill(-1);
  /** Whether the last {@link find} met an invalid entry. */
  foundInvalid = false;

  constructor(paging: Paging, cells: Cells, entries: Entries, slots: Slots, layout: Layout, words: Int32Array) {
    this.paging = paging;
    this.cells = cells;
    this.entries = entries;
    this.slots = slots;
    this.layout = layout;
    this.words = words;
    const { architecture, shadowVpns, roots } = paging;
    if (architecture.pageShift !== 12) throw new ExploreError("TOO_LARGE", "explored machines have pages of 4 KiB");
    this.last = architecture.levels.length - 1;
    this.prefixes = prefixesOf(paging);
    this.refs = new Int32Array(32 * INDICES).fill(UNSET);
    this.indices = shadowVpns.map((vpn) =>
      architecture.levels.map(({ shift, indexBits }) => tableIndex(vpn >>> 0, vpn / 2 ** 32, shift, indexBits)),
    );
    shadowVpns.forEach((vpn, page) => {
      let slot = slots.of(roots[architecture.root(vpn)]);
      let level = 0;
      for (; level < this.last; level++) {
        const ref = this.ref(slot, this.indices[page][level]);
        const next = ref >= 0 ? -1 : entries.slot(level, -2 - ref);
        if (next < 0) break;
        slot = next;
      }
      this.startLevel.push(level);
      this.startSlot.push(slot);
    });
  }

  private ref(slot: number, index: number): number {
    const known = this.refs[slot * INDICES + index];
    if (known !== UNSET) return known;
    const physical = this.slots.physical[slot] + index * 8;
    const { frames } = this.layout.size;
    // The contents of pages that operations allocate may change.
    const cell =
      slot < frames ? this.cells.at(CellKind.ENTRY, physical, slot, 0) : this.cells.find(CellKind.ENTRY, physical);
    const { ram } = this.paging;
    const ref = cell >= 0 ? cell : -2 - this.entries.number(ram.word(physical), ram.word(physical + 4));
    this.refs[slot * INDICES + index] = ref;
    return ref;
  }

  /** The entry that a CPU's walk reads. */
  private entry(cpu: number, slot: number, index: number): number {
    const ref = this.ref(slot, index);
    if (ref < 0) return -2 - ref;
    const { words, layout } = this;
    if (this.paging.model.walksSeeOwnStores) {
      const base = cpu * layout.cpuWords;
      for (let i = words[base + layout.buffered] - 1; i >= 0; i--) {
        const at = base + layout.buffer + 2 * i;
        if (words[at] === ref) return words[at + 1];
      }
    }
    return words[layout.cells + ref];
  }

  /**
   * Slots of the frames that walks of a CPU may find for a shadow page, with or without its walk caches. Sets {@link foundInvalid}
   * if a walk may find nothing.
   */
  private find(cpu: number, page: number, remember: boolean): number {
    const { words, layout, entries, last } = this;
    let tables = 1 << this.startSlot[page];
    this.foundInvalid = false;
    for (let level = this.startLevel[page]; ; level++) {
      let next = 0;
      for (let rest = tables; rest !== 0; rest &= rest - 1) {
        const slot = 31 - Math.clz32(rest & -rest);
        this.levels[slot] = level;
        const to = entries.slot(level, this.entry(cpu, slot, this.indices[page][level]));
        if (to < 0) this.foundInvalid = true;
        else next |= 1 << to;
      }
      if (level === last) return next;
      const at = cpu * layout.cpuWords + layout.walks + this.prefixes[page][level];
      if (remember) words[at] |= next;
      tables = next | words[at];
      if (tables === 0) return 0;
    }
  }

  /** Called after an entry has changed: adds what a CPU's TLBs and walk caches may hold now. */
  refresh(cpu: number): void {
    const { words, layout } = this;
    for (let page = 0; page < this.startLevel.length; page++) {
      let found = this.find(cpu, page, true);
      if (this.foundInvalid && this.paging.cachesInvalid) found |= INVALID;
      words[cpu * layout.cpuWords + layout.tlb + page] |= found;
    }
  }

  /** Makes a CPU forget the shadow pages in a mask, and the walk-cache entries for them. */
  flush(cpu: number, mask: number): void {
    const { words, layout } = this;
    const base = cpu * layout.cpuWords;
    for (let page = 0; page < this.startLevel.length; page++) {
      if ((mask & (1 << page)) === 0) continue;
      words[base + layout.tlb + page] = 0;
      for (const prefix of this.prefixes[page]) words[base + layout.walks + prefix] = 0;
    }
    this.refresh(cpu);
  }

  /** Slots that an access by a CPU to a shadow page may reach, with {@link INVALID} if it may fault. */
  choices(cpu: number, page: number): number {
    const { words, layout } = this;
    const base = cpu * layout.cpuWords;
    let choices = words[base + layout.tlb + page] | this.find(cpu, page, false);
    if (this.foundInvalid || (words[base + layout.unsynced] & (1 << page)) !== 0) choices |= INVALID;
    return choices;
  }

  /** The slot of the frame that the tables in memory map a shadow page to; -1 if none. */
  inMemory(page: number): number {
    const { words, layout, entries } = this;
    let slot = this.startSlot[page];
    for (let level = this.startLevel[page]; slot >= 0 && level <= this.last; level++) {
      const ref = this.ref(slot, this.indices[page][level]);
      slot = entries.slot(level, ref < 0 ? -2 - ref : words[layout.cells + ref]);
    }
    return slot;
  }

  /** Shadow pages whose leaf entry is in a cell, as far as some walk has ended there. */
  pagesOf(cell: number): number {
    const address = this.cells.address[cell];
    if (this.levelOf(address) !== this.last) return 0;
    let mask = 0;
    for (let page = 0; page < this.indices.length; page++) {
      if (indexOf(address) === this.indices[page][this.last]) mask |= 1 << page;
    }
    return mask;
  }

  /** Whether some CPU's TLBs or walk caches may hold, for an entry that will point to a slot, a translation to elsewhere. */
  heldElsewhere(cell: number, slot: number): boolean {
    const { words, layout } = this;
    const address = this.cells.address[cell];
    const level = this.levelOf(address);
    if (level < 0) return false;
    for (let page = 0; page < this.indices.length; page++) {
      if (indexOf(address) !== this.indices[page][level]) continue;
      const at = level === this.last ? layout.tlb + page : layout.walks + this.prefixes[page][level];
      for (let cpu = 0; cpu < layout.size.cpus; cpu++) {
        if ((words[cpu * layout.cpuWords + at] & ~INVALID & ~(1 << slot)) !== 0) return true;
      }
    }
    return false;
  }

  /** The level of the table that contains an entry; -1 if no walk has reached it. */
  private levelOf(address: number): number {
    return this.levels[this.slots.of(address - (address % 4096))];
  }
}

/** An entry's index in its table. */
const indexOf = (address: number): number => (address >>> 3) & (INDICES - 1);
