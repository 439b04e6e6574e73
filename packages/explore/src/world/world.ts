import { BOOT_RECORD_BYTES, BootRecord, EarlyShadow } from "@kasan/kernel";
import { AddressSpace, type Architecture, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
import type { MemoryModel } from "@kasan/platform";
import {
  addressOf,
  BLACK,
  KASAN_VMALLOC_INVALID,
  type MakePageScheme,
  PAGE_SIZE,
  PageMark,
  SHOWS_ZERO,
  type ShadowLayout,
  shadowLayout,
  vpnOf,
} from "@kasan/shadow";
import { ExploreError } from "../error.ts";
import { CellKind, Cells, NewCell } from "../machine/cells.ts";
import { Layout } from "../machine/layout.ts";
import { ExploredMachine, MAX_ENABLED, type StepWatch } from "../machine/machine.ts";
import { Entries, Slots } from "../machine/values.ts";
import { type Paging, prefixesOf } from "../machine/walks.ts";
import { Property } from "../properties.ts";
import { locksWithout, removalOf } from "../removals/removal.ts";
import type { WorldData } from "../search/snapshot.ts";
import { Recorder } from "../steps/recorder.ts";
import { StepKind } from "../steps/step.ts";
import { StepTrees } from "../steps/tree.ts";
import { printable } from "../trace/fields.ts";
import { StoredAreas } from "./areas.ts";
import { KernelView } from "./kernel-view.ts";
import { LOCK_NAMES } from "./lock.ts";
import { CHANGES } from "./memory.ts";
import { runOperation } from "./operations.ts";
import { isInPlay, runPageOperation } from "./page-operations.ts";
import { PageView } from "./page-view.ts";
import { type ExploredScheme, ofScheme, type Scenario } from "./scenario.ts";

/**
 * Whether steps that no other CPU can observe are combined with the previous one; `unwatched`: but for those that a user's property could
 * notice, which looks at locks.
 */
export type Reduced = boolean | "unwatched";

const ALL_LOCKS = 2 ** LOCK_NAMES.length - 1;

/** Size of RAM in bytes: the pages that operations allocate, then the tables created by boot. */
const RAM_BYTES = 256 * PAGE_SIZE;
const FIRST_FRAME = 16;

/** A scenario's machine: what boot has created, the code that runs on it, and what is known about that code. */
export class World {
  readonly scenario: Scenario;
  readonly architecture: Architecture;
  readonly model: MemoryModel;
  readonly shadow: ShadowLayout;
  /** RAM as boot left it. */
  readonly ram: PhysicalMemory;
  /** Physical addresses of the root tables. */
  readonly roots: readonly number[];
  /** The page and tables mapped as unused shadow, if the scheme wants any. */
  readonly shared: EarlyShadow | undefined;
  /** Under a scheme for the direct map: the shared shadow pages, and the location of the marks. Physical addresses. */
  readonly direct: { readonly black: number; readonly zero: number; readonly marks: number } | undefined;
  /** First page of the region for areas, or of memory. */
  readonly baseVpn: number;
  readonly cells = new Cells();
  readonly slots = new Slots();
  readonly entries: Entries;
  readonly areas: StoredAreas;
  /** Trees of the current attempt. */
  trees = new StepTrees();
  recorder = new Recorder(this.trees);
  /** Told of the steps of the machines that are built from now on, their set-up's excepted. */
  watch: StepWatch | undefined;
  /** Nesting depth, in the running operation, of sections in which it must not sleep. */
  atomic = 0;
  private readonly paging: Paging;
  /** Operations by number, and the roots of their trees. */
  private operations: string[] = [];
  private readonly treeOf = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    const { architecture, model, cachesInvalid, frames, pages, scheme } = scenario;
    this.architecture = architecture;
    this.model = model;
    const { layout } = architecture;
    this.shadow = shadowLayout({ scaleShift: layout.shadowScaleShift, offset: layout.shadowOffset });
    this.ram = PhysicalMemory.allocate(RAM_BYTES, BOOT_RECORD_BYTES);
    for (let frame = 0; frame < frames; frame++) this.slots.of((FIRST_FRAME + frame) * PAGE_SIZE);
    this.entries = new Entries(architecture, this.slots);
    for (const number of LOCK_NAMES.keys()) this.cells.at(CellKind.LOCK, number, -1, 0);

    const perPage = 1 << layout.shadowScaleShift;
    this.baseVpn = Math.ceil(vpnOf(scheme.pages ? layout.pageOffset : layout.vmallocStart) / perPage) * perPage;
    this.areas = new StoredAreas(addressOf(this.baseVpn, 0), addressOf(this.baseVpn + pages, 0) - 1n);
    const firstShadow = this.shadowVpn(this.baseVpn);
    const shadowVpns = Array.from({ length: Math.ceil(pages / perPage) }, (_, i) => firstShadow + i);
    const pool = new FramePool(this.ram, (FIRST_FRAME + frames) * PAGE_SIZE, RAM_BYTES);
    const space = new AddressSpace({ architecture, memory: this.ram, frames: pool });
    this.roots = space.roots;
    this.direct = scheme.pages && this.bootDirect(space, pool, shadowVpns, scheme, scheme.pages);
    this.shared = this.direct ? undefined : this.boot(space, pool, shadowVpns, scheme.unused ?? "unmapped");
    // Done first to fix its number: transitions refer to slot numbers.
    if (this.shared) this.slots.of(this.shared.page);
    if (this.direct) for (const page of [this.direct.black, this.direct.zero]) this.slots.of(page);
    this.paging = { architecture, model, cachesInvalid, ram: this.ram, roots: this.roots, shadowVpns };
    this.cells.growing = false;
  }

  /** Creates the tables for the shadow, or maps the page for unused shadow. */
  private boot(
    space: AddressSpace,
    pool: FramePool,
    shadowVpns: readonly number[],
    unused: "unmapped" | "zero" | "poison",
  ): EarlyShadow | undefined {
    if (unused === "unmapped") {
      for (const vpn of shadowVpns) {
        space.mapPage(vpn, 0, PageFlags.KERNEL).ignore("boot");
        space.unmapPage(vpn);
        space.pending.ignore("boot");
      }
      return undefined;
    }
    const record = new BootRecord(this.ram, this.ram.size, true);
    const value = unused === "zero" ? 0 : KASAN_VMALLOC_INVALID;
    const shared = new EarlyShadow(space, record, () => pool.allocate(), value);
    const { layout } = this.architecture;
    shared.populate(this.shadowVpn(vpnOf(layout.vmallocStart)), this.shadowVpn(vpnOf(layout.vmallocEnd)) + 1);
    return shared;
  }

  /** Creates the tables for the direct map's shadow, and its initial mappings. */
  private bootDirect(
    space: AddressSpace,
    pool: FramePool,
    shadowVpns: readonly number[],
    explored: ExploredScheme,
    make: MakePageScheme,
  ): { black: number; zero: number; marks: number } {
    const [black, zero, marks] = [pool.allocate(), pool.allocate(), pool.allocate()];
    this.ram.fill(BLACK, black, black + PAGE_SIZE);
    const backend = {
      perShadow: 1 << this.shadow.scaleShift,
      mark: (page: number) => this.bootMark(page),
    } as Parameters<MakePageScheme>[0];
    const scheme = ofScheme(explored, "cannot be made", () => make(backend));
    for (const [group, vpn] of shadowVpns.entries()) {
      const shows = ofScheme(explored, "fails in boot()", () => scheme.boot(group));
      const page = shows === SHOWS_ZERO ? zero : black;
      space.mapPage(vpn, page / PAGE_SIZE, PageFlags.KERNEL_RO).ignore("boot");
    }
    return { black, zero, marks };
  }

  private bootMark(page: number): number {
    return isInPlay(page) ? PageMark.FREE : PageMark.GOOD;
  }

  private markCell(page: number): number {
    return this.cells.at(CellKind.BYTE, this.direct!.marks + page, -1, PageMark.FREE);
  }

  /** Reads a page's mark. Marks of pages taken by boot never change. */
  readMark(page: number): number {
    if (!isInPlay(page)) return this.bootMark(page);
    return this.recorder.step(StepKind.READ, this.markCell(page), 0, 0);
  }

  /** Sets a page's mark. */
  writeMark(page: number, mark: number): void {
    this.recorder.step(StepKind.WRITE, this.markCell(page), mark, 0);
  }

  /** The shadow page of a page of memory. */
  shadowVpn(vpn: number): number {
    return (Math.floor(vpn / (1 << this.shadow.scaleShift)) + this.shadow.offsetVpn) % 2 ** 52;
  }

  /** The modelled shadow pages in a range, as bits. */
  shadowMask(vpn: number, pages: number): number {
    let mask = 0;
    this.paging.shadowVpns.forEach((shadow, page) => {
      if (shadow >= vpn && shadow < vpn + pages) mask |= 1 << page;
    });
    return mask;
  }

  /** The slot of a page that operations allocate; -1 if a physical address is in none. */
  frameOf(physical: number): number {
    const frame = Math.floor(physical / PAGE_SIZE) - FIRST_FRAME;
    return frame >= 0 && frame < this.scenario.frames ? frame : -1;
  }

  /** The frame number of a slot. */
  pfnOf(slot: number): number {
    return this.slots.physical[slot] / PAGE_SIZE;
  }

  /** The cell of an entry to be read; -1 if the entry never changes. */
  entryCell(physical: number): number {
    const frame = this.frameOf(physical);
    if (frame >= 0) return this.cells.at(CellKind.ENTRY, physical, frame, 0);
    return this.cells.find(CellKind.ENTRY, physical);
  }

  /** The cell of an entry to be written. */
  newEntryCell(physical: number): number {
    const initial = this.entries.number(this.ram.word(physical), this.ram.word(physical + 4));
    return this.cells.at(CellKind.ENTRY, physical, this.frameOf(physical), initial);
  }

  /** The existing cells, for {@link World.addCells} of another world. */
  cellList(): [kind: number, address: number][] {
    return this.cells.kind.map((kind, cell) => [kind, this.cells.address[cell]]);
  }

  /** Whether an address can have a cell of a kind. */
  isPlace(kind: number, address: number): boolean {
    const inRam = address >= 0 && address < RAM_BYTES;
    switch (kind) {
      case CellKind.LOCK:
        return LOCK_NAMES[address] !== undefined;
      case CellKind.ENTRY:
        return inRam && address % 8 === 0;
      case CellKind.BYTE: {
        if (this.frameOf(address) >= 0) return address % (PAGE_SIZE >> this.shadow.scaleShift) === 0;
        const page = this.direct ? address - this.direct.marks : -1;
        return page >= 0 && page < this.scenario.pages && isInPlay(page);
      }
      default:
        return inRam && (address === CHANGES || address % PAGE_SIZE === 0);
    }
  }

  /** Creates cells that an exploration is known to need; each must satisfy {@link isPlace}. */
  addCells(list: readonly (readonly [kind: number, address: number])[]): void {
    this.cells.growing = true;
    for (const [kind, address] of list) {
      if (kind === CellKind.ENTRY) this.newEntryCell(address);
      else if (kind === CellKind.BYTE && this.frameOf(address) < 0) this.markCell(address - this.direct!.marks);
      else this.cells.at(kind, address, this.frameOf(address), 0);
    }
    this.cells.growing = false;
  }

  /** Cells of a kind in the page at a physical address. */
  cellsOfPage(kind: number, physical: number): number[] {
    const { cells } = this;
    const found: number[] = [];
    for (let cell = 0; cell < cells.size; cell++) {
      const distance = cells.address[cell] - physical;
      if (cells.kind[cell] === kind && distance >= 0 && distance < PAGE_SIZE) found.push(cell);
    }
    return found;
  }

  /** Discards the knowledge about the code, because the state has new cells. */
  restart(): void {
    this.trees = new StepTrees();
    this.recorder = new Recorder(this.trees);
    this.operations = [];
    this.treeOf.clear();
  }

  /** Exports what has been learned, for {@link World.restore} of another world. */
  toData(): WorldData {
    return {
      cells: this.cellList(),
      slots: [...this.slots.physical],
      entriesLow: [...this.entries.lo],
      entriesHigh: [...this.entries.hi],
      areas: this.areas.toData(),
      operations: [...this.operations],
      roots: this.operations.map((text) => this.treeOf.get(text)!),
      trees: this.trees.toData(),
    };
  }

  /** Imports what another world has learned. This one must be new, and have the same scenario. */
  restore(data: WorldData): void {
    this.addCells(data.cells);
    for (const physical of data.slots) this.slots.of(physical);
    data.entriesLow.forEach((low, index) => {
      this.entries.number(low, data.entriesHigh[index]);
    });
    this.areas.restore(data.areas);
    this.trees = StepTrees.from(data.trees);
    this.recorder = new Recorder(this.trees);
    this.operations = [...data.operations];
    this.treeOf.clear();
    for (const [index, text] of data.operations.entries()) this.treeOf.set(text, data.roots[index]);
  }

  /** The root of an operation's tree. Operations with the same text share a tree, whichever CPU runs them. */
  private root(text: string): number {
    let root = this.treeOf.get(text);
    if (root === undefined) {
      root = this.trees.root(this.operations.push(text) - 1);
      this.treeOf.set(text, root);
    }
    return root;
  }

  /**
   * Creates a machine that is ready to run programs, after the scenario's set-up.
   *
   * @param reduction - whether steps that no other CPU can observe are combined with the previous one
   * @param programs - operations, by CPU
   */
  build(reduction: Reduced, programs: readonly (readonly string[])[]): ExploredMachine {
    const cpus = programs.length;
    const roots = programs.map((program) => program.map((text) => this.root(text)));
    const setupRoots = this.scenario.setup.map((text) => this.root(text));
    const layout = new Layout({
      cpus,
      buffer: this.scenario.buffer,
      shadowPages: this.paging.shadowVpns.length,
      prefixes: 1 + Math.max(...prefixesOf(this.paging).flat()),
      locks: LOCK_NAMES.length,
      frames: this.scenario.frames,
      pages: this.scenario.pages,
      handles: this.scenario.handles.length,
      cells: this.cells.size,
    });
    const { paging, trees, cells, entries, slots } = this;
    // A scheme for the direct map changes entries as each architecture requires.
    const breaks = this.direct === undefined || this.architecture.breakBeforeMake;
    const parts = { paging, trees, cells, entries, slots, layout, breaks, learn: (node: number) => this.learn(node) };
    const machine = new ExploredMachine({
      ...parts,
      programs: roots,
      reduce: reduction !== false,
      watchedLocks: reduction === "unwatched" ? ALL_LOCKS : locksWithout(this.scenario.without ?? ""),
    });
    machine.watch = this.watch;
    const setup = new ExploredMachine({
      ...parts,
      programs: [setupRoots, ...programs.slice(1).map(() => [])],
      reduce: true,
      watchedLocks: 0,
    });
    runAlone(setup);
    const before = this.scenario.setup.join("; ");
    if ((setup.violated & (1 << Property.FAILURE)) !== 0) {
      const why = printable(trees.sites[setup.detail]);
      throw new ExploreError(
        "SCHEME",
        `the scheme ${this.scenario.scheme.name} fails in the set-up (${before}): ${why}`,
      );
    }
    if (!setup.ended) throw new ExploreError("SCENARIO", `the set-up does not end: ${before}`);
    machine.startFrom(setup.words);
    return machine;
  }

  private areaRunner(text: string): () => void {
    const view = new KernelView(this);
    return () => runOperation(view, text);
  }

  private pageRunner(text: string): () => void {
    const view = new PageView(this);
    return () => runPageOperation(view, text);
  }

  /** Runs an operation up to an unknown node. */
  private learn(node: number): void {
    const text = this.operations[this.trees.operation[node]];
    this.atomic = 0;
    this.areas.load(0);
    const run = this.direct ? this.pageRunner(text) : this.areaRunner(text);
    const { size } = this.cells;
    this.recorder.learn(node, run);
    if (this.scenario.without !== undefined && removalOf(this, node) === this.scenario.without) {
      this.trees.removed[node] = 1;
    }
    // Code that unwinds may have replaced this error by another one.
    if (this.cells.size !== size) throw new NewCell();
  }
}

/** Runs alone to the end or a failure, always taking the first possible transition. */
function runAlone(machine: ExploredMachine): void {
  const enabled = new Int32Array(MAX_ENABLED);
  machine.start();
  const failed = 1 << Property.FAILURE;
  while ((machine.violated & failed) === 0 && machine.enabled(enabled) > 0) machine.apply(enabled[0]);
}
