import {
  AddressSpace,
  type Architecture,
  Arena,
  type FrameSource,
  Mmu,
  PageFlags,
  PhysicalMemory,
  Tlbs,
} from "@kasan/mmu";
import type { KasanReport } from "@kasan/report";
import {
  addressOf,
  KASAN_PAGE_FREE,
  KASAN_VMALLOC_INVALID,
  PAGE_SHIFT,
  PAGE_SIZE,
  type ShadowLayout,
  shadowOf,
  shadowVpnOf,
  vpnOf,
} from "@kasan/shadow";
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
import { bootMappings, type MemoryMap, memoryMap } from "./boot/memory-map.ts";
import { EarlyShadow, layOutShadow, modulesScheme, shadowLayoutOf } from "./boot/shadow.ts";
import { mayLackTables, UnusedShadow } from "./boot/unused-shadow.ts";
import { CallStacks } from "./callstack.ts";
import { CLOCK_BYTES, Clock } from "./clock.ts";
import { type LogSink, Printk } from "./console/printk.ts";
import { CPU_STATE_BYTES, Cpu } from "./cpu.ts";
import { StackDepot } from "./depot.ts";
import { KernelError } from "./error.ts";
import type { GuestCalls } from "./guest-interface.ts";
import { GuestMemory, join } from "./guest-memory.ts";
import { DirectShadow, GRANULE } from "./kasan/direct-shadow.ts";
import { Kasan } from "./kasan/kasan.ts";
import { type Mechanism, poisonTable } from "./kasan/mechanisms.ts";
import { TestLog } from "./kunit.ts";
import { Oops } from "./oops.ts";
import { BUDDY_STATE_BYTES, BuddyAllocator, type PageHooks } from "./pages/buddy.ts";
import { Gfp } from "./pages/gfp.ts";
import { PageTable } from "./pages/page.ts";
import { SlabService } from "./slab/service.ts";
import { SLUB_STATE_BYTES } from "./slab/slub.ts";
import { KernelSymbols } from "./symbols.ts";
import { TASKS_BYTES, Tasks } from "./tasks.ts";

/** What a machine is built from. */
export interface MachineOptions {
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** Bytes of RAM: a multiple of 1 MB, 16 MB … 2 GB. */
  readonly memoryBytes: number;
  /** `generic`: KASAN with a shadow byte per 8 bytes. `off`: a kernel without KASAN. */
  readonly mode: "generic" | "off";
  /** Seeds everything random; the same seed gives the same run. */
  readonly seed: number;
  /** Report every bug (`kasan_multi_shot`), or, as kernels do by default, only the first. */
  readonly multiShot: boolean;
  /** Panic after the first report or warning (`panic_on_warn`). */
  readonly panicOnWarn: boolean;
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
  /** Receives each KASAN report as data, right after it was printed. */
  readonly onReport?: (report: KasanReport) => void;
}

/** A backend that is completed after the scheme, which says what it needs, was made. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const MIB = 2 ** 20;
/** Slots for function pointers start at the kernel's text; then text of functions outside wasm; then the image. */
export const FUNCTION_POINTER_BYTES = MIB;
const TEXT_BYTES = MIB;

const KERNEL_EXEC = PageFlags.READ | PageFlags.EXEC | PageFlags.GLOBAL | PageFlags.ACCESSED;

/**
 * The machine: RAM, page tables, a CPU, and the kernel's services for one guest. Boot, in order: page descriptors and
 * the page allocator, page tables with the direct map, the shadow, slab caches, vmalloc space.
 *
 * All its state is in one shared buffer (docs/architecture.md); this object holds views.
 */
