import type { MemoryModel } from "@kasan/platform";
import { StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import { CellKind } from "./cells.ts";
import type { Frames } from "./frames.ts";
import { MARKER } from "./layout.ts";
import type { MachineParts } from "./machine.ts";
import type { Readiness } from "./readiness.ts";
import type { StoreBuffers } from "./store-buffer.ts";

/** Finds steps and store drains that no other CPU can observe, so that they need not be explored in every order. */
export class Reduction {
  private readonly trees: StepTrees;
  private readonly kinds: readonly number[];
  private readonly locks: number;
  private readonly model: MemoryModel;
  private readonly buffers: StoreBuffers;
  private readonly frames: Frames;
  private readonly readiness: Readiness;

  constructor(
    { trees, cells, layout, paging }: MachineParts,
    buffers: StoreBuffers,
    frames: Frames,
    readiness: Readiness,
  ) {
    this.trees = trees;
    this.kinds = cells.kind;
    this.locks = layout.size.locks;
    this.model = paging.model;
    this.buffers = buffers;
    this.frames = frames;
    this.readiness = readiness;
  }

  /** Whether a step can be taken without any other CPU observing it. */
  quietStep(cpu: number, node: number): boolean {
    const { trees, buffers, frames } = this;
    const kind = trees.kind[node];
    switch (kind) {
      case StepKind.READ: {
        const cell = trees.a[node];
        return frames.isPrivate(cpu, cell) || buffers.newest(cpu, cell) >= 0;
      }
      case StepKind.WRITE:
        // If an interrupt drains the buffer, a store may come before or after it.
        if (!this.model.broadcast && !frames.isPrivate(cpu, trees.a[node])) return false;
        break;
      case StepKind.RELEASE:
      case StepKind.BARRIER:
      case StepKind.WAIT:
        break;
      default:
        return false;
    }
    // The omission of a lock's release is visible immediately.
    return trees.removed[node] !== 1 && this.readiness.canRun(cpu, node);
  }

  /**
   * Finds a store whose draining nobody can observe: its index in the buffer, or -1. Under TSO, any such store at the head of the
   * buffer; otherwise a store to a private page, and only when it must drain, because it may be observable later.
   */
  quietStore(cpu: number, node: number): number {
    const { buffers, frames, model, readiness } = this;
    const count = buffers.count(cpu);
    if (count === 0) return -1;
    const head = buffers.cell(cpu, 0);
    // A lock's release: a waiter for the lock does nothing meanwhile that depends on anything else.
    if (head >= 0 && head < this.locks) return 0;
    if (model.storesInOrder) return frames.isPrivate(cpu, head) ? 0 : -1;
    const waits = node < 0 || readiness.waitsForBuffer(node);
    for (let index = 0; index < count; index++) {
      if (!buffers.mayDrain(cpu, index) || !frames.isPrivate(cpu, buffers.cell(cpu, index))) continue;
      if (!waits && !buffers.ordered(cpu, index)) continue;
      if (!this.maySurface(cpu, index)) return index;
    }
    return -1;
  }

  /** Whether a store of an entry that may point to a store's target page can become visible before that store. */
  private maySurface(cpu: number, index: number): boolean {
    const { buffers, frames, kinds } = this;
    for (let other = 0; other < buffers.count(cpu); other++) {
      const cell = buffers.cell(cpu, other);
      if (other > index && cell === MARKER) return false;
      if (cell >= 0 && kinds[cell] === CellKind.ENTRY && !frames.isPrivate(cpu, cell)) return true;
    }
    return false;
  }
}
