import {
  AddressSpace,
  Arena,
  type ArenaRegion,
  type FrameSource,
  Mmu,
  PageFlags,
  PhysicalMemory,
  TableChanges,
  Tlbs,
} from "@kasan/mmu";
import { type KernelWords, member, type Platform } from "@kasan/platform";
import { formatPageFlags, formatTaint, type ReportStyle } from "@kasan/report";
import { addressOf, atLeast, parseVersion, type ShadowLayout } from "@kasan/shadow";
import { SCHEMES, type Vmalloc, type VmallocNodes } from "@kasan/vmalloc";
import { TestLog } from "../api/test-log.ts";
import { GuestStopped, STOP_REASONS, type StopReason } from "../error.ts";
import { GLOBALS_BYTES } from "../kasan/globals.ts";
import { Kasan } from "../kasan/kasan.ts";
import { modeNamed } from "../kasan/modes/index.ts";
import type { Mode, RunningMode } from "../kasan/modes/mode.ts";
import { type BootParameters, DEFAULT_BOOT_PARAMETERS } from "../kasan/parameters.ts";
import { CallStacks } from "../log/call-stacks.ts";
import { ConsoleTrace } from "../log/console-trace.ts";
import { NAMES_BYTES, NameTable } from "../log/names.ts";
import { Oops } from "../log/oops.ts";
import { PointerHash } from "../log/pointer-hash.ts";
import { Printk } from "../log/printk.ts";
import { StackDepot } from "../log/stack-depot.ts";
import { KernelSymbols } from "../log/symbols.ts";
import { MachineUserTracks } from "../log/user-tracks.ts";
import { noBootMemory } from "../mm/boot-memory.ts";
import { BUDDY_STATE_BYTES, BuddyAllocator } from "../mm/buddy.ts";
import { DirectMap } from "../mm/direct-map.ts";
import { Execmem, FUNCTION_POINTER_BYTES } from "../mm/execmem.ts";
import { Gfp } from "../mm/gfp.ts";
import { GuestMemory, join } from "../mm/guest-memory.ts";
import { KernelPages } from "../mm/kernel-pages.ts";
import { PageDescriptors } from "../mm/page-descriptors.ts";
import { PageMapper } from "../mm/page-mapper.ts";
import { pageLists, perCpuPagesBytes } from "../mm/per-cpu-pages.ts";
import type { SlabErrorSink } from "../mm/slab/errors.ts";
import { SlabService } from "../mm/slab/service.ts";
import { Guest } from "../sched/guest-calls.ts";
import { NO_TASK_THREADS, Scheduler, scheduleBytes, type TaskThreads } from "../sched/scheduler.ts";
import { stacksInDirectMap, stacksInVmallocSpace, type TaskStacks } from "../sched/task-stacks.ts";
import { Tasks, tasksBytes } from "../sched/tasks.ts";
import { BOOT_RECORD_BYTES, BootRecord } from "../smp/boot-record.ts";
import { type Clock, clockBytes, RealClock, VirtualClock } from "../smp/clock.ts";
import { COUNTERS_BYTES, Counters } from "../smp/counters.ts";
import { CPU_STATE_BYTES, Cpu, Interrupt } from "../smp/cpu.ts";
import { type Locks, locksBytes, type SpinLock, viewLocks } from "../smp/lock.ts";
import { createBuffer, depotBytes, stateBytes } from "./buffer.ts";
import { bootMappings, type MemoryMap, memoryMap } from "./memory-map.ts";
import { checkOptions, type MachineOptions } from "./options.ts";
import { shadowLayoutOf, shadowParts } from "./shadow.ts";
import { type MachineStatistics, statisticsOf } from "./statistics.ts";
import { layOutVmalloc } from "./vmalloc.ts";

/**
 * The machine: RAM, page tables, CPUs, and the kernel's services for guests. This class only assembles them: each part defines an
 * interface with what it uses of the others.
 *
 * All its state is in one shared buffer (docs/architecture.md); this object holds the views of one CPU. Other threads create their
 * own views with {@link Machine.view}.
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { Machine } from "@kasan/kernel";
 *
 * const machine = new Machine({
 *   architecture: x86_64({ levels: 4 }),
 *   memoryBytes: 64 * 2 ** 20,
 *   mode: "generic",
 *   seed: 0,
 *   multiShot: true,
 *   panicOnWarn: false,
 *   version: "6.12.0",
 *   log: ({ text }) => console.log(text),
 * });
 * console.log(machine.statistics().reports); // 0
 * ```
 */
