import { Access, type AddressSpace, type FrameSource, PageFlags, TlbKind } from "@kasan/mmu";
import {
  addressOf,
  KASAN_VMALLOC_INVALID,
  type MakePageScheme,
  offsetOf,
  PAGE_SIZE,
  SHOWS_ZERO,
  type ShadowLayout,
  type ShadowPages,
  shadowOf,
  shadowOffsetOf,
  shadowView,
  shadowVpnOf,
  vpnOf,
} from "@kasan/shadow";
import type { MakeScheme, ShadowScheme } from "@kasan/vmalloc";
import type { Faults } from "../../mm/access-checks.ts";
import { Gfp } from "../../mm/gfp.ts";
import type { PageMapper } from "../../mm/page-mapper.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Clock } from "../../smp/clock.ts";
import type { SpinLock } from "../../smp/lock.ts";
import { PageShadow, type PageShadowMachine } from "./by-page.ts";
import { DirectShadow } from "./direct-map.ts";
import { DirectShadowByPage } from "./direct-map-by-page.ts";
import { EarlyShadow } from "./early.ts";
import type { ShadowPart } from "./parts.ts";
import { UnusedShadow } from "./unused.ts";
import { type ShadowParts, schemeOverTables } from "./vmalloc-backend.ts";

/** The parts of a machine that {@link KernelShadow} uses, once they exist. */
export interface ShadowMachine extends PageShadowMachine {
  /** The page tables. */
  readonly space: AddressSpace;
  /** Changes the page tables. */
  readonly mapper: PageMapper;
  /** Allocates pages for page tables. */
  readonly tableFrames: FrameSource;
  /** The locks for the page tables and for which pages have shadow of their own. */
  readonly locks: { readonly tables: SpinLock; readonly shadow: SpinLock };
  /** The machine's clock. */
  readonly clock: Clock;
  /** Handles faulting accesses. */
  readonly oops: Faults;
  /** Called whenever the number of shadow pages of vmalloc and module space changes. */
  readonly options: { readonly onVmallocShadow?: (time: number, pages: number) => void };
}

/** Location and initial contents of a kernel's shadow. */
export interface ShadowSetup {
  /** Records what boot does, for other threads to replay. */
  readonly boot: BootRecord;
  /** Allocates a page of RAM that boot cannot do without. Returns its physical address. */
  readonly bootPage: () => number;
  /** Maps addresses to shadow addresses. */
  readonly layout: ShadowLayout;
  /** Backing of each part of the shadow. */
  readonly parts: readonly ShadowPart[];
  /** Maps values to the values actually written. */
  readonly table: Uint8Array;
  /** Value of shadow that is not backed by a page of its own (KASAN_SHADOW_INIT). */
  readonly initial: number;
  /** Memory for the direct map's shadow, or for a scheme's marks: physical address, and bytes. */
  readonly direct: { readonly at: number; readonly bytes: number };
  /** Ranges of page frames for the page allocator: the first, and the one after the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
  /** Selects the pages of the direct map that have shadow; by default all have it. */
  readonly byPage?: MakePageScheme | undefined;
}

/** The shadow of a kernel's whole address space, as seen by one CPU (mm/kasan/init.c, shadow.c). */
export class KernelShadow {
  /** The direct map's shadow, by physical address. */
  readonly direct: DirectShadow;
  /** Maps addresses to shadow addresses. */
  readonly layout: ShadowLayout;
  /** Shadow access for checks, through the CPU's TLB. */
  readonly pages: ShadowPages;
  /** Shadow access for reports; creates no TLB entries. */
  readonly lookedUp: ShadowPages;
  private readonly machine: ShadowMachine;
  private readonly setup: ShadowSetup;
  private readonly table: Uint8Array;
  private early!: EarlyShadow;
  private scheme: PageShadow | undefined;

  constructor(machine: ShadowMachine, pageSize: number, setup: ShadowSetup) {
    const { ram } = machine;
    this.machine = machine;
    this.setup = setup;
    this.table = setup.table;
    this.layout = setup.layout;
    this.direct = setup.byPage
      ? new DirectShadowByPage(ram, setup.table, pageSize, (group) => this.scheme?.shown(group) ?? SHOWS_ZERO)
      : new DirectShadow(ram, setup.direct.at, setup.table, setup.layout.granule);
    const view = shadowView(ram.u8);
    this.pages = { view, indexOf: (vpn) => this.translate(vpn, Access.READ) };
    this.lookedUp = { view, indexOf: (vpn) => this.lookUp(vpn) };
  }

  /** Boot: maps the shadow that exists from boot on, and the early shadow page everywhere else. Requires page tables. */
  layOut(): void {
    const { boot, bootPage, initial, byPage } = this.setup;
    this.early = new EarlyShadow(this.machine.space, boot, bootPage, initial);
    boot.once(() => this.mapParts());
    if (byPage) this.layOutByPage(byPage);
  }

  private mapParts(): void {
    const { parts, direct, byPage } = this.setup;
    for (const { vpn, end, backing } of parts) {
      if (backing === "early") this.early.populate(vpn, end);
      if (backing !== "direct" || byPage) continue;
      this.machine.space.map(addressOf(vpn, 0), direct.at, direct.bytes, PageFlags.KERNEL).ignore("boot");
    }
  }

