import { breakReason } from "@kasan/mmu";
import { ACCESS_OK, ACCESS_SHADOW_FAULT } from "@kasan/shadow";
import { Property } from "../properties.ts";
import { AllocateFlag, BarrierKind, NoteKind, Purpose, StepKind } from "../steps/step.ts";
import { type StepTrees, UNKNOWN } from "../steps/tree.ts";
import { CellKind, type Cells } from "./cells.ts";
import { FrameState, type Layout, MARKER, Truth, Watch } from "./layout.ts";
import { StoreBuffers } from "./store-buffer.ts";
import type { Entries, Slots } from "./values.ts";
import { INVALID, type Paging, Walks } from "./walks.ts";

/** Transitions, as numbers: who in bits 0-2, {@link Turn} in bits 3-4, and which of several from bit 5 on. */
export const Turn = {
  /** A CPU takes its next step. */
  RUN: 0,
  /** A store of a CPU's buffer becomes visible; which: its index. */
  DRAIN: 1,
  /** A CPU forgets what another asks it to; which: the CPU that asks. */
  FORGET: 2,
} as const;

/** Which of several, of a translation that faults. */
const FAULT = 31;

/** In the word of a handle: its area was freed. */
const FREED = 1 << 30;

/** Transitions that can be possible in one state. */
export const MAX_ENABLED = 512;

/** What a machine is made of. */
export interface MachineParts {
  readonly paging: Paging;
  readonly trees: StepTrees;
  readonly cells: Cells;
  readonly entries: Entries;
  readonly slots: Slots;
  readonly layout: Layout;
  /** By CPU: its operations, as roots of their trees. */
  readonly programs: readonly (readonly number[])[];
  /** Finds out an unknown node's step. */
  readonly learn: (node: number) => void;
  /** Whether steps that no other CPU can notice are taken at once, together with the step before. */
  readonly reduce: boolean;
  /** Whether an entry must be invalid before it leads elsewhere: code of one architecture need not, if that does not ask for it. */
  readonly breaks: boolean;
}

/** Hears of what a machine does, for a trace. `detail`: the result of a step, or the place of a store in its buffer. */
export type StepListener = (cpu: number, turn: number, detail: number, node: number) => void;

/**
 * The machine of which one state is explored: CPUs that step through operations, their store buffers and TLBs, and the
 * memory that they share. All of a state is in {@link words}.
 */