export class Machine {
  /** The options the machine was built from. */
  readonly options: MachineOptions;
  /** The processor and its page tables. */
  readonly architecture: Platform;
  /** Page size of the processor and the kernel, in bytes. */
  readonly pageSize: number;
  /** Number of CPUs. */
  readonly cpus: number;
  /** The kernel's locks. */
  readonly locks: Locks;
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** Bytes at the buffer's beginning that have the machine's state. */
  readonly stateBytes: number;
  /** Regions of the arena that are written without a note ({@link PhysicalMemory.wrote}). */
  readonly unnoted: readonly ArenaRegion[];
  /** The buffer, as imported by guest code. */
  readonly memory: WebAssembly.Memory;
  /** Views of RAM and of the memory behind it. */
  readonly ram: PhysicalMemory;
  /** The kernel's page tables. */
  readonly space: AddressSpace;
  /** The page tables in units of the kernel's page size: the page numbers of areas, the frame numbers of the page allocator. */
  readonly kernelPages: KernelPages;
  /** Changes the page tables. */
  readonly mapper: PageMapper;
  /** Allocates pages for page tables. */
  readonly tableFrames: FrameSource;
  /** The direct map: all of RAM in the kernel's address space. */
  readonly directMap: DirectMap;
  /** The TLBs of all CPUs. */
  readonly tlbs: Tlbs;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** All CPUs, by number. */
  readonly cpuViews: readonly Cpu[];
  /** Accesses memory through that CPU's TLBs. */
  readonly mmu: Mmu;
  /** The machine's clock. */
  readonly clock: Clock;
  /** The kernel log. */
  readonly printk: Printk;
  /** Copies log lines to a guest's probe. */
  readonly consoleTrace: ConsoleTrace;
  /** What %p prints for an address. */
  readonly pointerHash: PointerHash;
  /** Symbol names of addresses. */
  readonly symbols: KernelSymbols;
  /** Saved call stacks. */
  readonly depot: StackDepot;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** Page descriptors. */
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
  /** Allocates memory for guest code and data. */
  readonly execmem: Execmem;
  /** Allocates task stacks. */
  readonly taskStacks: TaskStacks;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Schedules tasks on CPUs. */
  readonly scheduler: Scheduler;
  /** Host threads for tasks. */
  readonly threads: TaskThreads;
  /** Guest memory, for kernel functions outside wasm. */
  readonly guestMemory: GuestMemory;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** Guest code, connected by a loader. */
  readonly guest: Guest;
  /** Results of KUnit tests. */
  readonly tests: TestLog;
  /** The shadow's layout; checks compute with it even if KASAN is off. */
  readonly shadow: ShadowLayout;
  /** KASAN; does nothing if it is off. */
  readonly kasan: Kasan;
  /** KASAN parameters of the kernel's command line. */
  readonly parameters: BootParameters;
  private readonly allLocks: readonly SpinLock[];
  /** Allocates a page of RAM that boot cannot do without. Returns its physical address. */
  private readonly bootPage = (): number => {
    const pfn = this.buddy.allocate(0, Gfp.ZERO);
    if (pfn < 0) throw noBootMemory();
    return pfn * this.pageSize;
  };

