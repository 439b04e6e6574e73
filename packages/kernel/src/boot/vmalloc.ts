import { type Arena, type FrameSource, PageFlags } from "@kasan/mmu";
import { KASAN_VMALLOC_INVALID, shadowOf, vpnOf } from "@kasan/shadow";
import {
  AREA_STATE_BYTES,
  AreaAllocator,
  divide,
  type MakeScheme,
  type NodeRange,
  RangePool,
  SCHEMES,
  type ShadowScheme,
  Vmalloc,
  type VmallocBackend,
  VmallocNodes,
} from "@kasan/vmalloc";
import { UnusedShadow } from "../kasan/shadow/unused.ts";
import { type ShadowParts, schemeOverTables } from "../kasan/shadow/vmalloc-backend.ts";
import { Gfp } from "../mm/gfp.ts";
import type { BootRecord } from "../smp/boot-record.ts";
import type { SpinLock } from "../smp/lock.ts";
import { areasRange } from "./image.ts";
import type { Machine } from "./machine.ts";
import { EarlyShadow, modulesScheme } from "./shadow.ts";

/** Records of ranges that a machine with so many bytes of RAM has for each of its CPUs. */
export const rangeRecords = (ram: number, cpus: number): number => Math.ceil(Math.min(2 ** 18, ram / 1024) / cpus);

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
  readonly vmalloc: VmallocNodes;
  readonly moduleSpace: Vmalloc;
  /** Whether tasks may have stacks in vmalloc space: it has shadow of its own, or needs none. */
  readonly takesStacks: boolean;
}

/** Lays out vmalloc and module space, with the shadow scheme that the machine's options name. */
export function layOutVmalloc(parts: VmallocParts): VmallocSpaces {
  const { machine } = parts;
  const { architecture, options, locks, cpu } = machine;
  const { layout, pageShift } = architecture;
  const range = areasRange(architecture);
  const nodes = divide(range.start, range.end, machine.cpus);
  const make = options.vmallocShadow ?? SCHEMES.lazy;
  const scheme = shadowScheme(parts, make, range.start, range.end);
  const pools = nodes.map(() => rangePool(parts));
  const areas = (pool: RangePool, { start, end }: NodeRange, shadow: ShadowScheme | undefined, lock: SpinLock) => {
    const state = new Uint32Array(machine.ram.u8.buffer, parts.arena.reserve(AREA_STATE_BYTES), AREA_STATE_BYTES / 4);
    const allocator = new AreaAllocator(pool, state, start, end, pageShift);
    return new Vmalloc(allocator, vmallocBackend(machine), shadow, machine.cpus, lock, nodes.length, pageShift);
  };
  const spaces = nodes.map((node, i) => areas(pools[i], node, scheme, locks.areas[i]));
  const modules = { start: layout.moduleStart, end: layout.moduleEnd };
  const modulesShadow = shadowScheme(parts, modulesScheme(make, scheme), modules.start, modules.end);
  // Modules come and go rarely: they share the first node's records and lock.
  const moduleSpace = areas(pools[0], modules, modulesShadow, locks.areas[0]);
  return {
    vmalloc: new VmallocNodes(spaces, nodes, cpu.id, pageShift),
    moduleSpace,
    takesStacks: scheme?.real ?? true,
  };
}

/** Records of one node's areas. */
function rangePool({ machine, arena }: VmallocParts): RangePool {
  const records = rangeRecords(machine.ram.size, machine.cpus);
  return new RangePool(machine.ram, arena.reserve(RangePool.bytes(records), 8), records);
}

function vmallocBackend(machine: Machine): VmallocBackend {
  const { buddy } = machine;
  return {
    // With hardware tags, the area's pages get the area's.
    allocatePage: (gfp) => buddy.allocate(0, machine.mte ? gfp | Gfp.SKIP_KASAN : gfp),
    freePage: (pfn) => buddy.free(pfn, 0),
    map: (vpn, pfn, own) => machine.mapOwn(vpn, pfn, own ? machine.memoryFlags : PageFlags.KERNEL),
    unmap: (vpn) => machine.unmapOwn(vpn, "the purge flushes, once for many areas"),
    flush: (vpn, pages) => machine.shootDown(vpn, pages),
  };
}

/** The shadow of a part of vmalloc space, which shows where it is unused what the scheme says. */
function shadowScheme(parts: VmallocParts, make: MakeScheme, start: bigint, end: bigint): ShadowScheme | undefined {
  const { machine, early, boot, poison, bootPage } = parts;
  if (!early) return undefined;
  const { space, shadow, locks } = machine;
  const unused = (shows: "zero" | "poison") => {
    const value = poison[KASAN_VMALLOC_INVALID];
    const shared = shows === "zero" ? early : new EarlyShadow(space, boot, bootPage, value);
    boot.once(() => shared.populate(vpnOf(shadowOf(shadow, start)), vpnOf(shadowOf(shadow, end)) + 1));
    return new UnusedShadow(space, shared, () => parts.tableFrames.allocate(), locks.tables);
  };
  return schemeOverTables({ ...shadowParts(machine, poison), unused }, make);
}

function shadowParts(machine: Machine, poison: Uint8Array): Omit<ShadowParts, "unused"> {
  const { shadow, buddy, pages, kernelPages, locks, ram, counters, options, clock } = machine;
  const { size } = kernelPages;
  const count = (change: number): void => {
    const before = counters.add("shadowPages", change);
    options.onVmallocShadow?.(clock.now, before + change);
  };
  return {
    scaleShift: shadow.scaleShift,
    shadowOffsetVpn: kernelPages.pageOf(shadow.offset),
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
    shootDown: (vpn, shadowPages) => machine.shootDown(vpn, shadowPages),
    fill: (pfn, from, to, value) => ram.fill(poison[value], pfn * size + from, pfn * size + to),
  };
}