export class Machine {
  /** What the machine was built from. */
  readonly options: MachineOptions;
  /** The processor and its page tables. */
  readonly architecture: Architecture;
  /** The buffer, as guests' code imports it. */
  readonly memory: WebAssembly.Memory;
  /** Views of RAM and what lies behind it. */
  readonly ram: PhysicalMemory;
  /** The kernel's page tables. */
  readonly space: AddressSpace;
  /** All CPUs' TLBs. */
  readonly tlbs: Tlbs;
  /** The CPU that guests run on. */
  readonly cpu: Cpu;
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
  readonly vmalloc: Vmalloc;
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
  /** Whether tasks' stacks lie in vmalloc space. */
  readonly vmapStack: boolean;
  /** Tasks and their stacks. */
  readonly tasks: Tasks;
  /** Guests' memory, for kernel functions outside wasm. */
  readonly guestMemory: GuestMemory;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** Guests' code, as a loader makes it callable; before that, nothing is. */
  guest: GuestCalls = {
    pointer: (pointer) => this.oops.badCall(pointer),
    named: () => false,
  };
  /** What KUnit tests came to. */
  readonly tests = new TestLog();
  /** The shadow's layout; what checks compute with even where KASAN is off. */
  readonly shadow: ShadowLayout;
  /** Undefined in a machine without KASAN. */
  readonly kasan: Kasan | undefined;
  /** Bytes of the direct map's shadow; 0 without KASAN. */
  readonly directShadowBytes: number;
  /** Upper half of the direct map's start, whose lower half is 0. */
  private readonly pageOffsetHigh: number;
  private imageEnd: bigint;
  private tablePages = 0;
  private readonly tableFrames: FrameSource = {
    allocate: () => {
      const pfn = this.buddy.allocate(0, Gfp.ZERO);
      if (pfn < 0) return -1;
      this.tablePages++;
      return pfn * PAGE_SIZE;
    },
    free: (physical) => {
      this.tablePages--;
      this.buddy.free(physical / PAGE_SIZE, 0);
    },
  };
  private vmallocShadowPages = 0;

