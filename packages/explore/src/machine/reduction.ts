import type { MemoryModel } from "@kasan/platform";
import { BarrierKind, StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import { CellKind } from "./cells.ts";
import type { Frames } from "./frames.ts";
import { MARKER } from "./layout.ts";
import type { MachineParts } from "./machine.ts";
import type { Readiness } from "./readiness.ts";
import type { StoreBuffers } from "./store-buffer.ts";
import type { Entries } from "./values.ts";

/**
 * Finds transitions that may be taken at once, so that they need not be explored in every order: persistent sets of one transition
 * (P. Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, LNCS 1032, chapter 4).
 *
 * A CPU has three processes: its program, its store buffer, which drains, and its interrupt, which forgets. A transition t of one is
 * persistent alone if nothing that all the others can do before t is dependent with it: neither undone, changed nor told apart by it.
 * Then an exploration that takes only t in that state reaches every end state and, since t is invisible (it changes nothing that a
 * property looks at: condition C2 in Clarke, Grumberg and Peled, Model Checking, chapter 10), breaks the same properties. No step can be
 * put off for ever: every transition brings a program, a buffer or a request nearer to its end, so there are no cycles.
 *
 * What each transition shares with which others stands at its case.
 */
export class Reduction {
  private readonly trees: StepTrees;
  private readonly kinds: readonly number[];
  private readonly frameOf: readonly number[];
  private readonly entries: Entries;
  private readonly locks: number;
  private readonly watchedLocks: number;
  private readonly model: MemoryModel;
  private readonly buffers: StoreBuffers;
  private readonly frames: Frames;
  private readonly readiness: Readiness;

  constructor(
    { trees, cells, entries, layout, paging, watchedLocks }: MachineParts,
    buffers: StoreBuffers,
    frames: Frames,
    readiness: Readiness,
  ) {
    this.trees = trees;
    this.kinds = cells.kind;
    this.frameOf = cells.frame;
    this.entries = entries;
    this.locks = layout.size.locks;
    this.watchedLocks = watchedLocks;
    this.model = paging.model;
    this.buffers = buffers;
    this.frames = frames;
    this.readiness = readiness;
  }

  /** Whether a step of a CPU's program is a persistent set of its own. */
  quietStep(cpu: number, node: number): boolean {
    const { trees } = this;
    // The omission of a lock's release is visible immediately.
    if (trees.removed[node] === 1 || !this.readiness.canRun(cpu, node)) return false;
    switch (trees.kind[node]) {
      case StepKind.READ:
        // Shared with every store to the cell. The CPU's own newest one is no shelter: it can drain, and another CPU's come after it.
        return this.staysPrivate(cpu, trees.a[node]);
      case StepKind.WRITE:
        return this.quietWrite(cpu, trees.a[node], trees.b[node]);
      case StepKind.RELEASE:
        // Goes into the buffer, behind all that is there; what it shares with others it shares when it drains.
        return true;
      case StepKind.BARRIER:
        // Of the CPU's own stores ISB only sees whether there are any left. The other barriers' order is that of the buffer.
        return trees.a[node] !== BarrierKind.CONTEXT || this.buffers.count(cpu) === 0;
      case StepKind.WAIT:
        // What it waits for stays so: only this program asks for flushes.
        return true;
      default:
        return false;
    }
  }

  /**
   * A store into the buffer. Shared with the CPU's interrupt, where that waits until the buffer is empty: but for stores to pages that
   * nobody else reaches, which the interrupt does not touch. An entry's target is shared with whoever frees it.
   */
  private quietWrite(cpu: number, cell: number, value: number): boolean {
    if (!this.model.broadcast && !this.frames.isPrivate(cpu, cell)) return false;
    if (this.kinds[cell] !== CellKind.ENTRY) return true;
    const target = this.entries.target(value);
    return target < 0 || !this.frames.isFrame(target) || this.staysPrivateFrame(cpu, target);
  }

  /** Whether no other CPU can reach a cell until this one's program has moved on. */
  private staysPrivate(cpu: number, cell: number): boolean {
    return this.frames.isPrivate(cpu, cell) && this.staysPrivateFrame(cpu, this.frameOf[cell]);
  }

  /** The same of a page: no store of an entry that leads to it waits in the buffer, where it could drain before. */
  private staysPrivateFrame(cpu: number, frame: number): boolean {
    const { buffers, kinds, entries } = this;
    if (!this.frames.isPrivateFrame(cpu, frame)) return false;
    for (let index = 0; index < buffers.count(cpu); index++) {
      const cell = buffers.cell(cpu, index);
      if (cell >= 0 && kinds[cell] === CellKind.ENTRY && entries.target(buffers.value(cpu, index)) === frame)
        return false;
    }
    return true;
  }

  /**
   * Finds a store whose draining is a persistent set of its own: its index in the buffer, or -1. Under TSO, any store to a private page
   * at the head of the buffer; otherwise one that must drain now, because it may be observable later.
   */
  quietStore(cpu: number, node: number): number {
    const { buffers, frames, model, readiness } = this;
    const count = buffers.count(cpu);
    if (count === 0) return -1;
    // A note follows at once on the last store that it waits for, and is shared with the accesses of all CPUs.
    if (count === 1 && node >= 0 && this.trees.kind[node] === StepKind.NOTE && !readiness.canRun(cpu, node)) return -1;
    const head = buffers.cell(cpu, 0);
    // A lock's release is shared with whoever takes the lock, and who wants to can do nothing before. One who looks is another matter.
    if (head >= 0 && head < this.locks) return (this.watchedLocks & (1 << head)) === 0 ? 0 : -1;
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