  /**
   * Boots: page descriptors and the page allocator, page tables with the direct map, the shadow, slab caches, vmalloc space.
   *
   * @param booted - if given, nothing is booted: the buffer of a machine booted with the same options, and the CPU to view it from
   *   ({@link Machine.view})
   * @throws {@link KernelError} `CONFIG` for invalid options, `BOOT_MEMORY` if RAM is too small
   */
  constructor(options: MachineOptions, booted?: { readonly memory: WebAssembly.Memory; readonly cpu: number }) {
    checkOptions(options);
    const { architecture, memoryBytes, cpus = 1 } = options;
    const { layout } = architecture;
    const cpu = booted?.cpu ?? 0;
    this.cpus = cpus;
    this.options = options;
    this.architecture = architecture;
    this.pageSize = 2 ** architecture.pageShift;
    this.shadow = shadowLayoutOf(architecture);
    this.parameters = options.boot ?? DEFAULT_BOOT_PARAMETERS;
    this.threads = options.threads ?? NO_TASK_THREADS;
    const mode = modeNamed(options.mode);

    // State behind RAM, and state shared by CPUs.
    this.memory = booted?.memory ?? createBuffer(options);
    const ram = new PhysicalMemory(this.memory, memoryBytes);
    this.ram = ram;
    this.stateBytes = stateBytes(options);
    const arena = new Arena(ram, memoryBytes, this.stateBytes);
    this.unnoted = arena.unnoted;
    const boot = new BootRecord(ram, arena.reserve(BOOT_RECORD_BYTES), booted === undefined);
    this.counters = new Counters(ram, arena.reserve(COUNTERS_BYTES));
    this.tests = new TestLog(this.counters, options.onTest);
    this.locks = viewLocks(ram.i32, arena.reserve(locksBytes(cpus), { align: 64 }), cpu, cpus);
    this.allLocks = Object.values(this.locks).flat();
    const time = arena.reserve(clockBytes(cpus), { align: 64 });
    this.clock =
      options.clock === "real" ? new RealClock(ram, time, boot.booting) : new VirtualClock(ram, time, cpu, cpus);
    this.tlbs = (boot.booting ? Tlbs.create : Tlbs.view)(ram, arena, cpus, architecture.ignoredTopBits);
    const states = arena.reserve(CPU_STATE_BYTES * cpus, { align: 64 });
    this.cpuViews = this.tlbs.cpus.map(
      ({ dataBase, shadowBase }, id) =>
        new Cpu(ram, id, states + id * CPU_STATE_BYTES, { data: dataBase, shadow: shadowBase }),
    );
    this.cpu = this.cpuViews[cpu];

    // The log and the symbols it prints.
    this.guest = new Guest((pointer) => this.oops.badCall(pointer));
    this.consoleTrace = new ConsoleTrace(this);
    this.printk = new Printk(
      options.log,
      () => this.clock.now,
      this.locks.console,
      (text) => this.consoleTrace.line(text),
    );
    this.pointerHash = new PointerHash(options.seed, this.parameters.noHashPointers);
    const names = new NameTable(ram, arena.reserve(NAMES_BYTES, { noted: true }), this.locks.names);
    const textStart = layout.kernelText + BigInt(FUNCTION_POINTER_BYTES);
    this.symbols = new KernelSymbols(
      layout.kernelText,
      textStart,
      names,
      (slot) => this.guest.functionInSlot(slot),
      architecture.words?.savedStack,
      options.version,
    );

    // Pages, and the KASAN hooks for them.
    const map = memoryMap(architecture, memoryBytes, this.shadowUnit(mode));
    this.pages = new PageDescriptors(
      ram,
      map.descriptors,
      map.frames,
      layout.vmemmap,
      architecture.pageShift,
      options.pageLayout,
    );
    const running = mode.start(this, {
      boot,
      arena,
      pageSize: this.pageSize,
      tlb: this.tlbs.cpu(cpu),
      layout: this.shadow,
      shadowParts: mode.granule === 0 ? [] : shadowParts(architecture, this.shadow),
      directShadow: { at: map.directShadow, bytes: map.directShadowBytes },
      free: map.free,
      bootPage: this.bootPage,
      parameters: this.parameters,
      seed: options.seed,
      without: options.without ?? [],
      byPage: options.shadowScheme,
    });
    this.kasan = new Kasan(running, this, arena.reserve(GLOBALS_BYTES, { align: 8, noted: true }));
    this.directMap = new DirectMap(layout.pageOffset, memoryBytes, running.pointers);
    const lists = arena.reserve(perCpuPagesBytes(map.frames, cpus), { align: 64 });
    this.buddy = new BuddyAllocator(ram, arena.reserve(BUDDY_STATE_BYTES), this.pages, {
      hooks: running.pages,
      lock: this.locks.pages,
      lists: pageLists(ram, lists, map.frames, cpu, cpus),
      zeroing: this.parameters,
    });
    boot.once(() => this.handOverPages(map));

    // Page tables and shadow.
    this.tableFrames = tableFrames(this.buddy, this.counters, this.pageSize);
    this.space = this.createSpace(boot, map, mode.memoryFlags, arena.reserve(64, { align: 64 }));
    this.kernelPages = new KernelPages(this.space);
    const { kernelPages, tlbs } = this;
    this.mapper = new PageMapper({ kernelPages, tables: this.locks.tables, tlbs, cpu });
    this.mmu = new Mmu(this.space, this.tlbs.cpu(cpu), running.hardware.comparison);
    running.layOutShadow();

    // Tasks, and their operations on memory.
    const depot = arena.reserve(depotBytes(memoryBytes), { noted: true });
    this.depot = new StackDepot(ram, depot, depotBytes(memoryBytes), this.locks.depot);
    this.tasks = new Tasks(ram, arena.reserve(tasksBytes(cpus), { noted: true }), this.pageSize, this);
    this.scheduler = new Scheduler(ram, arena.reserve(scheduleBytes(cpus), { align: 64 }), this, this.tasks);
    this.stacks = new CallStacks(ram, this.depot, (one) => this.tasks.callStackOf(one));
    this.oops = new Oops(this);
    this.guestMemory = new GuestMemory(ram, this.mmu, running.hardware, this.oops);
    this.slab = this.createSlab(running, boot, arena);
    const spaces = layOutVmalloc({
      architecture,
      ...{ ram, arena, cpus, mode: running, memoryFlags: mode.memoryFlags },
      ...{ buddy: this.buddy, mapper: this.mapper, locks: this.locks, cpu: this.cpu },
      make: options.vmallocShadow ?? SCHEMES.lazy,
    });
    this.vmalloc = spaces.vmalloc;
    this.moduleSpace = spaces.moduleSpace;
    this.taskStacks = this.createStacks(options.vmapStack ?? spaces.takesStacks);
    const { space, mapper, moduleSpace, symbols, bootPage } = this;
    const shadowPage = (vpn: number) => running.shadowPage(vpn);
    this.execmem = new Execmem({
      ...{ architecture, space, kernelPages, mapper, moduleSpace, cpus, symbols, bootPage },
      shadowPage,
    });
    boot.once(() => this.slab.populate());
    boot.once(() => running.announce());
  }