  /**
   * Boots.
   *
   * @throws {@link KernelError} `CONFIG` for options that make no machine, `BOOT_MEMORY` if RAM is too small
   */
  constructor(options: MachineOptions) {
    const { architecture, memoryBytes } = options;
    checkOptions(options);
    this.options = options;
    this.architecture = architecture;
    this.pageOffsetHigh = Number(architecture.layout.pageOffset >> 32n);
    const { layout } = architecture;
    const withKasan = options.mode === "generic";
    this.memory = createBuffer(memoryBytes + arenaBytes(memoryBytes));
    const ram = new PhysicalMemory(this.memory, memoryBytes);
    this.ram = ram;
    const arena = new Arena(ram);
    this.clock = new Clock(ram, arena.reserve(CLOCK_BYTES));
    this.printk = new Printk(options.log, () => this.clock.now);
    this.symbols = new KernelSymbols(layout.kernelText, layout.kernelText + BigInt(FUNCTION_POINTER_BYTES));
    this.tlbs = Tlbs.create(ram, arena, 1, architecture.ignoredTopBits);
    const tlb = this.tlbs.cpu(0);
    this.cpu = new Cpu(ram, 0, arena.reserve(CPU_STATE_BYTES), { data: tlb.dataBase, shadow: tlb.shadowBase });

    const map = memoryMap(architecture, memoryBytes, withKasan ? GRANULE : 0);
    const { frames, descriptors, directShadow, directShadowBytes } = map;
    this.directShadowBytes = directShadowBytes;
    const poison = poisonTable(options.without);
    const direct = new DirectShadow(ram, directShadow, poison);
    this.pages = new PageTable(ram, descriptors, frames, layout.vmemmap);
    for (let pfn = 0; pfn < frames; pfn++) this.pages.reserve(pfn);
    this.buddy = new BuddyAllocator(
      ram,
      arena.reserve(BUDDY_STATE_BYTES),
      this.pages,
      pageHooks(withKasan ? direct : undefined),
    );
    for (const [from, to] of map.free) this.buddy.addRange(from, to);

    this.space = this.createSpace(map);
    this.mmu = new Mmu(this.space, tlb);
    this.shadow = shadowLayoutOf(architecture);
    const early = withKasan ? new EarlyShadow(this.space, () => this.bootPage()) : undefined;
    if (early) layOutShadow({ space: this.space, shadow: this.shadow, early, directShadow, directShadowBytes });

    this.depot = new StackDepot(ram, arena.reserve(depotBytes(memoryBytes)), depotBytes(memoryBytes));
    this.tasks = new Tasks(ram, arena.reserve(TASKS_BYTES), this);
    this.stacks = new CallStacks(ram, this.depot, (cpu) => this.tasks.callStackOf(cpu));
    this.guestMemory = new GuestMemory(this);
    this.oops = new Oops(this);
    const slabPage = this.bootPage() / PAGE_SIZE;
    this.slab = new SlabService(this, slabPage, arena.reserve(SLUB_STATE_BYTES), withKasan ? direct : undefined, arena);

    const records = rangeRecords(memoryBytes);
    const pool = new RangePool(ram, arena.reserve(RangePool.bytes(records), 8), records);
    const areas = (start: bigint, end: bigint, makeScheme: MakeScheme) => {
      const state = new Uint32Array(ram.u8.buffer, arena.reserve(AREA_STATE_BYTES), AREA_STATE_BYTES / 4);
      const scheme = early && this.shadowScheme(makeScheme, early, poison, start, end);
      const vmalloc = new Vmalloc(new AreaAllocator(pool, state, start, end), this.vmallocBackend(), scheme, 1);
      return { vmalloc, scheme };
    };
    const make = options.vmallocShadow ?? SCHEMES.lazy;
    const { vmalloc, scheme } = areas(layout.vmallocStart, layout.vmallocEnd, make);
    this.vmalloc = vmalloc;
    this.moduleSpace = areas(layout.moduleStart, layout.moduleEnd, modulesScheme(make, scheme)).vmalloc;
    this.vmapStack = options.vmapStack ?? scheme?.name !== "early";
    this.slab.allocator.callGuest = (low, high, object) => {
      this.guest.pointer(join(low, high), BigInt.asIntN(64, this.virtual(object)));
    };
    this.imageEnd = layout.kernelText + BigInt(FUNCTION_POINTER_BYTES + TEXT_BYTES);
    this.kasan = withKasan ? new Kasan(this, direct) : undefined;
    this.slab.populate();
  }

  /** A page of RAM that boot cannot do without. @returns its physical address */
  private bootPage(): number {
    const pfn = this.buddy.allocate(0, Gfp.ZERO);
    if (pfn < 0) throw noBootMemory();
    return pfn * PAGE_SIZE;
  }

  /** Maps a page to a new page of zeros that boot cannot do without. */
  private mapBootPage(vpn: number): void {
    if (!this.mapNew(vpn, this.bootPage() / PAGE_SIZE)) throw noBootMemory();
  }

  private createSpace(map: MemoryMap): AddressSpace {
    const { architecture, ram } = this;
    const frames = this.tableFrames;
    const roots = architecture.roots.map(() => this.bootPage());
    const space = new AddressSpace({ architecture, memory: ram, frames, roots, tlbs: this.tlbs });
    for (const { vpn, pages, physical } of bootMappings(architecture, map)) {
      space.map(addressOf(vpn, 0), physical, pages * PAGE_SIZE, PageFlags.KERNEL).ignore("boot");
    }
    return space;
  }

  private vmallocBackend(): VmallocBackend {
    return {
      allocatePage: (gfp) => this.buddy.allocate(0, gfp),
      freePage: (pfn) => this.buddy.free(pfn, 0),
      map: (vpn, pfn) => this.mapNew(vpn, pfn),
      unmap: (vpn) => {
        const pfn = this.space.unmapPage(vpn);
        if (pfn >= 0) this.space.pending.ignore("the purge flushes, once for many areas");
        return pfn;
      },
      flush: (vpn, pages) => this.tlbs.shootDown(this.cpu.id, vpn, pages),
    };
  }

