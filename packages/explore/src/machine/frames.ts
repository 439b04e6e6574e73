import { AllocateFlag, StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import { CellKind } from "./cells.ts";
import { FrameState, type Layout } from "./layout.ts";
import type { MachineParts } from "./machine.ts";
import type { StoreBuffers } from "./store-buffer.ts";
import type { Entries } from "./values.ts";

/** The pages that operations allocate: their owners, and the entries that point to them. */
export class Frames {
  private readonly trees: StepTrees;
  private readonly layout: Layout;
  private readonly words: Int32Array;
  private readonly entries: Entries;
  private readonly buffers: StoreBuffers;
  private readonly kinds: readonly number[];
  private readonly frameOf: readonly number[];
  /** Cells that contain entries. */
  private readonly entryCells: readonly number[];

  constructor(
    { layout, cells, entries, trees }: Pick<MachineParts, "layout" | "cells" | "entries" | "trees">,
    words: Int32Array,
    buffers: StoreBuffers,
  ) {
    this.trees = trees;
    this.layout = layout;
    this.words = words;
    this.entries = entries;
    this.buffers = buffers;
    this.kinds = cells.kind;
    this.frameOf = cells.frame;
    this.entryCells = cells.kind.flatMap((kind, cell) => (kind === CellKind.ENTRY ? [cell] : []));
  }

  /** Whether a frame is free. */
  isFree(frame: number): boolean {
    return this.words[this.layout.frames + frame] === FrameState.FREE;
  }

  /** Whether no other CPU can reach a cell: it is in a page of which none knows. */
  isPrivate(cpu: number, cell: number): boolean {
    return cell >= 0 && this.isPrivateFrame(cpu, this.frameOf[cell]);
  }

  /** Whether a slot is that of a frame, and not of a table that boot made. */
  isFrame(slot: number): boolean {
    return slot < this.layout.size.frames;
  }

  /**
   * Whether no other CPU can reach a page: no entry has pointed to it since it was allocated, and what the others run has not learned of
   * it before, when it was theirs, nor left a store to it behind.
   */
  isPrivateFrame(cpu: number, frame: number): boolean {
    const { words, layout } = this;
    if (frame < 0 || !this.isFrame(frame) || words[layout.frames + frame] !== 1 + cpu) return false;
    for (let other = 0; other < layout.size.cpus; other++) {
      if (other !== cpu && (this.knows(other, frame) || this.writes(other, frame))) return false;
    }
    return true;
  }

  private knows(cpu: number, frame: number): boolean {
    const { words, layout } = this;
    const node = words[cpu * layout.cpuWords + layout.node];
    return node >= 0 && (this.trees.frames[node] & (1 << frame)) !== 0;
  }

  private writes(cpu: number, frame: number): boolean {
    const { buffers } = this;
    for (let index = 0; index < buffers.count(cpu); index++) {
      const cell = buffers.cell(cpu, index);
      if (cell >= 0 && this.frameOf[cell] === frame) return true;
    }
    return false;
  }

  /** The frame that a step's result tells the code of, as a bit; 0 if it tells of none. */
  learned(node: number, result: number): number {
    const { trees } = this;
    const kind = trees.kind[node];
    const isEntry = kind === StepKind.READ && this.kinds[trees.a[node]] === CellKind.ENTRY;
    const frame = isEntry
      ? this.entries.target(result)
      : kind === StepKind.ALLOCATE || kind === StepKind.TRANSLATE
        ? result
        : -1;
    return frame >= 0 && this.isFrame(frame) ? 1 << frame : 0;
  }

  /** Whether only one CPU, whichever it is, can reach a cell. */
  isAnyonesPrivate(cell: number): boolean {
    const frame = this.frameOf[cell];
    return frame >= 0 && this.words[this.layout.frames + frame] !== FrameState.PUBLIC;
  }

  /** Takes the first free frame. @returns -1 if there is none */
  allocate(cpu: number, flags: number): number {
    const { words, layout } = this;
    for (let frame = 0; frame < layout.size.frames; frame++) {
      if (!this.isFree(frame)) continue;
      // A page that was freed too early is not private.
      words[layout.frames + frame] = this.reachable(frame) ? FrameState.PUBLIC : 1 + cpu;
      for (let cell = 0; cell < layout.size.cells; cell++) {
        if (this.frameOf[cell] !== frame) continue;
        const at = layout.cells + cell;
        if (this.kinds[cell] === CellKind.COUNT) words[at] = 1;
        else if ((flags & AllocateFlag.ZERO) !== 0) words[at] = 0;
      }
      return frame;
    }
    return -1;
  }

  /** Frees a frame. @returns whether that was correct: it was in use, and nothing points to it */
  free(frame: number): boolean {
    const right = !this.isFree(frame) && !this.reachable(frame);
    this.words[this.layout.frames + frame] = FrameState.FREE;
    return right;
  }

  /** An entry in memory points to a slot: if it is a frame in use, every CPU can reach it. */
  publish(slot: number): void {
    if (slot >= 0 && slot < this.layout.size.frames && !this.isFree(slot)) {
      this.words[this.layout.frames + slot] = FrameState.PUBLIC;
    }
  }

  /** Whether an entry, a pending store of one, or a TLB points to a page. */
  private reachable(frame: number): boolean {
    const { words, layout, buffers } = this;
    const bit = 1 << frame;
    for (let cpu = 0; cpu < layout.size.cpus; cpu++) {
      const base = cpu * layout.cpuWords;
      for (let at = base + layout.tlb; at < base + layout.cpuWords; at++) if ((words[at] & bit) !== 0) return true;
      for (let index = 0; index < buffers.count(cpu); index++) {
        const cell = buffers.cell(cpu, index);
        if (cell >= 0 && this.kinds[cell] === CellKind.ENTRY && this.leads(buffers.value(cpu, index), frame))
          return true;
      }
    }
    return this.mapped(frame);
  }

  private leads(entry: number, frame: number): boolean {
    return this.entries.target(entry) === frame;
  }

  /** Whether an entry in memory points to a page. */
  private mapped(frame: number): boolean {
    const { words, layout } = this;
    for (const cell of this.entryCells) {
      const own = this.frameOf[cell];
      if (own >= 0 && this.isFree(own)) continue;
      if (this.leads(words[layout.cells + cell], frame)) return true;
    }
    return false;
  }

  /** The first page that is allocated but unreferenced; -1 if there is none. For end states. */
  lostPage(): number {
    for (let frame = 0; frame < this.layout.size.frames; frame++) {
      if (!this.isFree(frame) && !this.mapped(frame)) return frame;
    }
    return -1;
  }
}
