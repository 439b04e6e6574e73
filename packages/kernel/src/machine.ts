import {
  AddressSpace,
  AllocationTags,
  type Architecture,
  Arena,
  type FrameSource,
  MEMORY_TYPE_SHIFT,
  MemoryType,
  Mmu,
  PageFlags,
  PhysicalMemory,
  TableChanges,
  TlbKind,
  Tlbs,
  UniformPages,
} from "@kasan/mmu";
import type { KasanReport, ReportStyle } from "@kasan/report";
import {
  addressOf,
  KASAN_PAGE_FREE,
  KASAN_TAG_INVALID,
  KASAN_TAG_KERNEL,
  type MakePageScheme,
  type ShadowLayout,
  shadowOf,
  withTag,
} from "@kasan/shadow";
import { type MakeScheme, RangePool, type Vmalloc, type VmallocNodes } from "@kasan/vmalloc";
import { bootMappings, type MemoryMap, memoryMap } from "./boot/memory-map.ts";
import { type BootParameters, DEFAULT_BOOT_PARAMETERS } from "./boot/parameters.ts";
import { BOOT_RECORD_BYTES, BootRecord } from "./boot/record.ts";
import { EarlyShadow, layOutShadow, shadowLayoutOf } from "./boot/shadow.ts";
import { mapNew, unmapPage } from "./boot/shadow-backend.ts";
import { layOutVmalloc, rangeRecords } from "./boot/vmalloc.ts";
import { CallStacks } from "./callstack.ts";
import { type Clock, type ClockKind, clockBytes, RealClock, VirtualClock } from "./clock.ts";
import { type LogSink, Printk } from "./console/printk.ts";
import { COUNTERS_BYTES, Counters } from "./counters.ts";
import { CPU_STATE_BYTES, Cpu, Interrupt } from "./cpu.ts";
import { StackDepot } from "./depot.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { GuestStopped, KernelError, STOP_REASONS, type StopReason } from "./error.ts";
import type { GuestCalls } from "./guest-interface.ts";
import { GuestMemory, join } from "./guest-memory.ts";
import { DirectShadow } from "./kasan/direct-shadow.ts";
import { GLOBALS_BYTES } from "./kasan/globals.ts";
import { Kasan } from "./kasan/kasan.ts";
import { type Mechanism, poisonTable } from "./kasan/mechanisms.ts";
import { Mte, TAG_CHECK_MODES } from "./kasan/mte.ts";
import { PageShadow, type PageShadowStatistics } from "./kasan/page-shadow.ts";
import { PagedShadow } from "./kasan/paged-shadow.ts";
import { STACK_RING_BYTES } from "./kasan/stack-ring.ts";
import { TagStorage } from "./kasan/tag-storage.ts";
import { HW_TAGS, SW_TAGS, TagSource, tagTable } from "./kasan/tags.ts";
import { type TestEvent, TestLog } from "./kunit.ts";
import { type Locks, locksBytes, viewLocks } from "./lock.ts";
import { NAMES_BYTES, NameTable } from "./names.ts";
import { Oops } from "./oops.ts";
import { BUDDY_STATE_BYTES, BuddyAllocator, type PageHooks } from "./pages/buddy.ts";
import { Gfp } from "./pages/gfp.ts";
import { KernelPages } from "./pages/kernel-pages.ts";
import { PageTable } from "./pages/page.ts";
import { pageLists, perCpuPagesBytes } from "./pages/per-cpu-pages.ts";
import { CPU_COPY_BYTES } from "./percpu.ts";
import { checkPerPage } from "./plan/modes.ts";
import { Scheduler, scheduleBytes } from "./schedule.ts";
import { SlabService } from "./slab/service.ts";
import { SLUB_STATE_BYTES } from "./slab/slub.ts";
import { KernelSymbols } from "./symbols.ts";
import { Tasks, tasksBytes } from "./tasks.ts";

