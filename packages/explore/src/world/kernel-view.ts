import { KernelPages, schemeOverTables, UnusedShadow } from "@kasan/kernel";
import { type AccessResult, checkAccess, createFound, KASAN_PAGE_FREE, PAGE_SIZE, shadowView } from "@kasan/shadow";
import { type ShadowScheme, Vmalloc, type VmallocBackend } from "@kasan/vmalloc";
import { ExploreError } from "../error.ts";
import { CellKind } from "../machine/cells.ts";
import { AllocateFlag, NoteKind, StepKind } from "../steps/step.ts";
import { LockNumber, SteppedLock } from "./lock.ts";
import { ofScheme } from "./scenario.ts";
import { SteppedKernel } from "./stepped-kernel.ts";
import type { World } from "./world.ts";

/**
 * The kernel's code as seen by one CPU's operation: the shipped classes, over memory, locks, pages and flushes that make steps.
 * Created anew for each run of an operation, so that no state outside the machine survives.
 */
export class KernelView extends SteppedKernel {
  readonly vmalloc: Vmalloc;
  private readonly found = createFound();
  private readonly bytes = shadowView(new Uint8Array(PAGE_SIZE));

  constructor(world: World) {
    super(world);
    const { scenario } = world;
    const { make } = scenario.scheme;
    if (!make) throw new ExploreError("SCENARIO", `${scenario.scheme.name} is not a scheme for vmalloc space`);
    const tables = new SteppedLock(world, LockNumber.TABLES);
    const areas = new SteppedLock(world, LockNumber.AREAS);
    const { space, tlbs } = this;
    const parts = {
      scaleShift: world.shadow.scaleShift,
      shadowOffsetVpn: world.shadow.offsetVpn,
      kernelPages: new KernelPages(space),
      tables,
      allocatePage: () => this.allocate(AllocateFlag.MAY_SLEEP),
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
    const scheme = schemeOverTables(parts, (backend) =>
      ofScheme(scenario.scheme, "cannot be made", () => make(backend, sections)),
    );
    const Areas = scenario.scheme.vmalloc ?? Vmalloc;
    const cpus = Math.max(1, scenario.programs.length);
    this.vmalloc = new Areas(world.areas.allocator, MEMORY_BACKEND, this.watched(scheme), cpus, areas);
  }

  /** Wraps the scheme to tell the properties when an area becomes undecided. */
  private watched(scheme: ShadowScheme): ShadowScheme {
    const { world } = this;
    return {
      name: scheme.name,
      real: scheme.real,
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

  private countCell(pfn: number): number {
    const physical = pfn * PAGE_SIZE;
    return this.world.cells.at(CellKind.COUNT, physical, this.world.frameOf(physical), 0);
  }

  /** Reuses a page: its temporary contents look like the shadow of good memory, its final ones like poison. */
  reuse(): void {
    const pfn = this.allocate(AllocateFlag.MAY_SLEEP);
    if (pfn < 0) return;
    this.fill(pfn, 0, PAGE_SIZE, 0);
    this.fill(pfn, 0, PAGE_SIZE, KASAN_PAGE_FREE);
    this.free(pfn);
  }

  /** Checks an access to the first byte of page `page` of the region: through the TLB, like the compiled check. */
  check(page: number): AccessResult {
    const { world } = this;
    const vpn = world.baseVpn + page;
    const offset = (vpn % (1 << world.shadow.scaleShift)) * (PAGE_SIZE >> world.shadow.scaleShift);
    const indexOf = (shadowVpn: number) => {
      const index = 31 - Math.clz32(world.shadowMask(shadowVpn, 1));
      const slot = this.translate(index);
      if (slot < 0) return -1;
      this.bytes.bytes[offset] = this.shadowByte(slot, offset);
      return 0;
    };
    return checkAccess(world.shadow, { view: this.bytes, indexOf }, vpn, 0, 1, this.found);
  }
}

/** Only the shadow of areas is modelled, not their memory. */
const MEMORY_BACKEND: VmallocBackend = {
  allocatePage: () => 0,
  freePage() {},
  map: () => true,
  unmap: () => -1,
  flush() {},
};
