import { breakReason } from "@kasan/mmu";
import { Property } from "../properties.ts";
import { seenBefore } from "../removals/removal.ts";
import { AllocateFlag, BarrierKind, StepKind } from "../steps/step.ts";
import { type StepTrees, UNKNOWN } from "../steps/tree.ts";
import { Accesses, NO_PROPERTY } from "./accesses.ts";
import { CellKind, type Cells } from "./cells.ts";
import { Frames } from "./frames.ts";
import { type Layout, MARKER } from "./layout.ts";
import { Readiness } from "./readiness.ts";
import { Reduction } from "./reduction.ts";
import { StoreBuffers } from "./store-buffer.ts";
import type { Entries, Slots } from "./values.ts";
import { INVALID, type Paging, Walks } from "./walks.ts";

/** Transitions, as numbers: the CPU in bits 0-2, {@link Turn} in bits 3-4, and the choice from bit 5 up. */
export const Turn = {
  /** A CPU takes its next step. */
  RUN: 0,
  /** A store in a CPU's buffer becomes visible; choice: its index. */
  DRAIN: 1,
  /** A CPU forgets what another asked it to; choice: the CPU that asked. */
  FORGET: 2,
} as const;

/** Replaces the node of a CPU whose programs have ended. */
const ENDED = -1;
/** Replaces the node of a CPU whose operation has failed; it does not continue. */
const STOPPED = -2;

/** The choice for a translation that faults. */
const FAULT = 31;

/** Maximum number of transitions possible in one state. */
export const MAX_ENABLED = 512;

/** The parts of a machine. */
export interface MachineParts {
  readonly paging: Paging;
  readonly trees: StepTrees;
  readonly cells: Cells;
  readonly entries: Entries;
  readonly slots: Slots;
  readonly layout: Layout;
  /** By CPU: its operations, as roots of their trees. */
  readonly programs: readonly (readonly number[])[];
  /** Determines an unknown node's step. */
  readonly learn: (node: number) => void;
  /** Whether steps that no other CPU can observe are taken immediately, together with the previous step. */
  readonly reduce: boolean;
  /** Locks, as bits, whose release somebody may notice who does not take them. */
  readonly watchedLocks: number;
  /**
   * Whether an entry must be invalid before it may point elsewhere. Code for one architecture need not do this if that does not
   * require it.
   */
  readonly breaks: boolean;
}

/** Receives a machine's actions, for a trace. `detail`: the result of a step, or the index of a store in its buffer. */
export type StepListener = (cpu: number, turn: number, detail: number, node: number) => void;

/** Is told of the steps of a machine. */
export interface StepWatch {
  /** A step is about to be taken. */
  before(machine: ExploredMachine, cpu: number, node: number): void;
  /** It was taken, and the CPU has come to its next one. */
  after(machine: ExploredMachine, cpu: number, node: number, result: number): void;
}

/**
 * The explored machine, in one state at a time: CPUs that step through operations, their store buffers and TLBs, and the memory
 * they share. The whole state is in {@link words}.
 */
export class ExploredMachine {
  /** The state. */
  readonly words: Int32Array;
  /** Numbers of the {@link Property}s violated since this was last cleared, as bits. */
  violated = 0;
  /** The location where an operation failed, or details about a page. */
  detail = 0;
  /** The parts that define the CPUs' nodes and other data needed for a trace. */
  readonly world: Pick<MachineParts, "paging" | "trees" | "cells" | "entries" | "slots" | "layout" | "programs">;
  /** Called for each step. */
  listener: StepListener | undefined;
  /** Told of each step, unlike {@link listener} also before it is taken. */
  watch: StepWatch | undefined;
  /** The store buffers. */
  readonly buffers: StoreBuffers;
  /** The TLBs and page-table walks. */
  readonly walks: Walks;
  private readonly frames: Frames;
  private readonly accesses: Accesses;
  private readonly readiness: Readiness;
  private readonly reduction: Reduction;
  private readonly parts: MachineParts;
  private readonly layout: Layout;
  private readonly trees: StepTrees;
  private readonly kinds: readonly number[];
  private readonly frameOf: readonly number[];
  private readonly cpus: number;
  private readonly lastLevel: number;
  private readonly locks: number;

