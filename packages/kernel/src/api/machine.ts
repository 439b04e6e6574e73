import type { AddressSpace, Architecture, Mmu, PhysicalMemory } from "@kasan/mmu";
import type { KernelWords } from "@kasan/platform";
import type { ShadowLayout } from "@kasan/shadow";
import type { VmallocNodes } from "@kasan/vmalloc";
import type { Kasan } from "../kasan/kasan.ts";
import type { CallStacks } from "../log/call-stacks.ts";
import type { ConsoleTrace } from "../log/console-trace.ts";
import type { Oops } from "../log/oops.ts";
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
import type { TestLog } from "./test-log.ts";

/** The parts of a machine that kernel functions for guests work with. Each group of functions picks those that it uses. */
export interface ApiMachine {
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** How its kernel words things. */
  readonly words: KernelWords;
  /** How many CPUs there are. */
  readonly cpus: number;
  /** The CPU that this view is for. */
  readonly cpu: Cpu;
  /** What keeps CPUs apart. */
  readonly locks: Locks;
  /** Numbers that the CPUs share. */
  readonly counters: Counters;
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** The page tables. */
  readonly space: AddressSpace;
  /** The same, in the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Changes them. */
  readonly mapper: PageMapper;
  /** Accesses through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** All of RAM in the kernel's address space. */
  readonly directMap: DirectMap;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Guests' memory. */
  readonly guestMemory: GuestMemory;
  /** Guests' code. */
  readonly guest: GuestCalls;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Which task runs where, and when. */
  readonly scheduler: Scheduler;
  /** The machine's time. */
  readonly clock: Clock;
  /** The kernel log. */
  readonly printk: Printk;
  /** Its lines for a guest's probe. */
  readonly consoleTrace: ConsoleTrace;
  /** Names for addresses. */
  readonly symbols: KernelSymbols;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** KASAN. */
  readonly kasan: Kasan;
  /** The shadow's layout. */
  readonly shadow: ShadowLayout;
  /** What KUnit tests came to. */
  readonly tests: TestLog;
  /** Gives back the locks that this CPU holds: the code that would do so does not go on. */
  abandonLocks(): void;
  /** Ends the guest: its time is over. */
  timedOut(): never;
  /** Ends the guest if its time is over. */
  checkTime(): void;
  /** Unwinds this thread's code: the machine has stopped. */
  unwind(): never;
}
