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

/** The parts of a machine that {@link PageShadow} uses. */
export interface PageShadowMachine {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Accesses memory through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** The TLBs of all CPUs. */
  readonly tlbs: Tlbs;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** The lock that protects which pages have shadow of their own. */
  readonly locks: { readonly shadow: SpinLock };
}

/** The inputs from boot for creating the direct map's shadow. */
export interface PageShadowBoot {
  /** Records what boot does, for other threads to replay. */
  readonly boot: BootRecord;
  /** Creates the scheme. */
  readonly make: MakePageScheme;
  /** First page of the direct map's shadow, in the kernel's page size. */
  readonly shadowVpn: number;
  /** Ranges of page frames for the page allocator: the first, and the one after the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
  /** Memory for the marks, instead of the direct map's shadow: physical address, and bytes. */
  readonly marks: { readonly at: number; readonly bytes: number };
  /** Physical address of the page of zeros. */
  readonly zero: number;
  /** Allocates a page that boot cannot do without. Returns its physical address. */
  readonly bootPage: () => number;
}

/** Costs of a per-page scheme. Bytes unless the name says otherwise. */
export interface PageShadowStatistics {
  /** The scheme's name. */
  readonly scheme: string;
  /** Shadow allocated for parts of the direct map. */
  readonly shadow: number;
  /** Peak of that amount. */
  readonly shadowPeak: number;
  /** Size of the page marks; 0 in a scheme without marks. */
  readonly pshadow: number;
  /** Accesses that met bad shadow and were checked again. */
  readonly slowPaths: number;
  /** Those of them that flushed the CPU's TLB. */
  readonly slowPathFlushes: number;
  /** Changes of the shadow mapping that flushed only this CPU's TLB. */
  readonly localFlushes: number;
  /** Changes of the shadow mapping that flushed all CPUs' TLBs. */
  readonly flushes: number;
}

/** Whether pages are kernel memory according to their allocation flags: everything that is not movable. */
export const isKernelMemory = (gfp: number): boolean => (gfp & (Gfp.MOVABLE | Gfp.SKIP_KASAN)) === 0;

/** The direct map's shadow under a per-page scheme, as seen by one CPU. */
export class PageShadow {
  /** The scheme. */
  readonly scheme: PageShadowScheme;
  private readonly machine: PageShadowMachine;
  private readonly pageSize: number;
  private readonly backend: PageShadowBackend;
  private readonly markBytes: number;
  /** First page of the direct map's shadow, and the number of pages. In the kernel's page size. */
  private readonly shadowVpn: number;
  private readonly groups: number;

  /** Boot: lays out the shadow. From here on the page allocator's hooks must call this object. */
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

  /** The frame that a shadow page is mapped to: its own, or a shared one. */
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
        ram.wrote(marks + pfn, 1);
        u8[marks + pfn] = mark;
      },
      allocateShadow: () => {
        // Shadow pages have no shadow themselves; they are marked as the series' alloc_page() does.
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

  /** Creates the tables, marks the pages, and maps each group as the scheme requires. */
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
      // Pages taken by boot are accessible as a whole.
      this.backend.setMark(pfn, isFree ? PageMark.FREE : PageMark.GOOD);
    }
    for (let group = 0; group < this.groups; group++) {
      if (this.scheme.boot(group) !== SHOWS_ZERO) continue;
      kernelPages.unmap(this.shadowVpn + group);
      space.pending.ignore("boot");
      map(group, zero);
    }
  }

  /** Called when the page allocator hands out 2^order pages. @returns false if memory for their shadow is short */
  allocated(pfn: number, order: number, gfp: number): boolean {
    return this.scheme.allocated(pfn, 1 << order, isKernelMemory(gfp));
  }

  /** Called before the page allocator takes the pages back. */
  freed(pfn: number, order: number): void {
    this.scheme.freed(pfn, 1 << order);
  }

  /**
   * Handles an access that met bad shadow (check_memory_region_slow of the series). If the memory needs no shadow of its own, the
   * scheme decides; otherwise this CPU's TLB is flushed.
   *
   * @param physical - physical address of the first byte
   * @returns whether the access is good; false: check the shadow again
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
   * Retries the translation of a shadow page that an access could not reach, if it belongs to the direct map:
   * {@link translatePatiently}.
   *
   * @param vpn - page number in units of 4096 bytes
   * @returns the buffer offset; -1 if the access really faults
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
