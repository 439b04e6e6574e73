import { type AddressSpace, type Architecture, PageFlags, pagesPerEntry } from "@kasan/mmu";
import type { BootRecord } from "../../smp/boot-record.ts";

/**
 * The shadow of everything that needs none of its own: one read-only page of zeros, mapped everywhere through tables that are
 * shared at each level. So terabytes cost a handful of pages (mm/kasan/init.c).
 */
export class EarlyShadow {
  /** Physical address of the page of zeros. */
  readonly page: number;
  private readonly space: AddressSpace;
  private readonly architecture: Architecture;
  /** Physical address of the shared table at each level; the last level's table maps the page in all its entries. */
  private readonly tables: number[] = [];

  /**
   * @param boot - skips the construction in later views
   * @param allocate - returns the physical address of a zeroed page of RAM
   * @param value - byte that fills the page: 0, or poison
   */
  constructor(space: AddressSpace, boot: BootRecord, allocate: () => number, value = 0) {
    this.space = space;
    this.architecture = space.architecture;
    this.page = boot.number(allocate);
    boot.once(() => space.memory.fill(value, this.page, this.page + 2 ** this.architecture.pageShift));
    for (let level = this.architecture.levels.length - 1; level > 0; level--) {
      this.tables[level] = boot.number(allocate);
      boot.once(() => this.fillTable(level));
    }
  }

  /** Points all entries of a level's table at the next level's table, or at the page. */
  private fillTable(level: number): void {
    const { levels } = this.architecture;
    const { u32 } = this.space.memory;
    const entry = { lo: 0, hi: 0 };
    if (level === levels.length - 1) this.architecture.encodeLeaf(level, this.page, PageFlags.KERNEL_RO, entry);
    else this.architecture.encodeTable(level, this.tables[level + 1], PageFlags.KERNEL, entry);
    const table = this.tables[level] >>> 2;
    for (let i = 0; i < 1 << levels[level].indexBits; i++) {
      u32[table + 2 * i] = entry.lo;
      u32[table + 2 * i + 1] = entry.hi;
    }
  }

  /** Number of pages it uses: the mapped page, and a shared table for each level below the root. */
  static pages({ levels }: Architecture): number {
    return levels.length;
  }

  /** Physical address of the shared table of a level, 1 or more. */
  tableOf(level: number): number {
    return this.tables[level];
  }

  /** Maps the page at shadow pages `vpn` up to `end`. O(entries at the edges), whatever the size. */
  populate(vpn: number, end: number): void {
    while (vpn < end) {
      const level = this.largestLevel(vpn, end - vpn);
      if (level === this.architecture.levels.length - 1) {
        this.space.mapPage(vpn, this.page / 4096, PageFlags.KERNEL_RO);
      } else this.space.setTable(level, vpn, this.tables[level + 1]);
      this.space.pending.ignore("nothing was mapped there");
      vpn += pagesPerEntry(this.architecture.levels[level]);
    }
  }

  private largestLevel(vpn: number, pages: number): number {
    const { levels } = this.architecture;
    for (let level = 0; level < levels.length - 1; level++) {
      const covers = pagesPerEntry(levels[level]);
      if (vpn % covers === 0 && covers <= pages) return level;
    }
    return levels.length - 1;
  }
}