  /** The shadow of a part of vmalloc space, which shows where it is unused what the scheme says. */
  private shadowScheme(
    make: MakeScheme,
    early: EarlyShadow,
    poison: Uint8Array,
    start: bigint,
    end: bigint,
  ): ShadowScheme {
    const backend = this.shadowBackend(poison);
    const scheme = make(backend);
    if (scheme.unused === "unmapped") return scheme;
    const value = poison[KASAN_VMALLOC_INVALID];
    const shared = scheme.unused === "zero" ? early : new EarlyShadow(this.space, () => this.bootPage(), value);
    shared.populate(vpnOf(shadowOf(this.shadow, start)), vpnOf(shadowOf(this.shadow, end)) + 1);
    const unused = new UnusedShadow(this.space, shared, () => this.tableFrames.allocate());
    backend.lookup = (vpn) => unused.lookup(vpn);
    backend.map = (vpn, pfn) => mayLackTables(() => unused.map(vpn, pfn));
    backend.unmap = (vpn) => unused.unmap(vpn);
    backend.flush = (vpn, pages) => {
      this.tlbs.shootDown(this.cpu.id, vpn, pages);
      unused.restore(vpn, pages);
    };
    return scheme;
  }

  private shadowBackend(poison: Uint8Array): Mutable<ShadowBackend> {
    return {
      scaleShift: this.shadow.scaleShift,
      shadowOffsetVpn: this.shadow.offsetVpn,
      allocatePage: () => {
        const pfn = this.buddy.allocate(0, Gfp.KERNEL);
        if (pfn >= 0) this.countShadow(1);
        return pfn;
      },
      freePage: (pfn) => {
        this.countShadow(-1);
        this.buddy.free(pfn, 0);
      },
      references: (pfn) => this.pages.references(pfn),
      setReferences: (pfn, count) => this.pages.setReferences(pfn, count),
      lookup: (vpn) => this.space.lookup(vpn),
      map: (vpn, pfn) => this.mapNew(vpn, pfn),
      unmap: (vpn) => {
        const pfn = this.space.unmapPage(vpn);
        this.space.pending.ignore("the scheme flushes the range");
        return pfn;
      },
      flush: (vpn, pages) => this.tlbs.shootDown(this.cpu.id, vpn, pages),
      fill: (pfn, from, to, value) => this.ram.u8.fill(poison[value], pfn * PAGE_SIZE + from, pfn * PAGE_SIZE + to),
    };
  }

  private countShadow(change: number): void {
    this.vmallocShadowPages += change;
    this.options.onVmallocShadow?.(this.clock.now, this.vmallocShadowPages);
  }

  /** Maps a page where nothing was mapped. @returns false if a page table was needed and memory is short */
  private mapNew(vpn: number, pfn: number): boolean {
    return mayLackTables(() => {
      this.space.mapPage(vpn, pfn, PageFlags.KERNEL);
      this.space.pending.ignore("nothing was mapped there, and x86 and arm64 do not cache that");
      return true;
    });
  }

  /** The physical address of an address in the direct map, given in halves; -1 if it is not in it or behind RAM. */
  physical(low: number, high: number): number {
    const offset = ((high >>> 0) - this.pageOffsetHigh) * 2 ** 32 + (low >>> 0);
    return offset >= 0 && offset < this.ram.size ? offset : -1;
  }

  /** Leaves the direct-map address of a physical address as a kernel function's result; 0 for physical 0 (NULL). */
  resultPointer(physical: number): number {
    if (physical === 0) return this.cpu.result(0, 0);
    return this.cpu.result(physical >>> 0, this.pageOffsetHigh + Math.floor(physical / 2 ** 32));
  }

  /** The direct-map address of a physical address. */
  virtual(physical: number): bigint {
    return this.architecture.layout.pageOffset + BigInt(physical);
  }

