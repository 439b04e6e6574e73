import type { AddressSpace, Architecture, Mmu, PhysicalMemory } from "@kasan/mmu";
import type { KernelWords } from "@kasan/platform";
import type { ShadowLayout } from "@kasan/shadow";
import type { VmallocNodes } from "@kasan/vmalloc";
import type { Kasan } from "../kasan/kasan.ts";
import type { CallStacks } from "../log/call-stacks.ts";
import type { ConsoleTrace } from "../log/console-trace.ts";
import type { Oops } from "../log/oops.ts";
import type { PointerHash } from "../log/pointer-hash.ts";
import type { Printk } from "../log/printk.ts";
import type { KernelSymbols } from "../log/symbols.ts";
import type { BuddyAllocator } from "../mm/buddy.ts";
import type { DirectMap } from "../mm/direct-map.ts";
import type { GuestMemory } from "../mm/guest-memory.ts";
import type { KernelPages } from "../mm/kernel-pages.ts";
import type { PageDescriptors } from "../mm/page-descriptors.ts";
import type { PageMapper } from "../mm/page-mapper.ts";
import type { SlabService } from "../mm/slab/service.ts";
import type { GuestCalls } from "../sched/guest-calls.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Tasks } from "../sched/tasks.ts";
import type { Clock } from "../smp/clock.ts";
import type { Counters } from "../smp/counters.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { Locks } from "../smp/lock.ts";
import type { MemorySink } from "./memory-events.ts";
import type { TestLog } from "./test-log.ts";

/** The parts of a machine that kernel functions for guests use. Each group of functions picks the ones it needs. */
export interface ApiMachine {
  /** The options the machine was built from. */
  readonly options: { readonly onMemory?: MemorySink };
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** The wording of the kernel's messages. */
  readonly words: KernelWords;
  /** Number of CPUs. */
  readonly cpus: number;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** The kernel's locks. */
  readonly locks: Locks;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** The page tables. */
  readonly space: AddressSpace;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Changes the page tables. */
  readonly mapper: PageMapper;
  /** Accesses memory through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** The direct map: all of RAM in the kernel's address space. */
  readonly directMap: DirectMap;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Guest memory. */
  readonly guestMemory: GuestMemory;
  /** Guest code. */
  readonly guest: GuestCalls;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Schedules tasks on CPUs. */
  readonly scheduler: Scheduler;
  /** The machine's clock. */
  readonly clock: Clock;
  /** The kernel log. */
  readonly printk: Printk;
  /** Copies log lines to a guest's probe. */
  readonly consoleTrace: ConsoleTrace;
  /** What `%p` prints. */
  readonly pointerHash: PointerHash;
  /** Symbol names of addresses. */
  readonly symbols: KernelSymbols;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** KASAN. */
  readonly kasan: Kasan;
  /** The shadow's layout. */
  readonly shadow: ShadowLayout;
  /** Results of KUnit tests. */
  readonly tests: TestLog;
  /** Releases the locks that this CPU holds, when the code that would release them does not continue. */
  abandonLocks(): void;
  /** Ends the guest because its time is up. */
  timedOut(): never;
  /** Ends the guest if its time is up. */
  checkTime(): void;
  /** Unwinds this thread's code because the machine has stopped. */
  unwind(): never;
}