/** What a machine is built from. */
export interface MachineOptions {
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** Bytes of RAM: a multiple of 1 MB, 16 MB … 2 GB. */
  readonly memoryBytes: number;
  /** CPUs, 1 … 8; 1 by default. Each but the first runs in threads of the host's own. */
  readonly cpus?: number;
  /**
   * `generic`: KASAN with a shadow byte per 8 bytes. `sw-tags`: with a tag per 16 bytes, on an architecture that ignores the top
   * byte of addresses. `hw-tags`: the same with tags that the processor keeps and compares (arm64 MTE). `off`: a kernel without
   * KASAN.
   */
  readonly mode: "generic" | "sw-tags" | "hw-tags" | "off";
  /** What the kernel's command line says of KASAN; {@link DEFAULT_BOOT_PARAMETERS} by default. */
  readonly boot?: BootParameters;
  /** Seeds everything random; the same seed gives the same run. */
  readonly seed: number;
  /** `virtual`, the default: time passes by steps that are the same in every run. `real`: it follows the host's clock. */
  readonly clock?: ClockKind;
  /** Report every bug (`kasan_multi_shot`), or, as kernels do by default, only the first. */
  readonly multiShot: boolean;
  /** Panic after the first report or warning (`panic_on_warn`). */
  readonly panicOnWarn: boolean;
  /**
   * Which pages of the direct map have shadow: one of `PAGE_SCHEMES` of `@kasan/shadow`, or one's own; in generic mode. By default
   * all have, a byte for each granule.
   */
  readonly shadowScheme?: MakePageScheme;
  /** How vmalloc space is backed with shadow: one of `SCHEMES` of `@kasan/vmalloc`, or one's own. `lazy` by default. */
  readonly vmallocShadow?: MakeScheme;
  /** Stacks of tasks in vmalloc space (CONFIG_VMAP_STACK), or in the direct map. By default the former, if it has shadow. */
  readonly vmapStack?: boolean;
  /** Checks survive unmapped shadow, and report the access (as with probe_kernel_read). False by default. */
  readonly probeShadow?: boolean;
  /** Mechanisms of KASAN to leave out, to see what they are for. None by default. */
  readonly without?: readonly Mechanism[];
  /** Kernel version that the machine says it is. */
  readonly version: string;
  /** Receives the kernel log. */
  readonly log: LogSink;
  /** Is told of each change of the number of shadow pages of vmalloc and module space: the time in ns, pages. */
  readonly onVmallocShadow?: (time: number, pages: number) => void;
  /** Receives what KUnit says, in place of the machine's own {@link TestLog}. */
  readonly onTest?: (event: TestEvent) => void;
  /** Receives each KASAN report as data, right after it was printed. */
  readonly onReport?: (report: KasanReport) => void;
}

const MIB = 2 ** 20;
/** Slots for function pointers start at the kernel's text; then text of functions outside wasm; then the image. */
export const FUNCTION_POINTER_BYTES = MIB;
const TEXT_BYTES = MIB;

/** Most CPUs of a machine (CONFIG_NR_CPUS of the guests' headers). */
export const MAX_CPUS = 8;

const KERNEL_EXEC = PageFlags.READ | PageFlags.EXEC | PageFlags.GLOBAL | PageFlags.ACCESSED;

/**
 * The machine: RAM, page tables, a CPU, and the kernel's services for one guest. Boot, in order: page descriptors and
 * the page allocator, page tables with the direct map, the shadow, slab caches, vmalloc space.
 *
 * All its state is in one shared buffer (docs/architecture.md); this object holds views, of one CPU. Other threads take
 * views of their own, by {@link Machine.view}.
 */
export class Machine {
  /** What the machine was built from. */
  readonly options: MachineOptions;
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** Bytes of a page, of the processor and of the kernel. */
  readonly pageSize: number;
  /** How its kernel words things. */
  readonly dialect: Dialect;
  /** How many CPUs there are. */
  readonly cpus: number;
  /** What keeps CPUs apart. */
  readonly locks: Locks;
  /** Numbers that the CPUs share. */
  readonly counters: Counters;
  /** The buffer, as guests' code imports it. */
  readonly memory: WebAssembly.Memory;
  /** Views of RAM and what lies behind it. */
  readonly ram: PhysicalMemory;
  /** The kernel's page tables. */
  readonly space: AddressSpace;
  /** The same, in pages of the kernel's size: the page numbers of areas, the frame numbers of the page allocator. */
  readonly kernelPages: KernelPages;
  /** All CPUs' TLBs. */
  readonly tlbs: Tlbs;
  /** The CPU that this view is for. */
  readonly cpu: Cpu;
  /** All CPUs, by number. */
  readonly cpuViews: readonly Cpu[];
  /** Accesses through that CPU's TLBs. */
  readonly mmu: Mmu;
  /** The machine's time. */
  readonly clock: Clock;
  /** The kernel log. */
  readonly printk: Printk;
  /** Names for addresses. */
  readonly symbols: KernelSymbols;
  /** Saved call stacks. */
  readonly depot: StackDepot;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** Page descriptors. */
  readonly pages: PageTable;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
  /** Whether tasks' stacks lie in vmalloc space. */
  readonly vmapStack: boolean;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Which task runs where, and when. */
  readonly scheduler: Scheduler;
  /** Guests' memory, for kernel functions outside wasm. */
  readonly guestMemory: GuestMemory;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** Guests' code, as a loader makes it callable; before that, nothing is. */
  guest: GuestCalls = {
    pointer: (pointer) => this.oops.badCall(pointer),
    named: () => undefined,
  };
  /** What KUnit tests came to. */
  readonly tests: TestLog;
  /** The shadow's layout; what checks compute with even where KASAN is off. */
  readonly shadow: ShadowLayout;
  /** Undefined in a machine without KASAN. */
  readonly kasan: Kasan | undefined;
  /** Bytes of the direct map's shadow that boot sets aside; 0 without KASAN, and with a per-page scheme. */
  readonly directShadowBytes: number;
  /** The direct map's shadow under a per-page scheme. */
  readonly pageShadow: PageShadow | undefined;
  /** What the kernel's command line says of KASAN. */
  readonly parameters: BootParameters;
  /** Where tags come from; undefined but in the tag-based modes. */
  readonly tags: TagSource | undefined;
  /** Tagged memory; undefined but where hardware tags are in use. */
  readonly mte: Mte | undefined;
  /** Upper half of the direct map's start, whose lower half is 0. */
  private readonly pageOffsetHigh: number;
  private imageEnd: bigint;
  private readonly tableFrames: FrameSource = {
    allocate: () => {
      const pfn = this.buddy.allocate(0, Gfp.ZERO);
      if (pfn < 0) return -1;
      this.counters.add("tablePages", 1);
      return pfn * this.pageSize;
    },
    free: (physical) => {
      this.counters.add("tablePages", -1);
      this.buddy.free(physical / this.pageSize, 0);
    },
  };

