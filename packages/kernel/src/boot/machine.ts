import {
  AddressSpace,
  AllocationTags,
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
import { type KernelWords, member, type Platform } from "@kasan/platform";
import type { ReportStyle } from "@kasan/report";
import { addressOf, KASAN_TAG_INVALID, KASAN_TAG_KERNEL, type ShadowLayout, withTag } from "@kasan/shadow";
import type { Vmalloc, VmallocNodes } from "@kasan/vmalloc";
import type { GuestCalls } from "../api/guest-interface.ts";
import { TestLog } from "../api/test-log.ts";
import { GuestStopped, STOP_REASONS, type StopReason } from "../error.ts";
import { type BootParameters, DEFAULT_BOOT_PARAMETERS } from "../kasan/boot-parameters.ts";
import { poisonTable } from "../kasan/generic/mechanisms.ts";
import { GLOBALS_BYTES } from "../kasan/globals.ts";
import { Kasan } from "../kasan/kasan.ts";
import { NO_PAGE_HOOKS, poisonPages, tagPages, tagSomePages } from "../kasan/page-hooks.ts";
import { PageShadow } from "../kasan/shadow/by-page.ts";
import { DirectShadow } from "../kasan/shadow/direct-map.ts";
import { DirectShadowByPage } from "../kasan/shadow/direct-map-by-page.ts";
import { mapNew, unmapPage } from "../kasan/shadow/vmalloc-backend.ts";
import { Mte, TAG_CHECK_MODES } from "../kasan/tags/mte.ts";
import { TagStorage } from "../kasan/tags/tag-storage.ts";
import { HW_TAGS, SW_TAGS, TagSource, tagTable } from "../kasan/tags/tags.ts";
import { CallStacks } from "../log/call-stacks.ts";
import { NAMES_BYTES, NameTable } from "../log/names.ts";
import { Oops } from "../log/oops.ts";
import { Printk } from "../log/printk.ts";
import { StackDepot } from "../log/stack-depot.ts";
import { KernelSymbols } from "../log/symbols.ts";
import { BUDDY_STATE_BYTES, BuddyAllocator, type PageHooks } from "../mm/buddy.ts";
import { Execmem, FUNCTION_POINTER_BYTES, noBootMemory } from "../mm/execmem.ts";
import { Gfp } from "../mm/gfp.ts";
import { GuestMemory, join } from "../mm/guest-memory.ts";
import { KernelPages } from "../mm/kernel-pages.ts";
import { PageDescriptors } from "../mm/page-descriptors.ts";
import { pageLists, perCpuPagesBytes } from "../mm/per-cpu-pages.ts";
import { SlabService } from "../mm/slab/service.ts";
import { SLUB_STATE_BYTES } from "../mm/slab/slub.ts";
import { Scheduler, scheduleBytes } from "../sched/scheduler.ts";
import { Tasks, tasksBytes } from "../sched/tasks.ts";
import { BOOT_RECORD_BYTES, BootRecord } from "../smp/boot-record.ts";
import { type Clock, clockBytes, RealClock, VirtualClock } from "../smp/clock.ts";
import { COUNTERS_BYTES, Counters } from "../smp/counters.ts";
import { CPU_STATE_BYTES, Cpu, Interrupt } from "../smp/cpu.ts";
import { type Locks, locksBytes, viewLocks } from "../smp/lock.ts";
import { createBuffer, depotBytes } from "./buffer.ts";
import { bootMappings, type MemoryMap, memoryMap } from "./memory-map.ts";
import { checkOptions, type MachineOptions } from "./options.ts";
import { EarlyShadow, layOutShadow, shadowLayoutOf } from "./shadow.ts";
import { type MachineStatistics, statisticsOf } from "./statistics.ts";
import { layOutVmalloc } from "./vmalloc.ts";

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
  readonly architecture: Platform;
  /** Bytes of a page, of the processor and of the kernel. */
  readonly pageSize: number;
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
  readonly pages: PageDescriptors;
  /** The page allocator. */
  readonly buddy: BuddyAllocator;
  /** kmalloc and slab caches. */
  readonly slab: SlabService;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
  /** Memory for guests' code and data. */
  readonly execmem: Execmem;
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
  /** A page of RAM that boot cannot do without: its physical address. */
  private readonly bootPage = (): number => {
    const pfn = this.buddy.allocate(0, Gfp.ZERO);
    if (pfn < 0) throw noBootMemory();
    return pfn * this.pageSize;
  };
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
    this.pageOffsetHigh = Number(architecture.layout.pageOffset >> 32n);
    const { layout } = architecture;
    this.parameters = options.boot ?? DEFAULT_BOOT_PARAMETERS;
    const withHardwareTags = options.mode === "hw_tags" && this.parameters.enabled;
    const withKasan = withHardwareTags || options.mode === "generic" || options.mode === "sw_tags";
    const withShadow = withKasan && !withHardwareTags;
    this.memory = booted?.memory ?? createBuffer(options);
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
    const withTags = withHardwareTags || options.mode === "sw_tags";
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
    const paged = makePages && new DirectShadowByPage(ram, poison, this.pageSize);
    const direct =
      paged ??
      (storage
        ? new TagStorage(ram, storage, poison)
        : new DirectShadow(ram, directShadow, poison, this.shadow.granule));
    this.pages = new PageDescriptors(ram, descriptors, frames, layout.vmemmap, architecture.pageShift);
    boot.once(() => {
      for (let pfn = 0; pfn < frames; pfn++) this.pages.reserve(pfn);
    });
    this.buddy = new BuddyAllocator(
      ram,
      arena.reserve(BUDDY_STATE_BYTES),
      this.pages,
      this.pageHooks(withKasan ? direct : undefined),
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
    const early = withShadow ? new EarlyShadow(this.space, boot, this.bootPage, this.earlyValue) : undefined;
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
      const { bootPage } = this;
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
    this.slab = new SlabService(this, boot, this.bootPage, slabState, withKasan ? direct : undefined, arena);

    const { vmalloc, moduleSpace, takesStacks } = layOutVmalloc({
      machine: this,
      arena,
      boot,
      early,
      poison,
      tableFrames: this.tableFrames,
      bootPage: this.bootPage,
    });
    this.vmalloc = vmalloc;
    this.moduleSpace = moduleSpace;
    this.vmapStack = options.vmapStack ?? takesStacks;
    this.scheduler.onHalt = () => {
      throw new GuestStopped(this.stopped ?? "panic");
    };
    this.slab.allocator.callGuest = (low, high, object) => {
      this.guest.pointer(
        join(low, high),
        BigInt.asIntN(64, this.tagged(object, this.slab.kasan?.tagOf(object) ?? 0xff)),
      );
    };
    this.execmem = new Execmem(this, this.bootPage);
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

  /** What KASAN does as pages change hands. */
  private pageHooks(shadow: DirectShadow | undefined): PageHooks {
    const { tags, pages, pageSize } = this;
    if (!shadow) return NO_PAGE_HOOKS;
    if (shadow instanceof DirectShadowByPage) {
      // From when on there is a scheme: what boot has taken before is marked then.
      return {
        allocated: (pfn, order, gfp) => this.pageShadow?.allocated(pfn, order, gfp) ?? true,
        freed: (pfn, order) => this.pageShadow?.freed(pfn, order),
      };
    }
    if (!tags) return poisonPages(shadow, pageSize);
    const tagging = { shadow, tags, pages, pageSize };
    return this.options.mode === "hw_tags" ? tagSomePages(tagging, this.parameters, this.cpu) : tagPages(tagging);
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

  private createSpace(boot: BootRecord, map: MemoryMap, tableChanges: number): AddressSpace {
    const { architecture, ram } = this;
    const frames = this.tableFrames;
    const changes = new TableChanges(ram.i32.subarray(tableChanges >>> 2, (tableChanges >>> 2) + 1));
    const roots = architecture.roots.map(() => boot.number(this.bootPage));
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
    return PageFlags.KERNEL | (this.options.mode === "hw_tags" ? MemoryType.TAGGED << MEMORY_TYPE_SHIFT : 0);
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
    this.space.pending.flushNew();
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

  /**
   * How its kernel words things.
   *
   * @throws PlatformError `PLATFORM_MEMBER` if the architecture does not say.
   */
  get words(): KernelWords {
    return member(this.architecture, "words", "run a guest, whose call traces and crashes are logged");
  }

  /** How the log is worded. Throws as {@link words}. */
  get style(): ReportStyle {
    const { style, tagsStyle = style } = this.words;
    return this.tags ? tagsStyle : style;
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
    return statisticsOf(this);
  }
}

/** Whether a CPU compares tags, as its registers say at each time. */
const checksOf = (cpu: Cpu, { uniform }: AllocationTags) => ({
  uniform,
  get active() {
    return cpu.tagCheckFault !== 0;
  },
});