  /** Bytes of memory that each byte of the shadow reserved at boot covers; 0: no shadow. */
  private shadowUnit({ granule }: Mode): number {
    return granule !== 0 && this.options.shadowScheme ? this.pageSize : granule;
  }

  /** Boot: hands the pages that the kernel does not keep to the page allocator, and starts counting. */
  private handOverPages({ frames, free }: MemoryMap): void {
    const { counters, options } = this;
    for (let pfn = 0; pfn < frames; pfn++) this.pages.reserve(pfn);
    for (const [from, to] of free) this.buddy.addRange(from, to);
    counters.set("tags", options.seed);
    counters.set("random", (options.seed ^ 0x9e3779b9) >>> 0 || 1);
    counters.set("multiShot", Number(this.parameters.multiShot ?? options.multiShot));
  }

  private createSpace(boot: BootRecord, map: MemoryMap, memoryFlags: number, tableChanges: number): AddressSpace {
    const { architecture, ram, tableFrames: frames } = this;
    const changes = new TableChanges(ram.i32.subarray(tableChanges >>> 2, (tableChanges >>> 2) + 1));
    const roots = architecture.roots.map(() => boot.number(this.bootPage));
    const space = new AddressSpace({ architecture, memory: ram, frames, roots, tlbs: this.tlbs, changes });
    space.cpu = this.cpu.id;
    boot.once(() => {
      for (const { vpn, pages, physical } of bootMappings(architecture, map)) {
        const flags = physical === 0 ? memoryFlags : PageFlags.KERNEL;
        space.map(addressOf(vpn, 0), physical, pages * 4096, flags).ignore("boot");
      }
    });
    return space;
  }

  private createSlab({ objects: hooks }: RunningMode, boot: BootRecord, arena: Arena): SlabService {
    const { ram, pages, buddy, counters, clock, cpus, directMap, guest } = this;
    const parts = {
      ...{ ram, pages, buddy, hooks, counters, clock, cpus },
      lock: this.locks.slab,
      zeroing: this.parameters,
      pageOffset: this.architecture.layout.pageOffset,
      savedWords: (...callers: string[]) => this.symbols.savedWords(...callers),
      construct: (low: number, high: number, object: number) => {
        guest.pointer(join(low, high), BigInt.asIntN(64, directMap.pointer(object, hooks.tagOf(object))));
      },
      // Since 6.12 (CONFIG_SLUB_RCU_DEBUG).
      freeAfterGracePeriod: (object: number, tag: number) =>
        atLeast(this.style.version, 6, 12) &&
        Boolean(guest.named("kasan_guest_free_after_rcu", directMap.pointer(object, tag))),
      reclaim: () => this.scheduler.mightSleep(),
      badPointer: (address: bigint, via: string) => this.oops.badPointer(address, via),
      errors: this.slabErrors(),
      userTracks: new MachineUserTracks(this),
    };
    return new SlabService(parts, boot, this.bootPage, arena);
  }