  /**
   * Boots.
   *
   * @param booted - instead: the buffer of a machine that was booted with the same options, and the CPU to view it from
   * ({@link Machine.view})
   * @throws {@link KernelError} `CONFIG` for options that make no machine, `BOOT_MEMORY` if RAM is too small
   */
  constructor(options: MachineOptions, booted?: { readonly memory: WebAssembly.Memory; readonly cpu: number }) {
    const { architecture, memoryBytes, cpus = 1 } = options;
    checkOptions(options);
    this.cpus = cpus;
    this.options = options;
    this.architecture = architecture;
    this.pageSize = 2 ** architecture.pageShift;
    this.dialect = dialectOf(architecture);
    this.pageOffsetHigh = Number(architecture.layout.pageOffset >> 32n);
    const { layout } = architecture;
    this.parameters = options.boot ?? DEFAULT_BOOT_PARAMETERS;
    const withHardwareTags = options.mode === "hw-tags" && this.parameters.enabled;
    const withKasan = withHardwareTags || options.mode === "generic" || options.mode === "sw-tags";
    const withShadow = withKasan && !withHardwareTags;
    this.memory = booted?.memory ?? createBuffer(memoryBytes + arenaBytes(memoryBytes, cpus) + tagBytes(options));
    const cpu = booted?.cpu ?? 0;
    const ram = new PhysicalMemory(this.memory, memoryBytes);
    this.ram = ram;
    const arena = new Arena(ram);
    const boot = new BootRecord(ram, arena.reserve(BOOT_RECORD_BYTES), booted === undefined);
    this.counters = new Counters(ram, arena.reserve(COUNTERS_BYTES));
    this.tests = new TestLog(this.counters, options.onTest);
    this.locks = viewLocks(ram.i32, arena.reserve(locksBytes(cpus), 64), cpu, cpus);
    const time = arena.reserve(clockBytes(cpus), 64);
    this.clock =
      options.clock === "real" ? new RealClock(ram, time, boot.booting) : new VirtualClock(ram, time, cpu, cpus);
    this.printk = new Printk(options.log, () => this.clock.now, this.locks.console);
    const withTags = withHardwareTags || options.mode === "sw-tags";
    this.tags = withTags ? new TagSource(this.counters, options.seed, withHardwareTags ? HW_TAGS : SW_TAGS) : undefined;
    this.shadow = shadowLayoutOf(architecture);
    const names = new NameTable(ram, arena.reserve(NAMES_BYTES), this.locks.names);
    this.symbols = new KernelSymbols(layout.kernelText, layout.kernelText + BigInt(FUNCTION_POINTER_BYTES), names);
    const tlbs = boot.booting ? Tlbs.create : Tlbs.view;
    this.tlbs = tlbs(ram, arena, cpus, architecture.ignoredTopBits);
    const states = arena.reserve(CPU_STATE_BYTES * cpus, 64);
    this.cpuViews = this.tlbs.cpus.map(
      ({ dataBase, shadowBase }, id) =>
        new Cpu(ram, id, states + id * CPU_STATE_BYTES, { data: dataBase, shadow: shadowBase }),
    );
    this.cpu = this.cpuViews[cpu];
    const tlb = this.tlbs.cpu(cpu);

    const storage = withHardwareTags ? AllocationTags.reserve(ram, arena, boot.booting) : undefined;
    // With several CPUs, an access of one could be in between a change of tags and the flush by another.
    if (storage && cpus === 1) storage.uniform = UniformPages.reserve(ram, arena, storage, tlb);
    const makePages = withShadow ? options.shadowScheme : undefined;
    const map = memoryMap(
      architecture,
      memoryBytes,
      withShadow ? (makePages ? this.pageSize : this.shadow.granule) : 0,
    );
    const { frames, descriptors, directShadow, directShadowBytes } = map;
    this.directShadowBytes = makePages ? 0 : directShadowBytes;
    const poison = this.tags ? tagTable() : poisonTable(options.without);
    const paged = makePages && new PagedShadow(ram, poison, this.pageSize);
    const direct =
      paged ??
      (storage
        ? new TagStorage(ram, storage, poison)
        : new DirectShadow(ram, directShadow, poison, this.shadow.granule));
    this.pages = new PageTable(ram, descriptors, frames, layout.vmemmap, architecture.pageShift);
    boot.once(() => {
      for (let pfn = 0; pfn < frames; pfn++) this.pages.reserve(pfn);
    });
    this.buddy = new BuddyAllocator(
      ram,
      arena.reserve(BUDDY_STATE_BYTES),
      this.pages,
      paged ? this.pagedHooks() : this.pageHooks(withKasan ? direct : undefined, withHardwareTags),
      this.locks.pages,
      pageLists(ram, arena.reserve(perCpuPagesBytes(frames, cpus), 64), frames, cpu, cpus),
    );
    boot.once(() => {
      for (const [from, to] of map.free) this.buddy.addRange(from, to);
      this.counters.set("tags", options.seed);
      this.counters.set("random", (options.seed ^ 0x9e3779b9) >>> 0 || 1);
      this.counters.set("multiShot", Number(this.parameters.multiShot ?? options.multiShot));
    });

    this.space = this.createSpace(boot, map, arena.reserve(64, 64));
    this.kernelPages = new KernelPages(this.space);
    this.mmu = new Mmu(this.space, tlb, storage && checksOf(this.cpu, storage));
    this.mte = storage && new Mte(this, storage);
    const early = withShadow ? new EarlyShadow(this.space, boot, () => this.bootPage(), this.earlyValue) : undefined;
    boot.once(() => {
      if (early)
        layOutShadow({
          space: this.space,
          shadow: this.shadow,
          early,
          directShadow,
          directShadowBytes,
          paged: paged !== undefined,
        });
    });
    if (makePages && paged && early) {
      const bootPage = () => this.bootPage();
      this.pageShadow = new PageShadow(this, { boot, make: makePages, map, zero: early.page, bootPage, paged });
    }

    const depot = arena.reserve(depotBytes(memoryBytes));
    this.depot = new StackDepot(ram, depot, depotBytes(memoryBytes), this.locks.depot);
    this.tasks = new Tasks(ram, arena.reserve(tasksBytes(cpus)), this);
    this.scheduler = new Scheduler(ram, arena.reserve(scheduleBytes(cpus), 64), this, this.tasks);
    this.stacks = new CallStacks(ram, this.depot, (cpu) => this.tasks.callStackOf(cpu));
    this.guestMemory = new GuestMemory(this);
    this.oops = new Oops(this);
    const slabState = arena.reserve(SLUB_STATE_BYTES);
    const makeBootPage = () => this.bootPage();
    this.slab = new SlabService(this, boot, makeBootPage, slabState, withKasan ? direct : undefined, arena);

    const { vmalloc, moduleSpace, scheme } = layOutVmalloc({
      machine: this,
      arena,
      boot,
      early,
      poison,
      tableFrames: this.tableFrames,
      bootPage: () => this.bootPage(),
    });
    this.vmalloc = vmalloc;
    this.moduleSpace = moduleSpace;
    this.vmapStack = options.vmapStack ?? scheme !== "early";
    this.scheduler.onHalt = () => {
      throw new GuestStopped(this.stopped ?? "panic");
    };
    this.slab.allocator.callGuest = (low, high, object) => {
      this.guest.pointer(
        join(low, high),
        BigInt.asIntN(64, this.tagged(object, this.slab.kasan?.tagOf(object) ?? 0xff)),
      );
    };
    this.imageEnd = layout.kernelText + BigInt(FUNCTION_POINTER_BYTES + TEXT_BYTES);
    this.kasan = withKasan ? new Kasan(this, arena.reserve(GLOBALS_BYTES, 8)) : undefined;
    boot.once(() => this.slab.populate());
    boot.once(() => this.announce());
  }

