import { AddressSpace } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import { CellKind } from "../machine/cells.ts";
import { AllocateFlag, StepKind } from "../steps/step.ts";
import { SteppedChanges, SteppedMemory, SteppedTlbs } from "./memory.ts";
import type { World } from "./world.ts";

/** The kernel as seen by all code under exploration: page tables, pages and shadow bytes accessed in steps. */
export class SteppedKernel {
  readonly world: World;
  protected readonly tlbs: SteppedTlbs;
  protected readonly space: AddressSpace;

  constructor(world: World) {
    this.world = world;
    const { architecture, roots } = world;
    this.tlbs = new SteppedTlbs(world);
    this.space = new AddressSpace({
      architecture,
      memory: new SteppedMemory(world),
      roots,
      tlbs: this.tlbs,
      // That is a property, for the machine to check.
      onLiveChange: () => {},
      changes: new SteppedChanges(world),
      frames: {
        allocate: () => {
          const pfn = this.allocate(AllocateFlag.ZERO);
          return pfn < 0 ? -1 : pfn * PAGE_SIZE;
        },
        free: (physical) => this.free(physical / PAGE_SIZE),
      },
    });
  }

  protected allocate(flags: number): number {
    const { world } = this;
    const atomic = world.atomic > 0 ? AllocateFlag.ATOMIC : 0;
    const slot = world.recorder.step(StepKind.ALLOCATE, flags | atomic, 0, 0);
    return slot < 0 ? -1 : world.pfnOf(slot);
  }

  protected free(pfn: number): void {
    this.world.recorder.step(StepKind.FREE, this.world.frameOf(pfn * PAGE_SIZE), 0, 0);
  }

  /** Writes only those of the filled bytes that some check will read. */
  protected fill(pfn: number, from: number, to: number, value: number): void {
    const { world } = this;
    const page = pfn * PAGE_SIZE;
    for (const cell of world.cellsOfPage(CellKind.BYTE, page)) {
      const offset = world.cells.address[cell] - page;
      if (offset >= from && offset < to) world.recorder.step(StepKind.WRITE, cell, value, 0);
    }
  }

  /** The slot that the processor translates shadow page `index` to for an access; -1: a fault. */
  protected translate(index: number): number {
    return this.world.recorder.step(StepKind.TRANSLATE, index, 0, 0);
  }

  /** Reads a shadow byte as part of the access just translated. */
  protected shadowByte(slot: number, offset: number): number {
    const { world } = this;
    const physical = world.slots.physical[slot] + offset;
    const frame = world.frameOf(physical);
    if (frame < 0) return world.ram.u8[physical];
    return world.recorder.step(StepKind.READ, world.cells.at(CellKind.BYTE, physical, frame, 0), 1, 0);
  }
}