  private layOutByPage(make: MakePageScheme): void {
    const { boot, bootPage, parts, direct, free } = this.setup;
    const first = parts.find(({ backing }) => backing === "direct")?.vpn ?? 0;
    this.scheme = new PageShadow(this.machine, {
      boot,
      make,
      shadowVpn: first / this.machine.kernelPages.units,
      free,
      marks: direct,
      zero: this.early.page,
      bootPage,
    });
  }

  /** The direct map's per-page scheme; undefined if all pages have shadow, or before it is laid out. */
  get byPage(): PageShadow | undefined {
    return this.scheme;
  }

  /** Bytes of the direct map's shadow: reserved at boot, or allocated for pages. */
  get directBytes(): number {
    return this.scheme?.statistics().shadow ?? this.setup.direct.bytes;
  }

  /**
   * Translates a shadow page for this CPU; see `Mmu.translate`.
   *
   * @returns its buffer offset; -1 if the access faults
   */
  translate(vpn: number, access: number, offset = 0): number {
    const page = this.machine.mmu.translate(vpn, access, TlbKind.SHADOW, offset);
    return page < 0 && this.scheme ? this.scheme.translateAgain(vpn, access) : page;
  }

  /** Buffer offset of a mapped page's first byte; -1 if it is not mapped. */
  private lookUp(vpn: number): number {
    const pfn = this.machine.space.lookup(vpn);
    return pfn < 0 ? -1 : pfn * PAGE_SIZE;
  }

  /** The shadow byte of an address; -1 if its shadow is not mapped. */
  byteAt(address: bigint): number {
    const vpn = vpnOf(address);
    const offset = offsetOf(address);
    const page = this.translate(shadowVpnOf(this.layout, vpn, offset), Access.READ);
    return page < 0 ? -1 : this.machine.ram.u8[page + shadowOffsetOf(this.layout, vpn, offset)];
  }

  /** Sets the shadow of all granules overlapping `size` bytes from an address, a multiple of the granule. */
  fill(address: bigint, size: number, value: number): void {
    this.fillShadow(shadowOf(this.layout, address), Math.ceil(size / this.layout.granule), value);
  }

  /** {@link KernelShadow.fill} with exactly this value. */
  tag(address: bigint, size: number, tag: number): void {
    this.write(shadowOf(this.layout, address), Math.ceil(size / this.layout.granule), tag);
  }

  /** Sets `count` shadow bytes starting at a shadow address. A fault ends the guest. */
  fillShadow(shadowAddress: bigint, count: number, value: number): void {
    this.write(shadowAddress, count, this.table[value]);
  }

  private write(shadowAddress: bigint, count: number, value: number): void {
    const { mmu, oops, ram } = this.machine;
    let vpn = vpnOf(shadowAddress);
    let offset = offsetOf(shadowAddress);
    while (count > 0) {
      const page = this.translate(vpn, Access.WRITE, offset);
      if (page < 0) oops.pageFault(mmu.fault);
      const run = Math.min(count, PAGE_SIZE - offset);
      ram.fill(value, page + offset, page + offset + run);
      count -= run;
      offset = 0;
      vpn++;
    }
  }

  /** The shadow page of a page, in the kernel's pages. */
  pageOver(vpn: number): number {
    const { kernelPages } = this.machine;
    return kernelPages.pageOf(shadowOf(this.layout, kernelPages.addressOf(vpn)));
  }

  /** Creates the shadow scheme for a part of vmalloc or module space. Unused shadow there is mapped as the scheme requires. */
  schemeFor(make: MakeScheme, start: bigint, end: bigint): ShadowScheme {
    const { machine, layout, table } = this;
    const { boot, bootPage } = this.setup;
    const unused = (shows: "zero" | "poison") => {
      const shared =
        shows === "zero" ? this.early : new EarlyShadow(machine.space, boot, bootPage, table[KASAN_VMALLOC_INVALID]);
      boot.once(() => shared.populate(vpnOf(shadowOf(layout, start)), vpnOf(shadowOf(layout, end)) + 1));
      return new UnusedShadow(machine.space, shared, () => machine.tableFrames.allocate(), machine.locks.tables);
    };
    return schemeOverTables({ ...this.schemeParts(), unused }, make);
  }

  private schemeParts(): Omit<ShadowParts, "unused"> {
    const { machine, layout, table } = this;
    const { buddy, pages, kernelPages, locks, ram, counters, options, clock } = machine;
    const { size } = kernelPages;
    const count = (change: number): void => {
      const before = counters.add("shadowPages", change);
      options.onVmallocShadow?.(clock.now, before + change);
    };
    return {
      scaleShift: layout.scaleShift,
      shadowOffsetVpn: kernelPages.pageOf(layout.offset),
      kernelPages,
      tables: locks.tables,
      allocatePage: () => {
        const pfn = buddy.allocate(0, Gfp.KERNEL);
        if (pfn >= 0) count(1);
        return pfn;
      },
      freePage: (pfn) => {
        count(-1);
        buddy.free(pfn, 0);
      },
      references: (pfn) => pages.references(pfn),
      setReferences: (pfn, references) => pages.setReferences(pfn, references),
      shootDown: (vpn, shadowPages) => machine.mapper.shootDown(vpn, shadowPages),
      fill: (pfn, from, to, value) => ram.fill(table[value], pfn * size + from, pfn * size + to),
    };
  }
}