  /** What KASAN says of itself when it is ready, and its CPUs start to check (kasan_init_hw_tags). */
  private announce(): void {
    if (!this.mte) return;
    const { mode, vmalloc, stacktrace, writeOnly } = this.parameters;
    const state = (on: boolean) => (on ? "on" : "off");
    const settings = [`mode=${mode}`, `vmalloc=${state(vmalloc)}`, `stacktrace=${state(stacktrace)}`];
    // As the kernels that have it print it.
    if (writeOnly) settings.push("write_only=on");
    this.printk.line(6, `kasan: KernelAddressSanitizer initialized (hw-tags, ${settings.join(", ")})`);
    for (const cpu of this.cpuViews) cpu.tagCheckFault = TAG_CHECK_MODES[mode];
  }

  /** What KASAN does as pages change hands (__kasan_unpoison_pages, __kasan_poison_pages). */
  private pageHooks(shadow: DirectShadow | undefined, hardware: boolean): PageHooks {
    if (!shadow) return { allocated: () => true, freed() {} };
    const { tags, pages, parameters, cpu, pageSize } = this;
    const { pageAllocSample, pageAllocSampleOrder } = parameters;
    const skips = (order: number, gfp: number): boolean => {
      if (!hardware) return false;
      if (gfp & Gfp.SKIP_KASAN) return true;
      return pageAllocSample !== 1 && order >= pageAllocSampleOrder && !cpu.samplesPages(pageAllocSample);
    };
    return {
      allocated: (pfn, order, gfp) => {
        if (!tags) {
          shadow.poison(pfn * pageSize, pageSize << order, 0);
          return true;
        }
        const skipped = skips(order, gfp);
        const tag = skipped ? KASAN_TAG_KERNEL : tags.random();
        if (!skipped) shadow.tag(pfn * pageSize, pageSize << order, tag);
        for (let i = 0; i < 1 << order; i++) pages.setTag(pfn + i, tag);
        return true;
      },
      freed: (pfn, order) => {
        // Hardware's tags of pages that were given none stay what they are (should_skip_kasan_poison).
        if (hardware && pages.tag(pfn) === KASAN_TAG_KERNEL) return;
        shadow.poison(pfn * pageSize, pageSize << order, KASAN_PAGE_FREE);
      },
    };
  }