export class Machine {
  /** The state. */
  readonly words: Int32Array;
  /** Bits of the {@link Property} numbers that did not hold since this was last cleared. */
  violated = 0;
  /** Where a failed operation failed, or what is wrong with a page. */
  detail = 0;
  /** The nodes at which the CPUs stand, and the other things that a trace asks for, are in these. */
  readonly world: Pick<MachineParts, "paging" | "trees" | "cells" | "entries" | "slots" | "layout" | "programs">;
  /** Hears of each step. */
  listener: StepListener | undefined;
  /** Store buffers. */
  readonly buffers: StoreBuffers;
  /** TLBs and walks. */
  readonly walks: Walks;
  private readonly parts: MachineParts;
  private readonly layout: Layout;
  private readonly trees: StepTrees;
  private readonly kinds: readonly number[];
  private readonly frameOf: readonly number[];
  private readonly cpus: number;
  private readonly lastLevel: number;
  /** Cells that hold entries. */
  private readonly entryCells: readonly number[];
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
    this.entryCells = cells.kind.flatMap((kind, cell) => (kind === CellKind.ENTRY ? [cell] : []));
    this.buffers = new StoreBuffers(layout, this.words, paging.model.storesInOrder, (cell) => cell < this.locks);
    this.walks = new Walks(paging, cells, entries, slots, layout, this.words);
    this.reset();
  }

  /** The state before anything has run. */
  reset(): void {
    const { words, layout, parts } = this;
    words.fill(0);
    for (let cell = 0; cell < parts.cells.size; cell++) words[layout.cells + cell] = parts.cells.initial[cell]!;
    for (let cpu = 0; cpu < this.cpus; cpu++) this.walks.refresh(cpu);
  }

  /** Brings the CPUs to the first steps of their programs. */
  start(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) this.begin(cpu, 0);
    for (let cpu = 0; cpu < this.cpus; cpu++) this.settle(cpu);
  }

  /** Brings the CPUs to the first steps of their programs, on what other programs have left. */
  startFrom(words: Int32Array): void {
    this.words.set(words);
    this.start();
  }

  private begin(cpu: number, operation: number): void {
    const base = cpu * this.layout.cpuWords;
    const root = this.parts.programs[cpu]![operation];
    this.words[base + this.layout.operation] = operation;
    this.words[base + this.layout.node] = root ?? -1;
    if (root !== undefined && this.trees.kind[root] === UNKNOWN) this.parts.learn(root);
  }

  /** The node at which a CPU stands; -1 if it is done. */
  node(cpu: number): number {
    return this.words[cpu * this.layout.cpuWords + this.layout.node]!;
  }

  /** Whether all operations have ended and all stores are visible. */
  get ended(): boolean {
    for (let cpu = 0; cpu < this.cpus; cpu++) if (this.node(cpu) >= 0 || this.buffers.count(cpu) > 0) return false;
    return true;
  }

  /**
   * Lists what can happen next.
   *
   * @param out - is filled from its start
   * @returns how many there are
   */
  enabled(out: Int32Array): number {
    const { words, layout, trees, parts } = this;
    let count = 0;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const base = cpu * layout.cpuWords;
      const node = words[base + layout.node]!;
      if (node >= 0 && this.canRun(cpu, node)) {
        if (trees.kind[node] === StepKind.TRANSLATE) {
          const choices = this.walks.choices(cpu, trees.a[node]!);
          for (let slot = 0; slot < 30; slot++) {
            if ((choices & (1 << slot)) !== 0) out[count++] = cpu | (Turn.RUN << 3) | (slot << 5);
          }
          if ((choices & INVALID) !== 0) out[count++] = cpu | (Turn.RUN << 3) | (FAULT << 5);
        } else out[count++] = cpu | (Turn.RUN << 3);
      }
      const buffered = words[base + layout.buffered]!;
      for (let index = 0; index < buffered; index++) {
        if (!this.buffers.mayDrain(cpu, index)) continue;
        // These drain when nobody can notice, unless something has to, to make room.
        if (parts.reduce && buffered < layout.size.buffer && this.isPrivate(cpu, this.buffers.cell(cpu, index)))
          continue;
        out[count++] = cpu | (Turn.DRAIN << 3) | (index << 5);
      }
      if (!parts.paging.model.broadcast && buffered > 0) continue;
      for (let sender = 0; sender < this.cpus; sender++) {
        if (words[base + layout.asked + sender] !== 0) out[count++] = cpu | (Turn.FORGET << 3) | (sender << 5);
      }
    }
    return count;
  }

  private canRun(cpu: number, node: number): boolean {
    const { trees, words, layout, buffers, parts } = this;
    const { model } = parts.paging;
    if (trees.removed[node] === 1) return true;
    switch (trees.kind[node]) {
      case StepKind.WRITE:
      case StepKind.RELEASE:
        return !buffers.full(cpu);
      case StepKind.ACQUIRE:
        return words[layout.cells + trees.a[node]!] === 0 && (!model.atomicsDrain || buffers.count(cpu) === 0);
      case StepKind.ADD:
      case StepKind.FREE:
        return buffers.count(cpu) === 0;
      case StepKind.SHOOT:
      // INVLPG is a serializing instruction.
      case StepKind.FLUSH_LOCAL:
        return model.broadcast || buffers.count(cpu) === 0;
      case StepKind.BARRIER:
        if (trees.a[node] === BarrierKind.ALL) return buffers.count(cpu) === 0;
        return trees.a[node] === BarrierKind.CONTEXT || buffers.count(cpu) === 0 || !buffers.full(cpu);
      case StepKind.WAIT:
        for (let other = 0; other < this.cpus; other++) {
          if (words[other * layout.cpuWords + layout.asked + cpu] !== 0) return false;
        }
        return !model.broadcast || buffers.count(cpu) === 0;
      case StepKind.NOTE:
        // Others learn of an area, or of its end, in an order that all stores before keep.
        return trees.a[node] === NoteKind.OPEN || trees.a[node] === NoteKind.VERDICT || buffers.count(cpu) === 0;
      case StepKind.FAILED:
        return false;
      default:
        return true;
    }
  }

  /** Makes a transition happen that {@link enabled} lists, and all that follows from it at once. */
  apply(code: number): void {
    const cpu = code & 7;
    const which = code >>> 5;
    const turn = (code >>> 3) & 3;
    if (turn === Turn.RUN) this.run(cpu, which);
    else if (turn === Turn.DRAIN) this.drain(cpu, which);
    else this.forget(cpu, which);
    this.settle(cpu);
  }

  /** Steps that take no time, and, if asked for, those that no other CPU can notice. */
  private settle(cpu: number): void {
    const { words, layout, trees, buffers, parts } = this;
    const at = cpu * layout.cpuWords + layout.node;
    for (;;) {
      const node = words[at]!;
      if (parts.reduce && this.drainQuietly(cpu, node)) continue;
      if (node < 0) return;
      const kind = trees.kind[node]!;
      if (kind === StepKind.DONE) this.run(cpu, 0);
      else if (kind === StepKind.NOTE) {
        if (!this.canRun(cpu, node)) return;
        this.run(cpu, 0);
      } else if (kind === StepKind.READ && trees.b[node] === 1) this.run(cpu, 0);
      else if (!parts.reduce) return;
      else if (kind === StepKind.READ) {
        const cell = trees.a[node]!;
        if (!this.isPrivate(cpu, cell) && buffers.newest(cpu, cell) < 0) return;
        this.run(cpu, 0);
      } else if (
        kind === StepKind.WRITE ||
        kind === StepKind.RELEASE ||
        kind === StepKind.BARRIER ||
        kind === StepKind.WAIT
      ) {
        // Where an interrupt drains the buffer, a store comes before it or behind it.
        const { broadcast } = parts.paging.model;
        if (kind === StepKind.WRITE && !broadcast && !this.isPrivate(cpu, trees.a[node]!)) return;
        // A lock's release that is left out is seen at once.
        if (!this.canRun(cpu, node) || trees.removed[node] === 1) return;
        this.run(cpu, 0);
      } else return;
    }
  }

  /** Whether nobody else can reach a cell: it lies in a page that no entry has led to yet. */
  private isPrivate(cpu: number, cell: number): boolean {
    const frame = cell < 0 ? -1 : this.frameOf[cell]!;
    return frame >= 0 && this.words[this.layout.frames + frame] === 1 + cpu;
  }

  private isAnyonesPrivate(cell: number): boolean {
    const frame = this.frameOf[cell]!;
    return frame >= 0 && this.words[this.layout.frames + frame] !== FrameState.PUBLIC;
  }

  /**
   * Drains a store whose draining nobody can notice, if there is one: under TSO any such at the head of the buffer; else one
   * to a private page only when it must be, because later it may be noticed by then.
   */
  private drainQuietly(cpu: number, node: number): boolean {
    const { buffers, parts } = this;
    const count = buffers.count(cpu);
    if (count === 0) return false;
    const head = buffers.cell(cpu, 0);
    // A lock's release: whoever waits for the lock does nothing that depends on anything else meanwhile.
    if (head >= 0 && head < this.locks) {
      this.drain(cpu, 0);
      return true;
    }
    if (parts.paging.model.storesInOrder) {
      if (!this.isPrivate(cpu, head)) return false;
      this.drain(cpu, 0);
      return true;
    }
    const waits = node < 0 || this.waitsForBuffer(node);
    for (let index = 0; index < count; index++) {
      if (!buffers.mayDrain(cpu, index) || !this.isPrivate(cpu, buffers.cell(cpu, index))) continue;
      if (!waits && !buffers.ordered(cpu, index)) continue;
      if (this.maySurface(cpu, index)) continue;
      this.drain(cpu, index);
      return true;
    }
    return false;
  }

  /** Whether a store of an entry, which may lead to the page that a store goes to, may become visible before that one. */
  private maySurface(cpu: number, index: number): boolean {
    const { buffers } = this;
    for (let other = 0; other < buffers.count(cpu); other++) {
      const cell = buffers.cell(cpu, other);
      if (other > index && cell === MARKER) return false;
      if (cell >= 0 && this.kinds[cell] === CellKind.ENTRY && !this.isPrivate(cpu, cell)) return true;
    }
    return false;
  }

  /** Whether a step comes only once the buffer is empty. */
  private waitsForBuffer(node: number): boolean {
    const { trees } = this;
    if (trees.removed[node] === 1) return false;
    switch (trees.kind[node]) {
      case StepKind.ADD:
      case StepKind.FREE:
      case StepKind.WAIT:
      case StepKind.NOTE:
        return true;
      case StepKind.BARRIER:
        return trees.a[node] === BarrierKind.ALL;
      default:
        return false;
    }
  }

  private run(cpu: number, which: number): void {
    const node = this.node(cpu);
    const result = this.perform(cpu, node, which);
    this.listener?.(cpu, Turn.RUN, result, node);
    if (this.trees.kind[node] === StepKind.DONE) {
      this.begin(cpu, this.words[cpu * this.layout.cpuWords + this.layout.operation]! + 1);
      return;
    }
    const child = this.trees.child(node, result);
    this.words[cpu * this.layout.cpuWords + this.layout.node] = child;
    if (this.trees.kind[child] === UNKNOWN) this.parts.learn(child);
    if (this.trees.kind[child] === StepKind.FAILED) this.violate(Property.FAILURE, this.trees.site[child]!);
  }

  private violate(property: number, detail: number): void {
    this.violated |= 1 << property;
    this.detail = detail;
  }

  /** What a step does. @returns its result */
  private perform(cpu: number, node: number, which: number): number {
    const { words, layout, trees, buffers } = this;
    const base = cpu * layout.cpuWords;
    const a = trees.a[node]!;
    const b = trees.b[node]!;
    if (trees.removed[node] === 1) return this.leaveOut(trees.kind[node]!, a, b);
    switch (trees.kind[node]) {
      case StepKind.READ: {
        const newest = buffers.newest(cpu, a);
        return newest >= 0 ? buffers.value(cpu, newest) : words[layout.cells + a]!;
      }
      case StepKind.WRITE:
        buffers.push(cpu, a, b);
        if (this.kinds[a] === CellKind.ENTRY) this.entryStored(cpu, a, b);
        return 0;
      case StepKind.ADD:
        words[layout.cells + a]! += b;
        return 0;
      case StepKind.ACQUIRE:
        words[layout.cells + a] = cpu + 1;
        return words[layout.lockData + a]!;
      case StepKind.RELEASE:
        buffers.push(cpu, a, b);
        return 0;
      case StepKind.ALLOCATE:
        return this.allocate(cpu, a);
      case StepKind.FREE:
        this.free(a);
        return 0;
      case StepKind.BARRIER:
        if (a === BarrierKind.STORES && buffers.count(cpu) > 0) buffers.push(cpu, MARKER, 0);
        if (a === BarrierKind.CONTEXT && buffers.count(cpu) === 0) words[base + layout.unsynced] = 0;
        return 0;
      case StepKind.SHOOT:
        this.walks.flush(cpu, a);
        for (let other = 0; other < this.cpus; other++) {
          if (other !== cpu) words[other * layout.cpuWords + layout.asked + cpu]! |= a;
        }
        return 0;
      case StepKind.FLUSH_LOCAL:
        this.walks.flush(cpu, a);
        return 0;
      case StepKind.TRANSLATE:
        return which === FAULT ? -1 : which;
      case StepKind.START:
        return this.startOn(cpu, a, b, trees.c[node]!);
      case StepKind.NOTE:
        this.note(cpu, a, b, trees.c[node]!);
        return 0;
      default:
        return 0;
    }
  }

  /** A step that a mutation leaves out. What lies under a lock comes and goes all the same. */
  private leaveOut(kind: number, lock: number, data: number): number {
    const { words, layout } = this;
    if (kind === StepKind.ACQUIRE) return words[layout.lockData + lock]!;
    if (kind === StepKind.RELEASE) words[layout.lockData + lock] = data;
    return 0;
  }

  /** An entry is in the buffer: its own CPU's walks may see it, or need not until it is synchronized. */
  private entryStored(cpu: number, cell: number, value: number): void {
    const { words, layout, parts } = this;
    const { model } = parts.paging;
    const slot = parts.entries.slot(this.lastLevel, value);
    if (slot >= 0 && slot < layout.size.frames && words[layout.frames + slot] === FrameState.FREE) {
      this.violate(Property.EARLY_FREE, slot);
    }
    if (model.walksSeeOwnStores) this.walks.refresh(cpu);
    if (model.broadcast && slot >= 0) words[cpu * layout.cpuWords + layout.unsynced]! |= this.walks.pagesOf(cell);
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
    const frame = this.frameOf[cell]!;
    if (frame >= 0 && words[layout.frames + frame] === FrameState.FREE) this.violate(Property.EARLY_FREE, frame);
    if (this.kinds[cell] === CellKind.ENTRY) this.entryVisible(cell, value);
    else words[layout.cells + cell] = value;
  }

  private entryVisible(cell: number, value: number): void {
    const { words, layout, parts } = this;
    const { entries } = parts;
    const old = words[layout.cells + cell]!;
    this.checkBreak(cell, old, value);
    words[layout.cells + cell] = value;
    const slot = entries.slot(this.lastLevel, value);
    if (slot >= 0 && slot < layout.size.frames && words[layout.frames + slot] !== FrameState.FREE) {
      words[layout.frames + slot] = FrameState.PUBLIC;
    }
    for (let cpu = 0; cpu < this.cpus; cpu++) this.walks.refresh(cpu);
  }

  /** Break-before-make: neither the entry that is replaced nor any TLB leads elsewhere. */
  private checkBreak(cell: number, old: number, value: number): void {
    const { entries, paging } = this.parts;
    const { architecture } = paging;
    const slot = entries.slot(this.lastLevel, value);
    // What lies in a page that nobody can reach yet is not live.
    if (!this.parts.breaks || slot < 0 || this.isAnyonesPrivate(cell)) return;
    const entry = { lo: entries.lo[value]!, hi: entries.hi[value]! };
    const lo = entries.lo[old]!;
    const hi = entries.hi[old]!;
    if (breakReason(architecture, this.lastLevel, lo, hi, entry) !== undefined) {
      this.violate(Property.BREAK_BEFORE_MAKE, cell);
      return;
    }
    if (this.walks.heldElsewhere(cell, slot)) this.violate(Property.BREAK_BEFORE_MAKE, cell);
  }

  private forget(cpu: number, sender: number): void {
    const { words, layout } = this;
    const at = cpu * layout.cpuWords + layout.asked + sender;
    const mask = words[at]!;
    words[at] = 0;
    this.walks.flush(cpu, mask);
    this.listener?.(cpu, Turn.FORGET, mask, sender);
  }

  private allocate(cpu: number, flags: number): number {
    const { words, layout } = this;
    if ((flags & AllocateFlag.MAY_SLEEP) !== 0 && (flags & AllocateFlag.ATOMIC) !== 0) {
      this.violate(Property.ATOMIC_SLEEP, 0);
    }
    for (let frame = 0; frame < layout.size.frames; frame++) {
      if (words[layout.frames + frame] !== FrameState.FREE) continue;
      // A page that was freed too early is nobody's own.
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

  private free(frame: number): void {
    const { words, layout } = this;
    if (words[layout.frames + frame] === FrameState.FREE || this.reachable(frame)) {
      this.violate(Property.EARLY_FREE, frame);
    }
    words[layout.frames + frame] = FrameState.FREE;
  }

  /** Whether an entry, a store of one that is on its way, or a TLB leads to a page. */
  private reachable(frame: number): boolean {
    const { words, layout, buffers } = this;
    const bit = 1 << frame;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const base = cpu * layout.cpuWords;
      for (let at = base + layout.tlb; at < base + layout.cpuWords; at++) if ((words[at]! & bit) !== 0) return true;
      for (let index = 0; index < buffers.count(cpu); index++) {
        const cell = buffers.cell(cpu, index);
        if (cell >= 0 && this.kinds[cell] === CellKind.ENTRY && this.leads(buffers.value(cpu, index), frame))
          return true;
      }
    }
    return this.mapped(frame);
  }

  private leads(entry: number, frame: number): boolean {
    return this.parts.entries.slot(this.lastLevel, entry) === frame;
  }

  /** Whether an entry in memory leads to a page. */
  private mapped(frame: number): boolean {
    const { words, layout } = this;
    for (const cell of this.entryCells) {
      const own = this.frameOf[cell]!;
      if (own >= 0 && words[layout.frames + own] === FrameState.FREE) continue;
      if (this.leads(words[layout.cells + cell]!, frame)) return true;
    }
    return false;
  }

  /** The first page that is allocated and that nothing leads to; -1 if there is none. For the end. */
  lostPage(): number {
    for (let frame = 0; frame < this.layout.size.frames; frame++) {
      const state = this.words[this.layout.frames + frame];
      if (state !== FrameState.FREE && !this.mapped(frame)) return frame;
    }
    return -1;
  }

  private startOn(cpu: number, handle: number, purpose: number, page: number): number {
    const { words, layout } = this;
    const base = cpu * layout.cpuWords;
    const at = layout.handles + handle;
    if (purpose === Purpose.STRAY) {
      const dead = words[layout.truth + page] === Truth.DEAD;
      words[base + layout.watch] = page * 4 + (dead ? Watch.BAD : 0);
      return page + 1;
    }
    if (purpose === Purpose.BYSTAND) {
      const dead = words[layout.truth + page] === Truth.DEAD;
      words[base + layout.watch] = page * 4 + (dead ? Watch.GOOD : 0);
      return page + 1;
    }
    if (purpose >= Purpose.TAKE) return this.startOnPage(cpu, purpose, page);
    const area = words[at]!;
    const first = (area & 255) - 1;
    const pages = (area & ~FREED) >>> 8;
    if (purpose === Purpose.STALE) {
      if ((area & FREED) === 0) return 0;
      words[base + layout.watch] = first * 4 + (words[layout.truth + first] === Truth.DEAD ? Watch.BAD : 0);
      return first + 1;
    }
    if (area === 0 || (area & FREED) !== 0) return 0;
    if (purpose === Purpose.FREE) {
      words[at] = area | FREED;
      this.settleTruth(first, pages - 1, Truth.OPEN);
      return area;
    }
    const target = purpose === Purpose.USE ? first : first + pages - 1;
    const right = purpose === Purpose.USE ? Watch.GOOD : Watch.BAD;
    words[base + layout.watch] = target * 4 + right;
    return target + 1;
  }

  /** Of pages of memory: the page allocator, whose own steps are not modelled. @returns 0 if there is nothing to be done */
  private startOnPage(cpu: number, purpose: number, page: number): number {
    const { words, layout } = this;
    const truth = words[layout.truth + page];
    if (purpose === Purpose.ACCESS) {
      const watch = truth === Truth.LIVE ? Watch.GOOD : truth === Truth.DEAD ? Watch.BAD : 0;
      words[cpu * layout.cpuWords + layout.watch] = page * 4 + watch;
      return 1 + watch;
    }
    if (truth !== (purpose === Purpose.TAKE ? Truth.DEAD : Truth.LIVE)) return 0;
    this.settleTruth(page, 1, Truth.OPEN);
    return 1;
  }

  private note(cpu: number, kind: number, b: number, c: number): void {
    const { words, layout } = this;
    if (kind === NoteKind.VERDICT) {
      const at = cpu * layout.cpuWords + layout.watch;
      const watch = words[at]! & 3;
      if (watch === Watch.GOOD && b === ACCESS_SHADOW_FAULT) this.violate(Property.SHADOW_FAULT, words[at]! >>> 2);
      else if (watch === Watch.GOOD && b !== ACCESS_OK) this.violate(Property.FALSE_REPORT, words[at]! >>> 2);
      else if (watch === Watch.BAD && b === ACCESS_OK) this.violate(Property.MISSED_BUG, words[at]! >>> 2);
      words[at] = 0;
      return;
    }
    const pages = b & 255;
    if (kind === NoteKind.LIVE) {
      words[layout.handles + (b >> 8)] = (c + 1) | ((pages + 1) << 8);
      this.settleTruth(c, pages, Truth.LIVE);
    } else if (kind === NoteKind.TAKEN) this.settleTruth(c, 1, Truth.LIVE);
    else this.settleTruth(c, pages, kind === NoteKind.OPEN ? Truth.OPEN : Truth.DEAD);
  }

  /** What holds of accesses to some pages changes: accesses under way are no longer judged. */
  private settleTruth(first: number, pages: number, truth: number): void {
    const { words, layout } = this;
    for (let page = first; page < first + pages; page++) words[layout.truth + page] = truth;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const at = cpu * layout.cpuWords + layout.watch;
      const page = words[at]! >>> 2;
      if (page >= first && page < first + pages) words[at] = words[at]! & ~3;
    }
  }
}
