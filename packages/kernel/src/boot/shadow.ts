import { type AddressSpace, type Architecture, PageFlags, pagesPerEntry } from "@kasan/mmu";
import { addressOf, type ShadowLayout, shadowLayout, shadowOf, vpnOf } from "@kasan/shadow";
import { type MakeScheme, SCHEMES, type ShadowScheme } from "@kasan/vmalloc";
import type { BootRecord } from "../smp/boot-record.ts";
import { areasRange, imageRange } from "./image.ts";

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
    boot.once(() => space.memory.fill(value, this.page, this.page + 2 ** this.architecture.pageShift));
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

  /** Pages that it takes: the one that it shows, and a shared table for each level but the root's. */
  static pages({ levels }: Architecture): number {
    return levels.length;
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

/** An architecture's shadow layout. KASAN watches from the lowest kernel address on: below, no address has shadow. */
export function shadowLayoutOf({ layout }: Architecture): ShadowLayout {
  const { shadowStart, shadowEnd, shadowOffset: offset, shadowScaleShift: scaleShift } = layout;
  // A kernel without KASAN has none: what is computed with it is never looked at.
  if (shadowEnd < shadowStart) return shadowLayout({ scaleShift, offset: 0n });
  return shadowLayout({
    scaleShift,
    offset,
    memoryStart: BigInt.asUintN(64, (shadowStart - offset) << BigInt(scaleShift)),
  });
}

/** What backs the shadow of a part of the address space. */
export type ShadowBacking =
  /** The read-only page of zeros. */
  | "early"
  /** Memory that boot sets aside: an eighth of RAM, or a sixteenth. */
  | "direct"
  /** What the scheme of vmalloc space says. */
  | "vmalloc"
  /** Pages that come when the kernel image is placed. */
  | "image"
  /** What the scheme of module space says. */
  | "modules";

/** Consecutive pages of shadow. Page numbers. */
export interface ShadowPart {
  /** First page of shadow. */
  readonly vpn: number;
  /** The page behind the last. */
  readonly end: number;
  /** What backs it. */
  readonly backing: ShadowBacking;
}

/**
 * How KASAN's shadow is backed, from its first page to its last (kasan_init of arch/x86/mm/kasan_init_64.c and
 * arch/arm64/mm/kasan_init.c): real shadow under the direct
 * map; none under vmalloc and module space, where it comes with the areas; the early shadow page under all else.
 */
export function shadowParts(architecture: Architecture, shadow: ShadowLayout): ShadowPart[] {
  const { layout } = architecture;
  const areas = areasRange(architecture);
  const image = imageRange(architecture);
  const spaces: [backing: ShadowBacking, first: bigint, last: bigint][] = [
    ["direct", layout.pageOffset, layout.directMapEnd],
    ["vmalloc", areas.start, areas.end],
    ["image", image.start, image.end],
    ["modules", layout.moduleStart, layout.moduleEnd],
  ];
  spaces.sort(([, a], [, b]) => (a < b ? -1 : 1));
  const parts: ShadowPart[] = [];
  let next = vpnOf(layout.shadowStart);
  const early = (end: number) => {
    if (next < end) parts.push({ vpn: next, end, backing: "early" });
  };
  for (const [backing, first, last] of spaces) {
    const vpn = vpnOf(shadowOf(shadow, first));
    const end = vpnOf(shadowOf(shadow, last)) + 1;
    early(vpn);
    parts.push({ vpn, end, backing });
    next = end;
  }
  early(vpnOf(layout.shadowEnd) + 1);
  return parts;
}

/**
 * How module space is backed, given how vmalloc space is: modules had real shadow before vmalloc space had
 * (kasan_module_alloc).
 */
export function modulesScheme(make: MakeScheme, scheme: ShadowScheme | undefined): MakeScheme {
  return scheme && !scheme.real ? SCHEMES.lazy : make;
}

/** What boot knows of the machine when it lays out the shadow. */
export interface BootShadow {
  readonly space: AddressSpace;
  readonly shadow: ShadowLayout;
  readonly early: EarlyShadow;
  /** The direct map's shadow: physical address, and bytes. */
  readonly directShadow: number;
  readonly directShadowBytes: number;
  /** Whether a per-page scheme maps it instead. */
  readonly paged: boolean;
}

/** Maps what of KASAN's shadow is there from boot on ({@link shadowParts}): that of RAM, and the early shadow page. */
export function layOutShadow({ space, shadow, early, directShadow, directShadowBytes, paged }: BootShadow): void {
  for (const { vpn, end, backing } of shadowParts(space.architecture, shadow)) {
    if (backing === "early") early.populate(vpn, end);
    if (backing !== "direct" || paged) continue;
    space.map(addressOf(vpn, 0), directShadow, directShadowBytes, PageFlags.KERNEL).ignore("boot");
  }
}