  /** The same under a per-page scheme, from when on there is one: what boot has taken before is marked then. */
  private pagedHooks(): PageHooks {
    return {
      allocated: (pfn, order, gfp) => this.pageShadow?.allocated(pfn, order, gfp) ?? true,
      freed: (pfn, order) => this.pageShadow?.freed(pfn, order),
    };
  }

  /**
   * Another thread's view of a machine: of one of its CPUs.
   *
   * @param options - as the machine was booted with; what receives output may be others
   */
  static view(options: MachineOptions, memory: WebAssembly.Memory, cpu: number): Machine {
    return new Machine(options, { memory, cpu });
  }

  /** What shows where nothing has shadow of its own (KASAN_SHADOW_INIT). */
  private get earlyValue(): number {
    return this.tags ? KASAN_TAG_INVALID : 0;
  }

  /** A page of RAM that boot cannot do without. @returns its physical address */
  private bootPage(): number {
    const pfn = this.buddy.allocate(0, Gfp.ZERO);
    if (pfn < 0) throw noBootMemory();
    return pfn * this.pageSize;
  }

  /** Maps a page to a new page of zeros that boot cannot do without. */
  private mapBootPage(vpn: number): void {
    if (!this.mapNew(vpn, this.bootPage() / this.pageSize)) throw noBootMemory();
  }

  private createSpace(boot: BootRecord, map: MemoryMap, tableChanges: number): AddressSpace {
    const { architecture, ram } = this;
    const frames = this.tableFrames;
    const changes = new TableChanges(ram.i32.subarray(tableChanges >>> 2, (tableChanges >>> 2) + 1));
    const roots = architecture.roots.map(() => boot.number(() => this.bootPage()));
    const space = new AddressSpace({ architecture, memory: ram, frames, roots, tlbs: this.tlbs, changes });
    space.cpu = this.cpu.id;
    boot.once(() => {
      for (const { vpn, pages, physical } of bootMappings(architecture, map)) {
        const flags = physical === 0 ? this.memoryFlags : PageFlags.KERNEL;
        space.map(addressOf(vpn, 0), physical, pages * 4096, flags).ignore("boot");
      }
    });
    return space;
  }

  /** How memory is mapped that may have tags (`PAGE_KERNEL_TAGGED`): the direct map, and areas of vmalloc space over pages of their own. */
  get memoryFlags(): number {
    return PageFlags.KERNEL | (this.options.mode === "hw-tags" ? MemoryType.TAGGED << MEMORY_TYPE_SHIFT : 0);
  }

  /** Maps a page where nothing was mapped. @returns false if a page table was needed and memory is short */
  mapNew(vpn: number, pfn: number, flags: number = PageFlags.KERNEL): boolean {
    return mapNew(this.kernelPages, this.locks.tables, vpn, pfn, flags);
  }

