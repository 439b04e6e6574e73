import { type Architecture, type Arena, PageFlags, type PhysicalMemory } from "@kasan/mmu";
import {
  AREA_STATE_BYTES,
  AreaAllocator,
  divide,
  type Lock,
  type MakeScheme,
  type NodeRange,
  RangePool,
  type ShadowScheme,
  Vmalloc,
  type VmallocBackend,
  VmallocNodes,
} from "@kasan/vmalloc";
import type { RunningMode } from "../kasan/modes/mode.ts";
import type { BuddyAllocator } from "../mm/buddy.ts";
import type { PageMapper } from "../mm/page-mapper.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { Locks, SpinLock } from "../smp/lock.ts";
import { areasRange } from "./image.ts";
import { modulesScheme } from "./shadow.ts";

/** Number of range records per CPU, for the given bytes of RAM. */
export const rangeRecords = (ram: number, cpus: number): number => Math.ceil(Math.min(2 ** 18, ram / 1024) / cpus);

/** The parts of a machine that boot has created before it lays out vmalloc and module space. */
export interface VmallocParts {
  /** Defines where they lie. */
  readonly architecture: Architecture;
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** Memory behind RAM. */
  readonly arena: Arena;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** Changes the page tables. */
  readonly mapper: PageMapper;
  /** The kernel's locks. */
  readonly locks: Locks;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Number of CPUs. */
  readonly cpus: number;
  /** KASAN's mode, which provides their shadow. */
  readonly mode: RunningMode;
  /** Page flags for mapping the pages of areas. */
  readonly memoryFlags: number;
  /** How vmalloc space is backed with shadow. */
  readonly make: MakeScheme;
}

/** vmalloc and module space, and the shadow scheme of vmalloc space. */
export interface VmallocSpaces {
  /** vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Module space. */
  readonly moduleSpace: Vmalloc;
  /** Whether tasks may have stacks in vmalloc space: it has its own shadow, or needs none. */
  readonly takesStacks: boolean;
}

/** Lays out vmalloc and module space, and their shadow. */
export function layOutVmalloc(parts: VmallocParts): VmallocSpaces {
  const { architecture, ram, arena, cpus, locks, cpu, mode, make } = parts;
  const { layout, pageShift } = architecture;
  const range = areasRange(architecture);
  const nodes = divide(range.start, range.end, cpus);
  const scheme = mode.vmallocShadow(make, range.start, range.end);
  const records = rangeRecords(ram.size, cpus);
  const pools = nodes.map(
    () => new RangePool(ram, arena.reserve(RangePool.bytes(records), { align: 8, noted: true }), records),
  );
  const areas = (pool: RangePool, { start, end }: NodeRange, shadow: ShadowScheme | undefined, lock: SpinLock) => {
    const state = new Uint32Array(ram.u8.buffer, arena.reserve(AREA_STATE_BYTES), AREA_STATE_BYTES / 4);
    const allocator = new AreaAllocator(pool, state, start, end, pageShift);
    return new Vmalloc(allocator, vmallocBackend(parts), shadow, cpus, noting(lock, pool), nodes.length, pageShift);
  };
  const spaces = nodes.map((node, i) => areas(pools[i], node, scheme, locks.areas[i]));
  const modules = { start: layout.moduleStart, end: layout.moduleEnd };
  const modulesShadow = mode.vmallocShadow(modulesScheme(make, scheme), modules.start, modules.end);
  // Modules are loaded and unloaded rarely, so they share the first node's records and lock.
  const moduleSpace = areas(pools[0], modules, modulesShadow, locks.areas[0]);
  return {
    vmalloc: new VmallocNodes(spaces, nodes, cpu.id, pageShift),
    moduleSpace,
    takesStacks: scheme?.real ?? true,
  };
}

/** The lock of areas, which notes that who has it may write their records. */
function noting(lock: SpinLock, pool: RangePool): Lock {
  return {
    acquire() {
      lock.acquire();
      pool.wrote();
    },
    release: () => lock.release(),
  };
}

function vmallocBackend({ buddy, mapper, memoryFlags, mode }: VmallocParts): VmallocBackend {
  return {
    allocatePage: (gfp) => buddy.allocate(0, gfp | mode.areaGfp),
    freePage: (pfn) => buddy.free(pfn, 0),
    map: (vpn, pfn, own) => mapper.mapOwn(vpn, pfn, own ? memoryFlags : PageFlags.KERNEL),
    unmap: (vpn) => mapper.unmapOwn(vpn, "the purge flushes, once for many areas"),
    flush: (vpn, pages) => mapper.shootDown(vpn, pages),
  };
}
