import { PhysicalMemory, TableChanges, Tlbs } from "@kasan/mmu";
import { CellKind } from "../machine/cells.ts";
import { BarrierKind, StepKind } from "../steps/step.ts";
import type { World } from "./world.ts";

/** RAM whose page-table entries are read and written in steps. One entry is one step, as on real processors. */
export class SteppedMemory extends PhysicalMemory {
  private readonly world: World;
  private readonly boot: PhysicalMemory;
  private lastRead = -1;
  private lastHigh = 0;

  constructor(world: World) {
    super({ buffer: world.ram.u8.buffer }, world.ram.size);
    this.world = world;
    this.boot = world.ram;
  }

  /** Code reads an entry's low half first; this reads both halves. */
  override word(physical: number): number {
    if ((physical & 4) !== 0) return physical - 4 === this.lastRead ? this.lastHigh : this.boot.word(physical);
    const { world } = this;
    this.lastRead = physical;
    const cell = world.entryCell(physical);
    if (cell < 0) {
      this.lastHigh = this.boot.word(physical + 4);
      return this.boot.word(physical);
    }
    const entry = world.recorder.step(StepKind.READ, cell, 0, 0);
    this.lastHigh = world.entries.hi[entry];
    return world.entries.lo[entry];
  }

  override storeEntry(physical: number, lo: number, hi: number): void {
    const { world } = this;
    const { broadcast, storesInOrder } = world.model;
    const number = world.entries.number(lo, hi);
    const valid = world.entries.target(number) >= 0;
    // Earlier writes must be visible to anyone who finds the entry. TSO guarantees that without a barrier.
    if (valid && !storesInOrder) world.recorder.step(StepKind.BARRIER, BarrierKind.STORES, 0, 0);
    world.recorder.step(StepKind.WRITE, world.newEntryCell(physical), number, 0);
    // set_pte() of arch/arm64/include/asm/pgtable.h: prevents a fault of this CPU on the new entry.
    if (valid && broadcast) {
      world.recorder.step(StepKind.BARRIER, BarrierKind.ALL, 0, 0);
      world.recorder.step(StepKind.BARRIER, BarrierKind.CONTEXT, 0, 0);
    }
  }

  override clearEntry(physical: number): void {
    this.world.recorder.step(StepKind.WRITE, this.world.newEntryCell(physical), 0, 0);
  }

  /** Copies to a page that nobody else can reach; writes only the entries that will be read. */
  override copyTable(to: number, from: number): void {
    const { world } = this;
    for (const cell of world.cellsOfPage(CellKind.ENTRY, to)) {
      const source = from + (world.cells.address[cell] - to);
      const lo = this.word(source);
      const hi = this.word(source + 4);
      world.recorder.step(StepKind.WRITE, cell, world.entries.number(lo, hi), 0);
    }
  }
}

/** Index of the counter of replaced tables among the cells. */
export const CHANGES = 4;

/** The counter of replaced tables, read and incremented in steps. */
export class SteppedChanges extends TableChanges {
  private readonly world: World;

  constructor(world: World) {
    super();
    this.world = world;
  }

  override get count(): number {
    const cell = this.world.cells.find(CellKind.COUNT, CHANGES);
    return cell < 0 ? 0 : this.world.recorder.step(StepKind.READ, cell, 0, 0);
  }

  override add(): void {
    this.world.recorder.step(StepKind.ADD, this.world.cells.at(CellKind.COUNT, CHANGES, -1, 0), 1, 0);
  }
}

/** The TLBs of all CPUs: a flush is a shootdown, in steps. */
export class SteppedTlbs extends Tlbs {
  private readonly world: World;

  constructor(world: World) {
    super([]);
    this.world = world;
  }

  override shootDown(_cpu: number, vpn: number, pages: number): void {
    const { world } = this;
    const { recorder } = world;
    const mask = world.shadowMask(vpn, pages);
    // Only mappings of shadow are modelled, not those of memory itself.
    if (mask === 0) return;
    if (world.model.broadcast) recorder.step(StepKind.BARRIER, BarrierKind.ALL, 0, 0);
    recorder.step(StepKind.SHOOT, mask, 0, 0);
    recorder.step(StepKind.WAIT, 0, 0, 0);
    if (world.model.broadcast) recorder.step(StepKind.BARRIER, BarrierKind.CONTEXT, 0, 0);
  }

  /** INVLPG; DSB NSHST, TLBI without IS, DSB NSH, ISB. */
  override flushRange(_cpu: number, vpn: number, pages: number): void {
    const { world } = this;
    const { recorder } = world;
    const mask = world.shadowMask(vpn, pages);
    if (mask === 0) return;
    if (world.model.broadcast) recorder.step(StepKind.BARRIER, BarrierKind.ALL, 0, 0);
    recorder.step(StepKind.FLUSH_LOCAL, mask, 0, 0);
    if (world.model.broadcast) recorder.step(StepKind.BARRIER, BarrierKind.CONTEXT, 0, 0);
  }
}