  /** Unmaps a page. `flushed`: who flushes the TLBs, and when. @returns the frame, or -1 if nothing was mapped */
  unmap(vpn: number, flushed: string): number {
    return unmapPage(this.kernelPages, this.locks.tables, vpn, flushed);
  }

  /**
   * Translates a page of shadow for this CPU; see `Mmu.translate`.
   *
   * @returns its buffer offset; -1 if the access faults
   */
  translateShadow(vpn: number, access: number, offset = 0): number {
    const page = this.mmu.translate(vpn, access, TlbKind.SHADOW, offset);
    return page < 0 && this.pageShadow ? this.pageShadow.translateAgain(vpn, access) : page;
  }

  /** Flushes pages from every CPU's TLBs. */
  shootDown(vpn: number, pages: number): void {
    const { units } = this.kernelPages;
    this.tlbs.shootDown(this.cpu.id, vpn * units, pages * units);
  }

  /**
   * {@link Machine.mapNew} for a page of addresses that the caller alone uses: the lock of the tables is for new tables only,
   * as in the kernel.
   */
  mapOwn(vpn: number, pfn: number, flags: number): boolean {
    if (!this.kernelPages.knows(vpn)) return this.mapNew(vpn, pfn, flags);
    this.kernelPages.map(vpn, pfn, flags);
    this.space.pending.ignore("nothing was mapped there, and x86 and arm64 do not cache that");
    return true;
  }

  /** {@link Machine.unmap} for a page of addresses that the caller alone uses. */
  unmapOwn(vpn: number, flushed: string): number {
    if (!this.kernelPages.knows(vpn)) return this.unmap(vpn, flushed);
    const pfn = this.kernelPages.unmap(vpn);
    this.space.pending.ignore(flushed);
    return pfn;
  }

  /** Whether KASAN keeps shadow memory: not where it is off, or its tags are hardware's. */
  get hasShadow(): boolean {
    return this.kasan !== undefined && this.mte === undefined;
  }

  /** How the log is worded. */
  get style(): ReportStyle {
    return this.tags ? this.dialect.tagsStyle : this.dialect.style;
  }

  /** The physical address of an address in the direct map, given in halves; -1 if it is not in it or behind RAM. */
  physical(low: number, high: number): number {
    const offset = ((this.untag(high) >>> 0) - this.pageOffsetHigh) * 2 ** 32 + (low >>> 0);
    return offset >= 0 && offset < this.ram.size ? offset : -1;
  }

  /** Leaves the direct-map address of a physical address as a kernel function's result; 0 for physical 0 (NULL). */
  resultPointer(physical: number): number {
    if (physical === 0) return this.cpu.result(0, 0);
    return this.cpu.result(physical >>> 0, this.pageOffsetHigh + Math.floor(physical / 2 ** 32));
  }

  /** The upper half of an address (either sign), without a tag: signed. */
  untag(high: number): number {
    return this.tags ? (high << 8) >> 8 : high | 0;
  }

  /** The tag of a pointer by its upper half; that which matches all, in modes without tags. */
  tagOf(high: number): number {
    return this.tags ? high >>> 24 : KASAN_TAG_KERNEL;
  }

  /** The direct-map address of a physical address as a pointer with a tag. */
  tagged(physical: number, tag: number): bigint {
    return this.tags ? withTag(this.virtual(physical), tag) : this.virtual(physical);
  }

  /**
   * Gives an area of vmalloc space a random tag (__kasan_unpoison_vmalloc). `own`: it is over pages of its own; others have no tag
   * of hardware.
   *
   * @returns the pointer to it
   */
  tagArea(vpn: number, bytes: number, own: boolean): bigint {
    const address = this.kernelPages.addressOf(vpn);
    if (!this.tags || (this.mte && !(own && this.parameters.vmalloc))) return address;
    const tag = this.tags.random();
    if (this.mte) this.mte.tagArea(vpn, bytes, tag);
    else this.kasan?.tagMemory(address, bytes, tag);
    return withTag(address, tag);
  }

  /** Leaves a pointer to what was just allocated as a kernel function's result; it has the memory's tag. 0: NULL. */
  resultObject(physical: number): number {
    if (physical === 0 || !this.slab.kasan) return this.resultPointer(physical);
    const high = this.pageOffsetHigh + Math.floor(physical / 2 ** 32);
    // Pages can have none of hardware's tags, whatever their memory had before.
    const ofPages = this.mte && this.slab.allocator.slabOf(physical) < 0;
    const tag = ofPages ? this.pages.tag(Math.floor(physical / this.pageSize)) : this.slab.kasan.tagOf(physical);
    return this.cpu.result(physical >>> 0, ((high & 0xffffff) | (tag << 24)) >>> 0);
  }

  /** The direct-map address of a physical address. */
  virtual(physical: number): bigint {
    return this.architecture.layout.pageOffset + BigInt(physical);
  }

