import { type AddressSpace, type Architecture, PageFlags, pagesPerEntry } from "@kasan/mmu";
import { type ShadowLayout, shadowOf, vpnOf } from "@kasan/shadow";
import type { BootRecord } from "./record.ts";

/**
 * The shadow of everything that needs none of its own: one read-only page of zeros, shown in every place through
 * tables that are shared at each level, so that terabytes cost a handful of pages (mm/kasan/init.c).
 */
export class EarlyShadow {
  /** Physical address of the page of zeros. */
  readonly page: number;
  private readonly space: AddressSpace;
  private readonly architecture: Architecture;
  /** Physical address of the shared table at each level; the last level's maps the page in all its entries. */
  private readonly tables: number[] = [];

  /**
   * @param boot - leaves the making out in later views
   * @param allocate - one zeroed page of RAM: its physical address
   * @param value - what the page is filled with: 0, or poison
   */
  constructor(space: AddressSpace, boot: BootRecord, allocate: () => number, value = 0) {
    this.space = space;
    this.architecture = space.architecture;
    this.page = boot.number(allocate);
    boot.once(() => space.memory.u8.fill(value, this.page, this.page + 4096));
    for (let level = this.architecture.levels.length - 1; level > 0; level--) {
      this.tables[level] = boot.number(allocate);
      boot.once(() => this.fillTable(level));
    }
  }

  /** Makes all entries of a level's table lead to the next level's, or to the page. */
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

  /** Physical address of the shared table of a level, 1 or more. */
  tableOf(level: number): number {
    return this.tables[level];
  }

  /** Shows the page in shadow pages `vpn` up to `end`. O(entries at the edges), whatever the size. */
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

/** What boot knows of the machine when it lays out the shadow. */
export interface ShadowPlan {
  readonly space: AddressSpace;
  readonly shadow: ShadowLayout;
  readonly early: EarlyShadow;
  /** Bytes of RAM, and the physical address of the direct map's shadow, an eighth of it. */
  readonly ramBytes: number;
  readonly directShadow: number;
}

/**
 * Lays out KASAN's shadow as the kernel does (arch/x86/mm/kasan_init_64.c): real shadow under the direct map; none
 * under vmalloc and module space, where it comes with the areas; the early shadow page under all else.
 *
 * The kernel image's shadow comes when the image is placed.
 */
export function layOutShadow(plan: ShadowPlan): void {
  const { space, shadow, early } = plan;
  const { layout } = space.architecture;
  const shadowVpn = (address: bigint) => vpnOf(shadowOf(shadow, address));
  const end = (last: bigint) => vpnOf(shadowOf(shadow, last)) + 1;
  early.populate(vpnOf(layout.shadowStart), shadowVpn(layout.pageOffset));
  const directShadow = shadowOf(shadow, layout.pageOffset);
  space.map(directShadow, plan.directShadow, plan.ramBytes / shadow.granule, PageFlags.KERNEL).ignore("boot");
  early.populate(end(layout.directMapEnd), shadowVpn(layout.vmallocStart));
  early.populate(end(layout.vmallocEnd), shadowVpn(layout.kernelText));
  early.populate(end(layout.moduleEnd), vpnOf(layout.shadowEnd) + 1);
}
