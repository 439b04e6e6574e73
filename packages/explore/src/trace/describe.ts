import type { MemoryModel } from "@kasan/platform";
import { CellKind } from "../machine/cells.ts";
import { FrameState } from "../machine/layout.ts";
import { type ExploredMachine, Turn } from "../machine/machine.ts";
import { AllocateFlag, BarrierKind, NoteKind, Purpose, StepKind } from "../steps/step.ts";
import { LOCK_NAMES } from "../world/lock.ts";
import type { World } from "../world/world.ts";
import { printable } from "./fields.ts";

const VERDICTS = ["good", "bad", "page fault on the shadow"];

/** Describes steps in words. */
export class Describer {
  private readonly world: World;
  private readonly machine: ExploredMachine;

  constructor(world: World, machine: ExploredMachine) {
    this.world = world;
    this.machine = machine;
  }

  /** Describes an event passed to a machine's listener; undefined if it does not matter to users. */
  step(cpu: number, turn: number, detail: number, node: number): string | undefined {
    if (turn === Turn.DRAIN) return this.drained(node, detail);
    if (turn === Turn.FORGET) return `forgets shadow ${this.pages(detail)}, as CPU ${node} asks`;
    return this.ran(cpu, node, detail);
  }

  private ran(cpu: number, node: number, result: number): string | undefined {
    const { trees } = this.machine.world;
    const a = trees.a[node];
    const b = trees.b[node];
    const left = trees.removed[node] === 1 ? " (left out)" : "";
    switch (trees.kind[node]) {
      case StepKind.START:
        return this.started(b, result, trees.c[node]);
      case StepKind.READ:
        return `reads ${this.cell(a)}: ${this.value(a, result)}${left}`;
      case StepKind.WRITE:
        return `writes ${this.cell(a)}: ${this.value(a, b)}${left}`;
      case StepKind.ADD:
        return `adds ${b} to ${this.cell(a)}`;
      case StepKind.ACQUIRE:
        return `takes the lock of the ${LOCK_NAMES[a]}${left}`;
      case StepKind.RELEASE:
        return `releases the lock of the ${LOCK_NAMES[a]}${left}`;
      case StepKind.ALLOCATE:
        return `allocates ${result < 0 ? "a page, in vain" : this.slot(result)}${this.allocation(a)}`;
      case StepKind.FREE:
        return `frees ${this.slot(a)}`;
      case StepKind.BARRIER:
        return `${this.barrier(a)}${left}`;
      case StepKind.SHOOT:
        return `${this.words.flushAll}: shadow ${this.pages(a)}${left}`;
      case StepKind.FLUSH_LOCAL:
        return `${this.words.flushOwn}: shadow ${this.pages(a)}${left}`;
      case StepKind.WAIT:
        return `${this.words.flushed}${left}`;
      case StepKind.TRANSLATE:
        return this.translated(cpu, a, result);
      case StepKind.NOTE:
        return this.noted(a, b, trees.c[node]);
      case StepKind.FAILED:
        return `fails: ${printable(trees.sites[trees.site[node]])}`;
      default:
        return undefined;
    }
  }

  private started(purpose: number, result: number, page: number): string {
    if (purpose === Purpose.STRAY) return `accesses page ${page}, which is nobody's`;
    if (purpose === Purpose.BYSTAND) return `accesses page ${page}, rightly, through unused shadow`;
    if (purpose >= Purpose.TAKE) return this.startedOnPage(purpose, result, page);
    if (result === 0) return "finds no such area";
    if (purpose === Purpose.STALE) return `accesses page ${result - 1}, which it has freed`;
    if (purpose === Purpose.FREE) return `frees the area at page ${(result & 255) - 1}`;
    return `accesses page ${result - 1}, ${purpose === Purpose.USE ? "rightly" : "the guard page"}`;
  }

  private startedOnPage(purpose: number, result: number, page: number): string {
    if (purpose === Purpose.TAKE) return result === 0 ? `page ${page} is not free` : `allocates page ${page}`;
    if (purpose === Purpose.GIVE) return result === 0 ? `page ${page} is not in use` : `frees page ${page}`;
    if (purpose === Purpose.REDZONE)
      return `accesses a redzone in page ${page}${result === 1 ? ", which is changing hands or has none" : ""}`;
    return `accesses page ${page}, ${["which is changing hands", "rightly", "which is free"][result - 1]}`;
  }