  constructor(parts: MachineParts) {
    this.parts = parts;
    this.world = parts;
    const { layout, cells, paging, entries, slots } = parts;
    this.layout = layout;
    this.trees = parts.trees;
    this.words = new Int32Array(layout.words);
    this.cpus = layout.size.cpus;
    this.locks = layout.size.locks;
    this.kinds = cells.kind;
    this.frameOf = cells.frame;
    this.lastLevel = paging.architecture.levels.length - 1;
    this.buffers = new StoreBuffers(layout, this.words, paging.model.storesInOrder, (cell) => cell < this.locks);
    this.walks = new Walks(paging, cells, entries, slots, layout, this.words);
    this.frames = new Frames(parts, this.words, this.buffers);
    this.accesses = new Accesses(layout, this.words);
    this.readiness = new Readiness(parts, this.words, this.buffers);
    this.reduction = new Reduction(parts, this.buffers, this.frames, this.readiness);
    this.reset();
  }

  /** Sets the state before anything has run. */
  reset(): void {
    const { words, layout, parts } = this;
    words.fill(0);
    for (let cell = 0; cell < parts.cells.size; cell++) words[layout.cells + cell] = parts.cells.initial[cell];
    for (let cpu = 0; cpu < this.cpus; cpu++) this.walks.refresh(cpu);
  }

