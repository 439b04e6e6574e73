import type { Arena, FrameSource } from "@kasan/mmu";
import { KASAN_VMALLOC_INVALID, shadowOf, vpnOf } from "@kasan/shadow";
import {
  AREA_STATE_BYTES,
  AreaAllocator,
  type MakeScheme,
  RangePool,
  SCHEMES,
  type ShadowBackend,
  type ShadowScheme,
  Vmalloc,
  type VmallocBackend,
} from "@kasan/vmalloc";
import type { Machine } from "../machine.ts";
import { Gfp } from "../pages/gfp.ts";
import { areasRange } from "./image.ts";
import type { BootRecord } from "./record.ts";
import { EarlyShadow, modulesScheme } from "./shadow.ts";
import { UnusedShadow } from "./unused-shadow.ts";

/** Records of ranges that a machine with so many bytes of RAM has, for all its spaces. */
export const rangeRecords = (ram: number): number => Math.min(2 ** 18, ram / 1024);

/** What boot has made by the time that vmalloc and module space come. */
export interface VmallocParts {
  readonly machine: Machine;
  readonly arena: Arena;
  readonly boot: BootRecord;
  /** The early shadow; undefined without KASAN. */
  readonly early: EarlyShadow | undefined;
  /** Values in place of poison ({@link poisonTable}). */
  readonly poison: Uint8Array;
  /** Where page tables come from. */
  readonly tableFrames: FrameSource;
  /** A page of zeros that boot cannot do without: its physical address. */
  readonly bootPage: () => number;
}

/** vmalloc and module space, and what backs the former with shadow. */
export interface VmallocSpaces {
  readonly vmalloc: Vmalloc;
  readonly moduleSpace: Vmalloc;
  /** The name of vmalloc space's scheme; undefined without KASAN. */
  readonly scheme: string | undefined;
}

/** Lays out vmalloc and module space, with the shadow scheme that the machine's options name. */
export function layOutVmalloc(parts: VmallocParts): VmallocSpaces {
  const { machine, arena } = parts;
  const { ram, architecture, options } = machine;
  const { layout, pageShift } = architecture;
  const records = rangeRecords(ram.size);
  const pool = new RangePool(ram, arena.reserve(RangePool.bytes(records), 8), records);
  const make = options.vmallocShadow ?? SCHEMES.lazy;
  const areas = (start: bigint, end: bigint, makeScheme: MakeScheme) => {
    const state = new Uint32Array(ram.u8.buffer, arena.reserve(AREA_STATE_BYTES), AREA_STATE_BYTES / 4);
    const scheme = shadowScheme(parts, makeScheme, start, end);
    const allocator = new AreaAllocator(pool, state, start, end, pageShift);
    const vmalloc = new Vmalloc(
      allocator,
      vmallocBackend(machine),
      scheme,
      machine.cpus,
      machine.locks.areas,
      pageShift,
    );
    return { vmalloc, scheme };
  };
  const range = areasRange(architecture);
  const { vmalloc, scheme } = areas(range.start, range.end, make);
  const { vmalloc: moduleSpace } = areas(layout.moduleStart, layout.moduleEnd, modulesScheme(make, scheme));
  return { vmalloc, moduleSpace, scheme: scheme?.name };
}

function vmallocBackend(machine: Machine): VmallocBackend {
  const { buddy } = machine;
  return {
    // With hardware tags, the area's pages get the area's.
    allocatePage: (gfp) => buddy.allocate(0, machine.mte ? gfp | Gfp.SKIP_KASAN : gfp),
    freePage: (pfn) => buddy.free(pfn, 0),
    map: (vpn, pfn, own) => machine.mapNew(vpn, pfn, own ? machine.memoryFlags : undefined),
    unmap: (vpn) => machine.unmap(vpn, "the purge flushes, once for many areas"),
    flush: (vpn, pages) => machine.shootDown(vpn, pages),
  };
}

/** A backend that is completed after the scheme, which says what it needs, was made. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The shadow of a part of vmalloc space, which shows where it is unused what the scheme says. */
function shadowScheme(parts: VmallocParts, make: MakeScheme, start: bigint, end: bigint): ShadowScheme | undefined {
  const { machine, early, boot, poison, bootPage } = parts;
  if (!early) return undefined;
  const { space, shadow, locks } = machine;
  const backend = shadowBackend(machine, poison);
  const scheme = make(backend);
  if (scheme.unused === "unmapped") return scheme;
  const value = poison[KASAN_VMALLOC_INVALID];
  const shared = scheme.unused === "zero" ? early : new EarlyShadow(space, boot, bootPage, value);
  boot.once(() => shared.populate(vpnOf(shadowOf(shadow, start)), vpnOf(shadowOf(shadow, end)) + 1));
  const unused = new UnusedShadow(space, shared, () => parts.tableFrames.allocate(), locks.tables);
  backend.lookup = (vpn) => unused.lookup(vpn);
  backend.map = (vpn, pfn) => unused.map(vpn, pfn);
  backend.unmap = (vpn) => unused.unmap(vpn);
  backend.flush = (vpn, pages) => {
    machine.shootDown(vpn, pages);
    unused.restore(vpn, pages);
  };
  return scheme;
}

function shadowBackend(machine: Machine, poison: Uint8Array): Mutable<ShadowBackend> {
  const { shadow, buddy, pages, kernelPages, ram, counters, options, clock } = machine;
  const { size } = kernelPages;
  const count = (change: number): void => {
    const before = counters.add("shadowPages", change);
    options.onVmallocShadow?.(clock.now, before + change);
  };
  return {
    scaleShift: shadow.scaleShift,
    pageShift: kernelPages.shift,
    shadowOffsetVpn: kernelPages.pageOf(shadow.offset),
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
    lookup: (vpn) => kernelPages.lookup(vpn),
    map: (vpn, pfn) => machine.mapNew(vpn, pfn),
    unmap: (vpn) => machine.unmap(vpn, "the scheme flushes the range"),
    flush: (vpn, shadowPages) => machine.shootDown(vpn, shadowPages),
    fill: (pfn, from, to, value) => ram.fill(poison[value], pfn * size + from, pfn * size + to),
  };
}
