import { CellKind } from "./machine/cells.ts";
import type { ExploredMachine } from "./machine/machine.ts";
import { LOCK_NAMES } from "./world/lock.ts";
import type { World } from "./world/world.ts";

/** A user-defined property, checked in every explored state. */
export interface UserProperty {
  /** Name for messages and command lines. */
  readonly name: string;
  /** The property in words. */
  readonly holds: string;
  /** @returns a description of the violation, or undefined if there is none */
  check(state: StateView): string | undefined;
}

/** A state of the explored machine. Valid until the function that received it returns. */
export class StateView {
  private readonly world: World;
  private readonly machine: ExploredMachine;

  /** @hidden */
  constructor(world: World, machine: ExploredMachine) {
    this.world = world;
    this.machine = machine;
  }

  /** Number of CPUs. */
  get cpus(): number {
    return this.machine.world.layout.size.cpus;
  }

  /** Whether all operations have ended. */
  get ended(): boolean {
    return this.machine.ended;
  }

  /** Number of shadow pages. */
  get shadowPages(): number {
    return this.machine.world.layout.size.shadowPages;
  }

  /** The frame that the tables in memory map a shadow page to, 0 and up; -1 if none. Pages allocated by boot have numbers too. */
  frameOf(shadowPage: number): number {
    return this.machine.walks.inMemory(shadowPage);
  }

  /** Frames that a CPU's TLBs may hold for a shadow page. */
  tlb(cpu: number, shadowPage: number): number[] {
    const { layout } = this.machine.world;
    const set = this.machine.words[cpu * layout.cpuWords + layout.tlb + shadowPage];
    return [...Array(30).keys()].filter((slot) => (set & (1 << slot)) !== 0);
  }

  /** The shadow byte of the first granule of a page, in memory; -1 if nothing is mapped there or no operation reads it. */
  shadowByte(page: number): number {
    const { world, machine } = this;
    const perPage = 1 << world.shadow.scaleShift;
    const slot = this.frameOf(Math.floor(page / perPage));
    if (slot < 0) return -1;
    const physical = world.slots.physical[slot] + (page % perPage) * (4096 / perPage);
    if (world.frameOf(physical) < 0) return world.ram.u8[physical];
    const cell = world.cells.find(CellKind.BYTE, physical);
    return cell < 0 ? -1 : machine.words[machine.world.layout.cells + cell];
  }

  /** The CPU that holds a lock (`areas`, `tables`); -1 if none does. */
  lockHolder(name: string): number {
    const lock = LOCK_NAMES.indexOf(name);
    return lock < 0 ? -1 : this.machine.words[this.machine.world.layout.cells + lock] - 1;
  }

  /** Number of allocated frames. */
  get allocatedFrames(): number {
    const { layout } = this.machine.world;
    let count = 0;
    for (let frame = 0; frame < layout.size.frames; frame++) {
      if (this.machine.words[layout.frames + frame] !== 0) count++;
    }
    return count;
  }
}