  /** Place for code and data in the kernel image (`module` undefined) or in module space, writable, with shadow. */
  place(bytes: number, module: string | undefined): bigint {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
    if (module !== undefined) {
      const caller = this.symbols.returnWord("execmem_alloc");
      const vpn = this.moduleSpace.allocate({ size: pages * PAGE_SIZE, gfp: Gfp.KERNEL | Gfp.ZERO, caller });
      if (vpn < 0)
        throw new KernelError(
          "BOOT_MEMORY",
          `no memory for module ${module} (${bytes} bytes); give the machine more (--memory)`,
        );
      return BigInt(vpn) << 12n;
    }
    const address = this.imageEnd;
    this.imageEnd += BigInt(pages * PAGE_SIZE);
    const vpn = Number(address >> 12n);
    for (let i = 0; i < pages; i++) {
      this.mapBootPage(vpn + i);
      const shadow = shadowVpnOf(this.shadow, vpn + i, 0);
      if (this.kasan && this.space.lookup(shadow) < 0) this.mapBootPage(shadow);
    }
    return address;
  }

  /** Makes placed pages read-only and executable. */
  protectText(address: bigint, bytes: number): void {
    this.space.protect(address, roundUpPage(bytes), KERNEL_EXEC).flushAll();
  }

  /** Counts for `--stats`. Bytes unless the name says otherwise. */
  statistics(): MachineStatistics {
    const { buddy, ram } = this;
    return {
      time: this.clock.now,
      memory: ram.size,
      overhead: ram.bytes - ram.size,
      freePages: buddy.freePages,
      peakUsedPages: buddy.peakUsedPages,
      directShadow: this.directShadowBytes,
      vmallocShadowPages: this.vmallocShadowPages,
      pageTablePages: this.tablePages,
      tlbMisses: this.tlbs.cpus.reduce((sum, tlb) => sum + tlb.misses, 0),
      tlbFlushes: this.tlbs.cpus.reduce((sum, tlb) => sum + tlb.flushes, 0),
      tlbShootdowns: this.tlbs.shootdowns,
      allocations: this.slab.allocations,
      frees: this.slab.frees,
      quarantine: this.slab.quarantineBytes,
      vmallocAreas: this.vmalloc.counts.areas,
      stacks: this.depot.stored,
      depot: this.depot.usedBytes,
      slowChecks: this.kasan?.slowChecks ?? 0,
      reports: this.kasan?.reports ?? 0,
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
  /** Bytes of the direct map's shadow. */
  readonly directShadow: number;
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
const roundUpPage = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
const depotBytes = (ram: number): number => Math.min(8 * MIB, ram / 8);
const rangeRecords = (ram: number): number => Math.min(65536, ram / 1024);

/** Room behind RAM: depot, range records, TLBs, call stacks. Below a quarter of RAM + 16 MB. */
const arenaBytes = (ram: number): number =>
  depotBytes(ram) + RangePool.bytes(rangeRecords(ram)) + TASKS_BYTES + MIB / 4;

function createBuffer(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

function checkOptions({ memoryBytes, architecture }: MachineOptions): void {
  if (memoryBytes % MIB !== 0 || memoryBytes < 16 * MIB || memoryBytes > 2048 * MIB) {
    throw new KernelError(
      "CONFIG",
      `a machine with ${memoryBytes} bytes of memory; give whole megabytes, 16M to 2048M`,
    );
  }
  if (architecture.pageShift !== PAGE_SHIFT) {
    throw new KernelError("CONFIG", `${architecture.name}: this kernel is built for pages of ${PAGE_SIZE} bytes`);
  }
}

function pageHooks(shadow: DirectShadow | undefined): PageHooks {
  if (!shadow) return { allocated() {}, freed() {} };
  return {
    allocated: (pfn, order) => shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, 0),
    freed: (pfn, order) => shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, KASAN_PAGE_FREE),
  };
}
