import { type Access, type Mmu, PageFlags, type PhysicalMemory, TlbKind, type Tlbs } from "@kasan/mmu";
import {
  BLACK,
  type MakePageScheme,
  PageMark,
  type PageShadowBackend,
  type PageShadowScheme,
  SHOWS_ZERO,
} from "@kasan/shadow";
import type { BuddyAllocator } from "../../mm/buddy.ts";
import { Gfp } from "../../mm/gfp.ts";
import type { KernelPages } from "../../mm/kernel-pages.ts";
import type { PageDescriptors } from "../../mm/page-descriptors.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Counters } from "../../smp/counters.ts";
import type { Cpu } from "../../smp/cpu.ts";
import type { SpinLock } from "../../smp/lock.ts";
import { pageBackend, translatePatiently } from "./by-page-backend.ts";
import { GRANULE } from "./direct-map.ts";

/** What {@link PageShadow} uses of a machine. */
export interface PageShadowMachine {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** The page tables, in the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Accesses through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** All CPUs' TLBs. */
  readonly tlbs: Tlbs;
  /** The CPU that this view is for. */
  readonly cpu: Cpu;
  /** Numbers that the CPUs share. */
  readonly counters: Counters;
  /** The lock of which pages have shadow of their own. */
  readonly locks: { readonly shadow: SpinLock };
}

/** What boot has made by the time that the direct map's shadow comes. */
export interface PageShadowBoot {
  /** What boot does, or reads. */
  readonly boot: BootRecord;
  /** Makes the scheme. */
  readonly make: MakePageScheme;
  /** The first page of the direct map's shadow, of the kernel's size. */
  readonly shadowVpn: number;
  /** Page frames that go to the page allocator: first, and the one behind the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
  /** Where the marks lie, in place of the direct map's shadow: physical address, and bytes. */
  readonly marks: { readonly at: number; readonly bytes: number };
  /** Physical address of the page of zeros. */
  readonly zero: number;
  /** A page that boot cannot do without: its physical address. */
  readonly bootPage: () => number;
}

/** What a per-page scheme costs. Bytes unless the name says otherwise. */
export interface PageShadowStatistics {
  /** The scheme's name. */
  readonly scheme: string;
  /** Shadow that parts of the direct map have of their own. */
  readonly shadow: number;
  /** Most that there was at one time. */
  readonly shadowPeak: number;
  /** The marks of pages; 0 in a scheme without. */
  readonly pshadow: number;
  /** Times that an access met bad shadow and was looked at again. */
  readonly slowPaths: number;
  /** How many of them flushed the CPU's TLB. */
  readonly slowPathFlushes: number;
  /** Changes of what shadow shows that were followed by a flush of this CPU alone. */
  readonly localFlushes: number;
  /** And by a flush of all CPUs. */
  readonly flushes: number;
}

/** Whether pages are kernel memory, by the flags that they were asked for with: all that may not be moved. */
export const isKernelMemory = (gfp: number): boolean => (gfp & (Gfp.MOVABLE | Gfp.SKIP_KASAN)) === 0;

/** The shadow of the direct map under a per-page scheme, as one CPU sees it. */
export class PageShadow {
  /** The scheme. */
  readonly scheme: PageShadowScheme;
  private readonly machine: PageShadowMachine;
  private readonly pageSize: number;
  private readonly backend: PageShadowBackend;
  private readonly markBytes: number;
  /** First page of the direct map's shadow, and how many there are. Pages of the kernel's size. */
  private readonly shadowVpn: number;
  private readonly groups: number;

  /** Boot: lays the shadow out. From now on the page allocator's hooks are to call this. */
  constructor(machine: PageShadowMachine, { boot, make, shadowVpn, free, marks, zero, bootPage }: PageShadowBoot) {
    const { size: pageSize } = machine.kernelPages;
    this.machine = machine;
    this.pageSize = pageSize;
    this.shadowVpn = shadowVpn;
    this.groups = machine.pages.frames / GRANULE;
    const black = boot.number(bootPage);
    boot.once(() => machine.ram.fill(BLACK, black, black + pageSize));
    this.backend = pageBackend({
      ...this.parts(marks.at),
      shared: { black: black / pageSize, zero: zero / pageSize },
    });
    this.scheme = make(this.backend);
    this.markBytes = this.scheme.marks ? marks.bytes : 0;
    boot.once(() => this.populate(free, black / pageSize, zero / pageSize));
  }

  /** The frame that a page of shadow has of its own, or what it shows. */
  shown(group: number): number {
    return this.backend.shown(group);
  }