  /** Place for code and data in the kernel image (`module` undefined) or in module space, writable, with shadow. */
  place(bytes: number, module: string | undefined): bigint {
    const pages = Math.max(1, Math.ceil(bytes / this.pageSize));
    if (module !== undefined) {
      const caller = this.symbols.returnWord("execmem_alloc");
      const vpn = this.moduleSpace.allocate({ size: pages * this.pageSize, gfp: Gfp.KERNEL | Gfp.ZERO, caller });
      if (vpn < 0) throw noModuleMemory(module, bytes);
      return this.kernelPages.addressOf(vpn);
    }
    const address = this.imageEnd;
    this.imageEnd += BigInt(pages * this.pageSize);
    this.placeInImage(this.kernelPages.pageOf(address), pages);
    return address;
  }

  /**
   * The other CPUs' copies of a placed module's data: {@link CPU_COPY_BYTES} apart, zeroed.
   *
   * @returns their addresses
   * @throws {@link KernelError} `BOOT_MEMORY`
   */
  placeCopies(address: bigint, bytes: number, module: string | undefined): bigint[] {
    const pages = Math.max(1, Math.ceil(bytes / this.pageSize));
    return Array.from({ length: this.cpus - 1 }, (_, i) => {
      const copy = address + BigInt((i + 1) * CPU_COPY_BYTES);
      const vpn = this.kernelPages.pageOf(copy);
      if (module === undefined) this.placeInImage(vpn, pages);
      else {
        const caller = this.symbols.returnWord("execmem_alloc");
        const request = { size: pages * this.pageSize, gfp: Gfp.KERNEL | Gfp.ZERO, caller };
        if (!this.moduleSpace.allocateAt(vpn, request)) throw noModuleMemory(module, bytes);
      }
      return copy;
    });
  }

  private placeInImage(vpn: number, pages: number): void {
    for (let i = 0; i < pages; i++) {
      this.mapBootPage(vpn + i);
      if (!this.hasShadow) continue;
      const shadow = this.kernelPages.pageOf(shadowOf(this.shadow, this.kernelPages.addressOf(vpn + i)));
      if (this.kernelPages.lookup(shadow) < 0) this.mapBootPage(shadow);
    }
  }

  /** Makes placed pages read-only and executable. */
  protectText(address: bigint, bytes: number): void {
    this.space.protect(address, Math.ceil(bytes / this.pageSize) * this.pageSize, KERNEL_EXEC).flushAll();
  }

  /** Gives back the locks that this CPU holds: the code that would do so does not go on. */
  abandonLocks(): void {
    for (const lock of Object.values(this.locks).flat()) lock.abandon();
    this.buddy.abandonLists();
  }

  /** Stops all CPUs: why. The first reason counts. */
  stop(reason: StopReason): void {
    this.abandonLocks();
    this.counters.exchange("stopped", 0, STOP_REASONS.indexOf(reason) + 1);
    this.scheduler.halt();
    for (const cpu of this.cpuViews) cpu.interrupt(Interrupt.HALT);
  }

  /** Why the machine stopped; undefined while it runs. */
  get stopped(): StopReason | undefined {
    return STOP_REASONS[this.counters.get("stopped") - 1];
  }

  /** Counts for `--stats`. Bytes unless the name says otherwise. */
  statistics(): MachineStatistics {
    const { buddy, ram, counters } = this;
    return {
      time: this.clock.now,
      memory: ram.size,
      overhead: ram.bytes - ram.size,
      freePages: buddy.freePages,
      peakUsedPages: buddy.peakUsedPages,
      directShadow: this.pageShadow?.statistics().shadow ?? this.directShadowBytes,
      ...(this.pageShadow && { pageShadow: this.pageShadow.statistics() }),
      tagStorage: this.mte ? ram.size / 32 : 0,
      vmallocShadowPages: counters.get("shadowPages"),
      pageTablePages: counters.get("tablePages"),
      tlbMisses: this.tlbs.cpus.reduce((sum, tlb) => sum + tlb.misses, 0),
      tlbFlushes: this.tlbs.cpus.reduce((sum, tlb) => sum + tlb.flushes, 0),
      tlbShootdowns: this.tlbs.shootdowns,
      allocations: counters.get("allocations"),
      frees: counters.get("frees"),
      quarantine: this.slab.quarantineBytes,
      vmallocAreas: this.vmalloc.counts.areas,
      stacks: this.depot.stored,
      depot: this.depot.usedBytes,
      slowChecks: this.kasan?.slowChecks ?? 0,
      reports: counters.get("reports"),
    };
  }
}