  /** Moves the CPUs to the first steps of their programs. */
  start(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) this.begin(cpu, 0);
    for (let cpu = 0; cpu < this.cpus; cpu++) this.settle(cpu);
  }

  /** Moves the CPUs to the first steps of their programs, starting from a state that other programs left. */
  startFrom(words: Int32Array): void {
    this.words.set(words);
    this.start();
  }

  private begin(cpu: number, operation: number): void {
    const base = cpu * this.layout.cpuWords;
    const root = this.parts.programs[cpu][operation];
    this.words[base + this.layout.operation] = operation;
    this.words[base + this.layout.node] = root ?? ENDED;
    if (root !== undefined && this.trees.kind[root] === UNKNOWN) this.parts.learn(root);
  }

  /** The current node of a CPU; negative if it is done, or its operation has failed. */
  node(cpu: number): number {
    return this.words[cpu * this.layout.cpuWords + this.layout.node];
  }

  /** Whether all operations have ended and all stores are visible. */
  get ended(): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (this.node(cpu) !== ENDED || this.buffers.count(cpu) > 0) return false;
    }
    return true;
  }

  /** In a state where nothing can happen: whether a CPU waits. One whose operation has failed does not. */
  get stuck(): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu++) if (this.node(cpu) >= 0) return true;
    return false;
  }

  /**
   * Lists the possible transitions.
   *
   * @param out - filled from its start
   * @returns the number of transitions
   */
  enabled(out: Int32Array): number {
    const { words, layout, trees, parts, readiness } = this;
    let count = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const base = cpu * layout.cpuWords;
      const node = words[base + layout.node];
      if (node >= 0 && readiness.canRun(cpu, node)) {
        if (trees.kind[node] === StepKind.TRANSLATE) {
          const choices = this.walks.choices(cpu, trees.a[node]);
          for (let slot = 0; slot < 30; slot++) {
            if ((choices & (1 << slot)) !== 0) out[count++] = cpu | (Turn.RUN << 3) | (slot << 5);
          }
          if ((choices & INVALID) !== 0) out[count++] = cpu | (Turn.RUN << 3) | (FAULT << 5);
        } else out[count++] = cpu | (Turn.RUN << 3);
      }
      const buffered = words[base + layout.buffered];
      // Stores to private pages drain when the program moves on, unless it waits for that, or they must make room or let it answer.
      const waits = node < 0 || readiness.waitsForBuffer(node);
      const quiet = parts.reduce && !waits && buffered < layout.size.buffer && !readiness.owesAnswer(cpu);
      for (let index = 0; index < buffered; index++) {
        if (!this.buffers.mayDrain(cpu, index)) continue;
        if (quiet && this.frames.isPrivate(cpu, this.buffers.cell(cpu, index))) continue;
        out[count++] = cpu | (Turn.DRAIN << 3) | (index << 5);
      }
      if (!parts.paging.model.broadcast && buffered > 0) continue;
      for (let sender = 0; sender < this.cpus; sender++) {
        if (words[base + layout.asked + sender] !== 0) out[count++] = cpu | (Turn.FORGET << 3) | (sender << 5);
      }
    }
    return count;
  }

  /** Makes a transition listed by {@link enabled}, and everything that follows from it immediately. */
  apply(code: number): void {
    const cpu = code & 7;
    const which = code >>> 5;
    const turn = (code >>> 3) & 3;
    if (turn === Turn.RUN) this.run(cpu, which);
    else if (turn === Turn.DRAIN) this.drain(cpu, which);
    else this.forget(cpu, which);
    this.settle(cpu);
  }

  /** Takes steps that need no time and, if requested, those that no other CPU can observe. */
  private settle(cpu: number): void {
    const { words, layout, trees, parts, readiness, reduction } = this;
    const at = cpu * layout.cpuWords + layout.node;
    for (;;) {
      const node = words[at];
      const quiet = parts.reduce ? reduction.quietStore(cpu, node) : -1;
      if (quiet >= 0) this.drain(cpu, quiet);
      else if (node < 0) return;
      else {
        const kind = trees.kind[node];
        const atOnce =
          kind === StepKind.DONE ||
          (kind === StepKind.READ && trees.b[node] === 1) ||
          (kind === StepKind.NOTE ? readiness.canRun(cpu, node) : parts.reduce && reduction.quietStep(cpu, node));
        if (!atOnce) return;
        this.run(cpu, 0);
      }
    }
  }

  private run(cpu: number, which: number): void {
    const node = this.node(cpu);
    this.watch?.before(this, cpu, node);
    const result = this.perform(cpu, node, which);
    this.listener?.(cpu, Turn.RUN, result, node);
    this.follow(cpu, node, result);
    this.watch?.after(this, cpu, node, result);
  }

  /** Moves a CPU to the step that follows on a result. */
  private follow(cpu: number, node: number, result: number): void {
    if (this.trees.kind[node] === StepKind.DONE) {
      this.begin(cpu, this.words[cpu * this.layout.cpuWords + this.layout.operation] + 1);
      return;
    }
    const at = cpu * this.layout.cpuWords + this.layout.node;
    if (this.trees.kind[node] === StepKind.FAILED) {
      this.words[at] = STOPPED;
      return;
    }
    const child = this.trees.child(node, result);
    this.words[at] = child;
    if (this.trees.kind[child] !== UNKNOWN) return;
    this.trees.frames[child] = this.trees.frames[node] | this.frames.learned(node, result);
    this.parts.learn(child);
  }

  private violate(property: number, detail: number): void {
    this.violated |= 1 << property;
    this.detail = detail;
  }

  /** Performs a step. @returns its result */
  private perform(cpu: number, node: number, which: number): number {
    const { words, layout, trees, buffers } = this;
    const base = cpu * layout.cpuWords;
    const a = trees.a[node];
    const b = trees.b[node];
    if (trees.removed[node] === 1) return this.leaveOut(node);
    switch (trees.kind[node]) {
      case StepKind.READ: {
        const newest = buffers.newest(cpu, a);
        return newest >= 0 ? buffers.value(cpu, newest) : words[layout.cells + a];
      }
      case StepKind.WRITE:
        buffers.push(cpu, a, b);
        if (this.kinds[a] === CellKind.ENTRY) this.entryStored(cpu, a, b);
        return 0;
      case StepKind.ADD:
        words[layout.cells + a] += b;
        return 0;
      case StepKind.ACQUIRE:
        words[layout.cells + a] = cpu + 1;
        return words[layout.lockData + a];
      case StepKind.RELEASE:
        buffers.push(cpu, a, b);
        return 0;
      case StepKind.ALLOCATE:
        if ((a & AllocateFlag.MAY_SLEEP) !== 0 && (a & AllocateFlag.ATOMIC) !== 0)
          this.violate(Property.ATOMIC_SLEEP, 0);
        return this.frames.allocate(cpu, a);
      case StepKind.FREE:
        if (!this.frames.free(a)) this.violate(Property.EARLY_FREE, a);
        return 0;
      case StepKind.BARRIER:
        if (a === BarrierKind.STORES && buffers.count(cpu) > 0) buffers.push(cpu, MARKER, 0);
        if (a === BarrierKind.CONTEXT && buffers.count(cpu) === 0) words[base + layout.unsynced] = 0;
        return 0;
      case StepKind.SHOOT:
        this.walks.flush(cpu, a);
        for (let other = 0; other < this.cpus; other++) {
          if (other !== cpu) words[other * layout.cpuWords + layout.asked + cpu] |= a;
        }
        return 0;
      case StepKind.FLUSH_LOCAL:
        this.walks.flush(cpu, a);
        return 0;
      case StepKind.TRANSLATE:
        return which === FAULT ? -1 : which;
      case StepKind.START:
        return this.accesses.start(cpu, a, b, trees.c[node]);
      case StepKind.FAILED:
        this.violate(Property.FAILURE, trees.site[node]);
        return 0;
      case StepKind.NOTE: {
        const property = this.accesses.note(cpu, a, b, trees.c[node]);
        if (property !== NO_PROPERTY) this.violate(property, this.accesses.judgedPage);
        return 0;
      }
      default:
        return 0;
    }
  }

  /** Skips a step that a mutation leaves out. The data under a lock are still transferred; a re-check sees what it saw before. */
  private leaveOut(node: number): number {
    const { words, layout, trees } = this;
    const a = trees.a[node];
    switch (trees.kind[node]) {
      case StepKind.ACQUIRE:
        return words[layout.lockData + a];
      case StepKind.RELEASE:
        words[layout.lockData + a] = trees.b[node];
        return 0;
      case StepKind.READ:
        return seenBefore(trees, node);
      default:
        return 0;
    }
  }

  /** An entry is in the buffer: its own CPU's walks may see it, but need not until the CPU synchronizes. */
  private entryStored(cpu: number, cell: number, value: number): void {
    const { words, layout, parts } = this;
    const { model } = parts.paging;
    const slot = parts.entries.target(value);
    if (slot >= 0 && slot < layout.size.frames && this.frames.isFree(slot)) this.violate(Property.EARLY_FREE, slot);
    if (model.walksSeeOwnStores) this.walks.refresh(cpu);
    if (model.broadcast && slot >= 0) words[cpu * layout.cpuWords + layout.unsynced] |= this.walks.pagesOf(cell);
  }

  private drain(cpu: number, index: number): void {
    const { words, layout, buffers } = this;
    const cell = buffers.cell(cpu, index);
    const value = buffers.value(cpu, index);
    buffers.remove(cpu, index);
    this.listener?.(cpu, Turn.DRAIN, value, cell);
    if (cell < this.locks) {
      words[layout.cells + cell] = 0;
      words[layout.lockData + cell] = value;
      return;
    }
    const frame = this.frameOf[cell];
    if (frame >= 0 && this.frames.isFree(frame)) this.violate(Property.EARLY_FREE, frame);
    if (this.kinds[cell] === CellKind.ENTRY) this.entryVisible(cell, value);
    else words[layout.cells + cell] = value;
  }

  private entryVisible(cell: number, value: number): void {
    const { words, layout, parts } = this;
    const { entries } = parts;
    const old = words[layout.cells + cell];
    this.checkBreak(cell, old, value);
    words[layout.cells + cell] = value;
    this.frames.publish(entries.target(value));
    for (let cpu = 0; cpu < this.cpus; cpu++) this.walks.refresh(cpu);
  }

  /** Break-before-make: checks that neither the replaced entry nor any TLB points elsewhere. */
  private checkBreak(cell: number, old: number, value: number): void {
    const { entries, paging } = this.parts;
    const { architecture } = paging;
    const slot = entries.target(value);
    // An entry in a page that nobody can reach yet is not live.
    if (!this.parts.breaks || slot < 0 || this.frames.isAnyonesPrivate(cell)) return;
    const entry = { lo: entries.lo[value], hi: entries.hi[value] };
    const lo = entries.lo[old];
    const hi = entries.hi[old];
    if (breakReason(architecture, this.lastLevel, lo, hi, entry) !== undefined) {
      this.violate(Property.BREAK_BEFORE_MAKE, cell);
      return;
    }
    if (this.walks.heldElsewhere(cell, slot)) this.violate(Property.BREAK_BEFORE_MAKE, cell);
  }

  private forget(cpu: number, sender: number): void {
    const { words, layout } = this;
    const at = cpu * layout.cpuWords + layout.asked + sender;
    const mask = words[at];
    words[at] = 0;
    this.walks.flush(cpu, mask);
    this.listener?.(cpu, Turn.FORGET, mask, sender);
  }

  /** The first page that is allocated but unreferenced; -1 if there is none. For end states. */
  lostPage(): number {
    return this.frames.lostPage();
  }
}
