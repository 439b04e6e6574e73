import type { PhysicalMemory, Tlbs } from "@kasan/mmu";
import type { VmallocNodes } from "@kasan/vmalloc";
import type { RunningMode } from "../kasan/modes/mode.ts";
import type { PageShadowStatistics } from "../kasan/shadow/by-page.ts";
import type { StackDepot } from "../log/stack-depot.ts";
import type { BuddyAllocator } from "../mm/buddy.ts";
import type { Clock } from "../smp/clock.ts";
import type { Counters } from "../smp/counters.ts";

/** Statistics of a machine. */
export interface MachineStatistics {
  /** Nanoseconds since boot on the machine's clock. */
  readonly time: number;
  /** Bytes of RAM. */
  readonly memory: number;
  /** Bytes of the buffer beyond RAM. */
  readonly overhead: number;
  /** Pages that the page allocator could allocate. */
  readonly freePages: number;
  /** Peak number of pages in use. */
  readonly peakUsedPages: number;
  /** Bytes of the direct map's shadow; under a per-page scheme, the current amount. */
  readonly directShadow: number;
  /** Costs of a per-page scheme; absent without one. */
  readonly pageShadow?: PageShadowStatistics;
  /** Bytes of hardware tag storage, which is outside RAM: four bits per 16 bytes. */
  readonly tagStorage: number;
  /** Shadow pages mapped for vmalloc and module space. */
  readonly vmallocShadowPages: number;
  /** Page-table pages below the roots, excluding those of the early shadow. */
  readonly pageTablePages: number;
  /** Page-table walks that filled a TLB. */
  readonly tlbMisses: number;
  /** TLB flushes of any size. */
  readonly tlbFlushes: number;
  /** TLB flushes requested by another CPU. */
  readonly tlbShootdowns: number;
  /** Slab and large kmalloc allocations since boot. */
  readonly allocations: number;
  /** Frees of such allocations. */
  readonly frees: number;
  /** Bytes in quarantine. */
  readonly quarantine: number;
  /** Areas of vmalloc space in use, including task stacks. */
  readonly vmallocAreas: number;
  /** Distinct call stacks saved. */
  readonly stacks: number;
  /** Bytes of the stack depot in use. */
  readonly depot: number;
  /** Checks that compiled code could not decide alone. */
  readonly slowChecks: number;
  /** KASAN reports printed. */
  readonly reports: number;
}

/** The parts of a machine that keep statistics. */
export interface CountingParts {
  readonly clock: Clock;
  readonly ram: PhysicalMemory;
  readonly stateBytes: number;
  readonly buddy: BuddyAllocator;
  readonly counters: Counters;
  readonly tlbs: Tlbs;
  readonly vmalloc: VmallocNodes;
  readonly depot: StackDepot;
  readonly kasan: { readonly mode: RunningMode };
}

/** Collects a machine's current statistics. */
export function statisticsOf(machine: CountingParts): MachineStatistics {
  const { buddy, ram, counters } = machine;
  const { mode } = machine.kasan;
  const { directShadow, pageShadow, tagStorage, slowChecks } = mode.statistics();
  return {
    time: machine.clock.now,
    memory: ram.size,
    overhead: machine.stateBytes - ram.size,
    freePages: buddy.freePages,
    peakUsedPages: buddy.peakUsedPages,
    directShadow,
    ...(pageShadow && { pageShadow }),
    tagStorage,
    vmallocShadowPages: counters.get("shadowPages"),
    pageTablePages: counters.get("tablePages"),
    tlbMisses: machine.tlbs.cpus.reduce((sum, tlb) => sum + tlb.misses, 0),
    tlbFlushes: machine.tlbs.cpus.reduce((sum, tlb) => sum + tlb.flushes, 0),
    tlbShootdowns: machine.tlbs.shootdowns,
    allocations: counters.get("allocations"),
    frees: counters.get("frees"),
    quarantine: mode.objects.keptBytes,
    vmallocAreas: machine.vmalloc.counts.areas,
    stacks: machine.depot.stored,
    depot: machine.depot.usedBytes,
    slowChecks,
    reports: counters.get("reports"),
  };
}