/** Counts of a machine. */
export interface MachineStatistics {
  /** Nanoseconds of the machine's clock since boot. */
  readonly time: number;
  /** Bytes of RAM. */
  readonly memory: number;
  /** Bytes of the buffer beyond RAM. */
  readonly overhead: number;
  /** Pages that the page allocator could hand out. */
  readonly freePages: number;
  /** Most pages that were in use at one time. */
  readonly peakUsedPages: number;
  /** Bytes of the direct map's shadow; under a per-page scheme, now. */
  readonly directShadow: number;
  /** What a per-page scheme costs; absent without one. */
  readonly pageShadow?: PageShadowStatistics;
  /** Bytes of hardware's tag storage, beside RAM: four bits for 16 bytes. */
  readonly tagStorage: number;
  /** Pages of shadow mapped under vmalloc and module space. */
  readonly vmallocShadowPages: number;
  /** Pages of page tables below the roots, those of the early shadow not counted. */
  readonly pageTablePages: number;
  /** Page-table walks that filled a TLB. */
  readonly tlbMisses: number;
  /** TLB flushes of any size. */
  readonly tlbFlushes: number;
  /** Those of them that another CPU asked for. */
  readonly tlbShootdowns: number;
  /** Slab and large kmalloc allocations since boot. */
  readonly allocations: number;
  /** Frees of them. */
  readonly frees: number;
  /** Bytes in quarantine. */
  readonly quarantine: number;
  /** Areas of vmalloc space in use, stacks of tasks included. */
  readonly vmallocAreas: number;
  /** Distinct call stacks saved. */
  readonly stacks: number;
  /** Bytes of the stack depot in use. */
  readonly depot: number;
  /** Checks that the compiled code could not decide alone. */
  readonly slowChecks: number;
  /** KASAN reports printed. */
  readonly reports: number;
}

const noBootMemory = (): KernelError =>
  new KernelError("BOOT_MEMORY", "too little memory to boot; give the machine more (--memory)");
const noModuleMemory = (module: string, bytes: number): KernelError =>
  new KernelError("BOOT_MEMORY", `no memory for module ${module} (${bytes} bytes); give the machine more (--memory)`);
const depotBytes = (ram: number): number => Math.min(8 * MIB, ram / 8);

/** Room behind RAM: depot, range records, TLBs, call stacks, names. Below a quarter of RAM + 16 MB, for few CPUs. */
const arenaBytes = (ram: number, cpus: number): number =>
  depotBytes(ram) +
  cpus * RangePool.bytes(rangeRecords(ram, cpus)) +
  tasksBytes(cpus) +
  NAMES_BYTES +
  perCpuPagesBytes(ram / 4096, cpus) +
  GLOBALS_BYTES +
  MIB / 4 +
  cpus * (MIB / 8);

function createBuffer(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

function checkOptions({ memoryBytes, architecture, mode, without = [], cpus = 1, shadowScheme }: MachineOptions): void {
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) {
    throw new KernelError("CONFIG", `a machine with ${cpus} CPUs; give 1 to ${MAX_CPUS}`);
  }
  if (memoryBytes % MIB !== 0 || memoryBytes < 16 * MIB || memoryBytes > 2048 * MIB) {
    throw new KernelError(
      "CONFIG",
      `a machine with ${memoryBytes} bytes of memory; give whole megabytes, 16M to 2048M`,
    );
  }
  if (mode.endsWith("-tags") && architecture.ignoredTopBits !== 8) {
    throw new KernelError(
      "CONFIG",
      `tags need a processor that ignores the top byte of addresses, which ${architecture.name} does not; give --arch arm64`,
    );
  }
  if (mode.endsWith("-tags") && without.length > 0) {
    throw new KernelError("CONFIG", `${without[0]} is a mechanism of generic KASAN; leave it out of generic mode`);
  }
  if (shadowScheme) checkPerPage(mode);
  if (shadowScheme && without.includes("page-poison")) {
    throw new KernelError("CONFIG", "per-page shadow is made of freed pages' poison; leave --without page-poison out");
  }
  if (![12, 14, 16].includes(architecture.pageShift)) {
    const size = 2 ** architecture.pageShift;
    throw new KernelError(
      "CONFIG",
      `${architecture.name}: this kernel knows pages of 4K, 16K and 64K, not of ${size} bytes`,
    );
  }
}

/** Bytes of the arena that the tag-based modes need besides. */
function tagBytes({ mode, memoryBytes }: MachineOptions): number {
  if (!mode.endsWith("-tags")) return 0;
  return (
    STACK_RING_BYTES +
    (mode === "hw-tags" ? AllocationTags.bytes(memoryBytes) + UniformPages.bytes(memoryBytes) + 64 : 0)
  );
}

/** Whether a CPU compares tags, as its registers say at each time. */
const checksOf = (cpu: Cpu, { uniform }: AllocationTags) => ({
  uniform,
  get active() {
    return cpu.tagCheckFault !== 0;
  },
});
