import { KernelPages, schemeOverTables, UnusedShadow } from "@kasan/kernel";
import { AddressSpace } from "@kasan/mmu";
import { type AccessResult, checkAccess, createFound, KASAN_PAGE_FREE, PAGE_SIZE, shadowView } from "@kasan/shadow";
import { type ShadowScheme, Vmalloc, type VmallocBackend } from "@kasan/vmalloc";
import { CellKind } from "../machine/cells.ts";
import { AllocateFlag, NoteKind, StepKind } from "../steps/step.ts";
import { LockNumber, SteppedLock } from "./lock.ts";
import { SteppedChanges, SteppedMemory, SteppedTlbs } from "./memory.ts";
import type { World } from "./world.ts";

/**
 * The kernel's code as one CPU's operation sees it: the classes that ship, over memory, locks, pages and flushes that
 * take steps. Made anew for each run of an operation, so that nothing outside the machine lives on.
 */
export class KernelView {
  readonly world: World;
  readonly vmalloc: Vmalloc;
  private readonly found = createFound();
  private readonly bytes = shadowView(new Uint8Array(PAGE_SIZE));

  constructor(world: World) {
    this.world = world;
    const { architecture, scenario, roots } = world;
    const memory = new SteppedMemory(world);
    const tables = new SteppedLock(world, LockNumber.TABLES);
    const areas = new SteppedLock(world, LockNumber.AREAS);
    const tlbs = new SteppedTlbs(world);
    const allocate = (flags: number) => this.allocate(flags);
    const space = new AddressSpace({
      architecture,
      memory,
      roots,
      tlbs,
      // That is a property, and the machine's to judge.
      onLiveChange: () => {},
      changes: new SteppedChanges(world),
      frames: {
        allocate: () => {
          const pfn = allocate(AllocateFlag.ZERO);
          return pfn < 0 ? -1 : pfn * PAGE_SIZE;
        },
        free: (physical) => this.free(physical / PAGE_SIZE),
      },
    });
    const parts = {
      scaleShift: world.shadow.scaleShift,
      shadowOffsetVpn: world.shadow.offsetVpn,
      kernelPages: new KernelPages(space),
      tables,
      allocatePage: () => allocate(AllocateFlag.MAY_SLEEP),
      freePage: (pfn: number) => this.free(pfn),
      references: (pfn: number) => world.recorder.step(StepKind.READ, this.countCell(pfn), 0, 0),
      setReferences: (pfn: number, count: number) =>
        void world.recorder.step(StepKind.WRITE, this.countCell(pfn), count, 0),
      fill: (pfn: number, from: number, to: number, value: number) => this.fill(pfn, from, to, value),
      shootDown: (vpn: number, pages: number) => tlbs.shootDown(0, vpn, pages),
      unused: () => {
        const Unused = scenario.scheme.unusedShadow ?? UnusedShadow;
        return new Unused(space, world.shared!, () => space.frames!.allocate(), tables);
      },
    };
    const sections = {
      enter: () => {
        world.atomic++;
      },
      leave: () => {
        world.atomic--;
      },
    };
    const scheme = schemeOverTables(parts, (backend) => scenario.scheme.make(backend, sections));
    const Areas = scenario.scheme.vmalloc ?? Vmalloc;
    const cpus = Math.max(1, scenario.programs.length);
    this.vmalloc = new Areas(world.areas.allocator, MEMORY_BACKEND, this.watched(scheme), cpus, areas);
  }

  /** The scheme, with word to the properties from when on the truth about an area is open. */
  private watched(scheme: ShadowScheme): ShadowScheme {
    const { world } = this;
    return {
      name: scheme.name,
      unused: scheme.unused,
      populate: (vpn, pages) => {
        const first = vpn - world.baseVpn;
        world.recorder.step(StepKind.NOTE, NoteKind.OPEN, pages - 1, first);
        const done = scheme.populate(vpn, pages);
        if (!done) world.recorder.step(StepKind.NOTE, NoteKind.DEAD, pages - 1, first);
        return done;
      },
      unpoison: (vpn, bytes) => scheme.unpoison(vpn, bytes),
      poison: (vpn, pages) => scheme.poison(vpn, pages),
      release: (vpn, pages, freeVpn, freePages) => scheme.release(vpn, pages, freeVpn, freePages),
    };
  }

  private allocate(flags: number): number {
    const { world } = this;
    const atomic = world.atomic > 0 ? AllocateFlag.ATOMIC : 0;
    const slot = world.recorder.step(StepKind.ALLOCATE, flags | atomic, 0, 0);
    return slot < 0 ? -1 : world.pfnOf(slot);
  }

  private free(pfn: number): void {
    this.world.recorder.step(StepKind.FREE, this.world.frameOf(pfn * PAGE_SIZE), 0, 0);
  }

  private countCell(pfn: number): number {
    const physical = pfn * PAGE_SIZE;
    return this.world.cells.at(CellKind.COUNT, physical, this.world.frameOf(physical), 0);
  }

  /** Of the bytes filled, those are written that some check will look at. */
  private fill(pfn: number, from: number, to: number, value: number): void {
    const { world } = this;
    const page = pfn * PAGE_SIZE;
    for (const cell of world.cellsOfPage(CellKind.BYTE, page)) {
      const offset = world.cells.address[cell]! - page;
      if (offset >= from && offset < to) world.recorder.step(StepKind.WRITE, cell, value, 0);
    }
  }

  /** Somebody else's use of a page: what is there for a while looks like good memory's shadow, what it leaves like poison. */
  reuse(): void {
    const pfn = this.allocate(AllocateFlag.MAY_SLEEP);
    if (pfn < 0) return;
    this.fill(pfn, 0, PAGE_SIZE, 0);
    this.fill(pfn, 0, PAGE_SIZE, KASAN_PAGE_FREE);
    this.free(pfn);
  }

  /** The check of an access to the first byte of page `page` of the region: through the TLB, as the compiled one. */
  check(page: number): AccessResult {
    const { world } = this;
    const vpn = world.baseVpn + page;
    const offset = (vpn % (1 << world.shadow.scaleShift)) * (PAGE_SIZE >> world.shadow.scaleShift);
    const indexOf = (shadowVpn: number) => {
      const index = 31 - Math.clz32(world.shadowMask(shadowVpn, 1));
      const slot = world.recorder.step(StepKind.TRANSLATE, index, 0, 0);
      if (slot < 0) return -1;
      this.bytes.bytes[offset] = this.shadowByte(slot, offset);
      return 0;
    };
    return checkAccess(world.shadow, { view: this.bytes, indexOf }, vpn, 0, 1, this.found);
  }

  private shadowByte(slot: number, offset: number): number {
    const { world } = this;
    const physical = world.slots.physical[slot]! + offset;
    const frame = world.frameOf(physical);
    if (frame < 0) return world.ram.u8[physical]!;
    return world.recorder.step(StepKind.READ, world.cells.at(CellKind.BYTE, physical, frame, 0), 1, 0);
  }
}

/** The memory of areas is not modelled, only its shadow. */
const MEMORY_BACKEND: VmallocBackend = {
  allocatePage: () => 0,
  freePage() {},
  map: () => true,
  unmap: () => -1,
  flush() {},
};