  private slabErrors(): SlabErrorSink {
    const { guest, oops, pages } = this;
    return {
      count: (errors) => Boolean(guest.named("kasan_guest_slab_errors", errors)),
      taint: () => formatTaint(oops.taints),
      pageFlags: (slab) => formatPageFlags(pages.field(slab, 0), this.style.pageFields, this.style.version),
      print: (texts) => oops.errors(texts),
      warn: (line, by) => oops.corruptSlab(line, by),
    };
  }

  private createStacks(inVmallocSpace: boolean): TaskStacks {
    const { buddy, kernelPages, directMap } = this;
    if (!inVmallocSpace) return stacksInDirectMap(buddy, kernelPages, directMap);
    return stacksInVmallocSpace(this.vmalloc, this.pageSize, () => this.symbols.returnWord("kernel_clone"));
  }

  /**
   * Creates another thread's view of a machine, for one of its CPUs.
   *
   * @param options - the options it was booted with; the receivers of output may differ
   */
  static view(options: MachineOptions, memory: WebAssembly.Memory, cpu: number): Machine {
    return new Machine(options, { memory, cpu });
  }

  /** Called when the CPU switches to another task. */
  onSwitch(): void {
    this.kasan.mode.hardware.onSwitch();
  }

  /** Ends the guest if its time is up. */
  checkTime(): void {
    if (this.cpu.interrupted(Interrupt.TIMEOUT)) this.timedOut();
  }

  /** Ends the guest because its time is up. */
  timedOut(): never {
    this.oops.timeout(this.options.timeout ?? 0);
  }

  /** Unwinds this thread's code because the machine has stopped. */
  unwind(): never {
    throw new GuestStopped(this.stopped ?? "panic");
  }

  /**
   * The wording of the kernel's messages.
   *
   * @throws PlatformError `PLATFORM_MEMBER` if the architecture does not define it.
   */
  get words(): KernelWords {
    return member(this.architecture, "words", "run a guest, whose call traces and crashes are logged");
  }

  /** The wording of the log, which is that of the machine's version. Throws as {@link words}. */
  get style(): ReportStyle {
    const { words, kasan, options } = this;
    return { ...(words[kasan.mode.style] ?? words.style), version: parseVersion(options.version) };
  }

  /** Forgets what this view has besides the buffer, after the buffer was set back to a state between two calls of a guest. */
  forget(): void {
    this.abandonLocks();
    this.scheduler.forget();
    this.printk.forget();
    this.mmu.forget();
    this.space.forget();
  }

  /** Releases the locks that this CPU holds, when the code that would release them does not continue. */
  abandonLocks(): void {
    for (const lock of this.allLocks) lock.abandon();
    this.buddy.abandonLists();
  }

  /** Stops all CPUs with a reason. Only the first reason is kept. */
  stop(reason: StopReason): void {
    this.abandonLocks();
    this.counters.exchange("stopped", 0, STOP_REASONS.indexOf(reason) + 1);
    this.scheduler.halt();
    for (const cpu of this.cpuViews) cpu.interrupt(Interrupt.HALT);
  }

  /** The reason the machine stopped; undefined while it runs. */
  get stopped(): StopReason | undefined {
    return STOP_REASONS[this.counters.get("stopped") - 1];
  }

  /** Counts for `--stats`, in bytes unless the name says otherwise. */
  statistics(): MachineStatistics {
    return statisticsOf(this);
  }
}

/** Allocates pages for page tables and counts them. */
function tableFrames(buddy: BuddyAllocator, counters: Counters, pageSize: number): FrameSource {
  return {
    allocate: () => {
      const pfn = buddy.allocate(0, Gfp.ZERO);
      if (pfn < 0) return -1;
      counters.add("tablePages", 1);
      return pfn * pageSize;
    },
    free: (physical) => {
      counters.add("tablePages", -1);
      buddy.free(physical / pageSize, 0);
    },
  };
}