  private translated(cpu: number, page: number, slot: number): string {
    if (slot < 0) return `translates shadow page ${page}: page fault`;
    const now = this.current(page);
    const stale =
      now === slot ? "" : `, stale: the tables say ${now < 0 ? "nothing" : this.slot(now)} (CPU ${cpu}'s TLB)`;
    return `translates shadow page ${page}: ${this.slot(slot)}${stale}`;
  }

  /** The slot of the frame that the tables in memory map a shadow page to; -1 if none. */
  current(page: number): number {
    return this.machine.walks.inMemory(page);
  }

  private noted(kind: number, b: number, c: number): string | undefined {
    if (kind === NoteKind.VERDICT) return `judges the access: ${VERDICTS[b]}`;
    if (kind === NoteKind.LIVE)
      return `the area is in use: page ${c}${(b & 255) > 1 ? ` and ${(b & 255) - 1} more` : ""}`;
    if (kind === NoteKind.TAKEN) return `page ${c} is in use`;
    if (kind === NoteKind.DEAD && this.world.direct) return `page ${c} is free`;
    if (kind === NoteKind.DEAD) return `the area at page ${c} is gone`;
    return undefined;
  }

  private drained(cell: number, value: number): string {
    if (cell < LOCK_NAMES.length) return `visible: the lock of the ${LOCK_NAMES[cell]} is free`;
    return `visible: ${this.cell(cell)}: ${this.value(cell, value)}`;
  }

  private allocation(flags: number): string {
    if ((flags & AllocateFlag.MAY_SLEEP) === 0) return ", zeroed";
    return (flags & AllocateFlag.ATOMIC) !== 0 ? ", GFP_KERNEL, where it must not sleep" : "";
  }

  private barrier(kind: number): string {
    const { storesBarrier, barrier, contextBarrier } = this.words;
    if (kind === BarrierKind.STORES) return `barrier between stores (${storesBarrier})`;
    return kind === BarrierKind.ALL ? barrier : contextBarrier;
  }

  /** The processor's names for its barriers and flushes. */
  private get words(): MemoryModel["instructions"] {
    return this.world.model.instructions;
  }

  private pages(mask: number): string {
    const pages = [...Array(32).keys()].filter((page) => (mask & (1 << page)) !== 0);
    return `page${pages.length > 1 ? "s" : ""} ${pages.join(", ")}`;
  }

  /** Describes a page of RAM. */
  slot(slot: number): string {
    if (slot < this.world.scenario.frames) return `frame ${slot}`;
    const physical = this.world.slots.physical[slot];
    const { shared, direct } = this.world;
    if (physical === direct?.black) return "the black page";
    if (physical === direct?.zero) return "the page of zeros";
    return shared?.page === physical ? "the shared page" : `table ${slot}`;
  }

  private cell(cell: number): string {
    const { cells, shadow, baseVpn } = this.world;
    const address = cells.address[cell];
    const frame = cells.frame[cell];
    switch (cells.kind[cell]) {
      case CellKind.ENTRY: {
        const mask = this.machine.walks.pagesOf(cell);
        const table = this.world.slots.of(address - (address % 4096));
        const of = mask === 0 ? `${(address % 4096) >>> 3} of ${this.slot(table)}` : `of shadow ${this.pages(mask)}`;
        return `entry ${of}`;
      }
      case CellKind.BYTE:
        if (frame < 0) return `the mark of page ${address - this.world.direct!.marks}`;
        return `shadow byte ${((address % 4096) >>> (12 - shadow.scaleShift)) + (baseVpn % (1 << shadow.scaleShift))} in frame ${frame}`;
      default:
        return frame >= 0 ? `the count of frame ${frame}` : "the count of replaced tables";
    }
  }

  private value(cell: number, value: number): string {
    const { cells, entries } = this.world;
    if (cells.kind[cell] === CellKind.BYTE) return value.toString(16).padStart(2, "0");
    if (cells.kind[cell] !== CellKind.ENTRY) return String(value);
    const slot = entries.target(value);
    return slot < 0 ? "nothing" : this.slot(slot);
  }

  /** The current state of a frame. */
  frame(slot: number): "free" | "private" | "mapped" {
    const state = this.machine.words[this.machine.world.layout.frames + slot];
    if (state === FrameState.FREE) return "free";
    return state === FrameState.PUBLIC ? "mapped" : "private";
  }
}