  private parts(marks: number): Omit<Parameters<typeof pageBackend>[0], "shared"> {
    const { machine, shadowVpn, pageSize } = this;
    const { kernelPages, locks, counters, buddy, ram, tlbs, cpu } = machine;
    const { units } = kernelPages;
    const { u8 } = ram;
    const bytes = pageSize / GRANULE;
    return {
      kernelPages,
      lock: locks.shadow,
      shadowVpn,
      perShadow: GRANULE,
      mark: (pfn) => u8[marks + pfn],
      setMark: (pfn, mark) => {
        u8[marks + pfn] = mark;
      },
      allocateShadow: () => {
        // It is what shadow is made of, and has none: marked, as the series' alloc_page() marks it.
        const frame = buddy.allocate(0, Gfp.KERNEL | Gfp.SKIP_KASAN);
        if (frame < 0) return -1;
        const now = counters.add("ownShadowPages", 1) + 1;
        if (now > counters.get("ownShadowPeak")) counters.set("ownShadowPeak", now);
        return frame;
      },
      freeShadow: (frame) => {
        counters.add("ownShadowPages", -1);
        buddy.free(frame, 0);
      },
      fill: (frame, from, to, value) => {
        ram.fill(value, frame * pageSize + from * bytes, frame * pageSize + to * bytes);
      },
      flushLocal: (vpn) => {
        counters.add("shadowLocalFlushes", 1);
        tlbs.flushRange(cpu.id, vpn * units, units);
      },
      shootDown: (vpn) => {
        counters.add("shadowFlushes", 1);
        tlbs.shootDown(cpu.id, vpn * units, units);
      },
    };
  }

  /** Makes the tables, marks the pages, and has each group show what the scheme says. */
  private populate(free: PageShadowBoot["free"], black: number, zero: number): void {
    const { kernelPages, pages } = this.machine;
    const { frames } = pages;
    const { space } = kernelPages;
    const map = (group: number, pfn: number) => {
      kernelPages.map(this.shadowVpn + group, pfn, PageFlags.KERNEL_RO);
      space.pending.ignore("boot");
    };
    for (let group = 0; group < this.groups; group++) map(group, black);
    const managed = (pfn: number) => free.some(([from, to]) => pfn >= from && pfn < to);
    for (let pfn = 0; this.scheme.marks && pfn < frames; pfn++) {
      const isFree = managed(pfn) && pages.references(pfn) === 0;
      // What boot has taken is good as a whole.
      this.backend.setMark(pfn, isFree ? PageMark.FREE : PageMark.GOOD);
    }
    for (let group = 0; group < this.groups; group++) {
      if (this.scheme.boot(group) !== SHOWS_ZERO) continue;
      kernelPages.unmap(this.shadowVpn + group);
      space.pending.ignore("boot");
      map(group, zero);
    }
  }

  /** The page allocator hands out 2^order pages. @returns false if memory for their shadow is short */
  allocated(pfn: number, order: number, gfp: number): boolean {
    return this.scheme.allocated(pfn, 1 << order, isKernelMemory(gfp));
  }

  /** It is about to take them back. */
  freed(pfn: number, order: number): void {
    this.scheme.freed(pfn, 1 << order);
  }

  /**
   * An access has met bad shadow (check_memory_region_slow of the series). If it is to memory that needs no shadow of its own, the
   * scheme says whether it is good; else this CPU's TLB is flushed.
   *
   * @param physical - of the first byte
   * @returns whether it is good; false: shadow, looked at again, decides
   */
  isGood(physical: number, size: number): boolean {
    const { pageSize } = this;
    const { counters, pages } = this.machine;
    counters.add("secondLooks", 1);
    const last = Math.min(pages.frames - 1, Math.floor((physical + Math.max(1, size) - 1) / pageSize));
    if (this.scheme.secondLook(Math.floor(physical / pageSize), last) === "good") return true;
    counters.add("secondLookFlushes", 1);
    return false;
  }

  /**
   * Translates a page of shadow that an access could not reach, if it is of the direct map: {@link translatePatiently}.
   *
   * @param vpn - in pages of 4096 bytes
   * @returns the buffer offset; -1 if the access faults indeed
   */
  translateAgain(vpn: number, access: Access): number {
    const { mmu, kernelPages } = this.machine;
    const group = Math.floor(vpn / kernelPages.units) - this.shadowVpn;
    if (group < 0 || group >= this.groups || mmu.fault.reason !== "not-present") return -1;
    return translatePatiently(this.backend, () => mmu.translate(vpn, access, TlbKind.SHADOW));
  }

  /** Counts for `--stats`. */
  statistics(): PageShadowStatistics {
    const { pageSize } = this;
    const { counters } = this.machine;
    return {
      scheme: this.scheme.name,
      shadow: counters.get("ownShadowPages") * pageSize,
      shadowPeak: counters.get("ownShadowPeak") * pageSize,
      pshadow: this.markBytes,
      slowPaths: counters.get("secondLooks"),
      slowPathFlushes: counters.get("secondLookFlushes"),
      localFlushes: counters.get("shadowLocalFlushes"),
      flushes: counters.get("shadowFlushes"),
    };
  }
}
