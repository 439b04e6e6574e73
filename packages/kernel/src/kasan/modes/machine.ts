import type { Architecture } from "@kasan/mmu";
import type { KernelWords } from "@kasan/platform";
import type { VmallocNodes } from "@kasan/vmalloc";
import type { Oops } from "../../log/oops.ts";
import type { StackDepot } from "../../log/stack-depot.ts";
import type { KernelSymbols } from "../../log/symbols.ts";
import type { DirectMap } from "../../mm/direct-map.ts";
import type { GuestMemory } from "../../mm/guest-memory.ts";
import type { SlabService } from "../../mm/slab/service.ts";
import type { SpinLock } from "../../smp/lock.ts";
import type { Reporter } from "../incident.ts";
import type { ShadowMachine } from "../shadow/kernel-shadow.ts";
import type { TrackParts } from "../tracks.ts";

/** The parts of a machine that KASAN's modes use, once they exist. */
export interface ModeMachine extends ShadowMachine, TrackParts {
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** Number of CPUs. */
  readonly cpus: number;
  /** All CPUs, by number. */
  readonly cpuViews: readonly TrackParts["cpu"][];
  /** The direct map. */
  readonly directMap: DirectMap;
  /** Oopses. */
  readonly oops: Oops;
  /** The kernel log. */
  readonly printk: { line(level: number, text: string): void };
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Guest memory. */
  readonly guestMemory: GuestMemory;
  /** Symbol names of addresses. */
  readonly symbols: KernelSymbols;
  /** Saved call stacks. */
  readonly depot: StackDepot;
  /** Buffer offset of a task's call stack. */
  readonly tasks: { callStackOf(cpu: TrackParts["cpu"]): number };
  /** The wording of the kernel's messages. */
  readonly words: KernelWords;
  /** Receives bugs to report. */
  readonly kasan: Reporter;
  /** The lock of the tag-based modes' stack ring. */
  readonly locks: ShadowMachine["locks"] & { readonly ring: SpinLock };
  /** The kernel's version. */
  readonly options: ShadowMachine["options"] & { readonly version: string };
}
