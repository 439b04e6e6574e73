import { ACCESS_OK, ACCESS_SHADOW_FAULT } from "@kasan/shadow";
import { Property } from "../properties.ts";
import { NoteKind, Purpose } from "../steps/step.ts";
import { type Layout, Truth, Watch } from "./layout.ts";

/** Bit in a handle's word: its area was freed. */
const FREED = 1 << 30;

/** {@link Accesses.note}: no property is violated. */
export const NO_PROPERTY = -1;

/** How an access to a page of memory is judged. */
const watchOf = (truth: number): number => (truth >= Truth.LIVE ? Watch.GOOD : truth === Truth.DEAD ? Watch.BAD : 0);

/** How one to a redzone in it is. */
const watchOfRedzone = (truth: number): number => (truth === Truth.KERNEL || truth === Truth.DEAD ? Watch.BAD : 0);

/** Tracks which accesses are valid and whether the code judges them correctly: areas, pages, and accesses in progress. */
export class Accesses {
  private readonly layout: Layout;
  private readonly words: Int32Array;
  /** The page of the access judged last. */
  judgedPage = 0;

  constructor(layout: Layout, words: Int32Array) {
    this.layout = layout;
    this.words = words;
  }

  /** Starts an operation. @returns the result of its first step, 0 if there is nothing to do */
  start(cpu: number, handle: number, purpose: number, page: number): number {
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
    const area = words[at];
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
      this.settle(first, pages - 1, Truth.OPEN);
      return area;
    }
    const target = purpose === Purpose.USE ? first : first + pages - 1;
    const right = purpose === Purpose.USE ? Watch.GOOD : Watch.BAD;
    words[base + layout.watch] = target * 4 + right;
    return target + 1;
  }

  /**
   * Starts an operation on pages of memory: the page allocator, whose own steps are not modelled. @returns 0 if there is nothing to
   * do
   */
  private startOnPage(cpu: number, purpose: number, page: number): number {
    const { words, layout } = this;
    const truth = words[layout.truth + page];
    if (purpose === Purpose.ACCESS || purpose === Purpose.REDZONE) {
      const watch = purpose === Purpose.ACCESS ? watchOf(truth) : watchOfRedzone(truth);
      words[cpu * layout.cpuWords + layout.watch] = page * 4 + watch;
      return 1 + watch;
    }
    if (purpose === Purpose.TAKE ? truth !== Truth.DEAD : truth < Truth.LIVE) return 0;
    this.settle(page, 1, Truth.OPEN);
    return 1;
  }

  /**
   * Handles a notification from code about an area, a page or an access. @returns the {@link Property} that it violates, or
   * {@link NO_PROPERTY}
   */
  note(cpu: number, kind: number, b: number, c: number): number {
    if (kind === NoteKind.VERDICT) return this.judge(cpu, b);
    const pages = b & 255;
    if (kind === NoteKind.LIVE) {
      this.words[this.layout.handles + (b >> 8)] = (c + 1) | ((pages + 1) << 8);
      this.settle(c, pages, Truth.LIVE);
    } else if (kind === NoteKind.TAKEN) this.settle(c, 1, b === 1 ? Truth.KERNEL : Truth.LIVE);
    else this.settle(c, pages, kind === NoteKind.OPEN ? Truth.OPEN : Truth.DEAD);
    return NO_PROPERTY;
  }

  /** Ends an access with the check's verdict. */
  private judge(cpu: number, verdict: number): number {
    const at = cpu * this.layout.cpuWords + this.layout.watch;
    const watched = this.words[at];
    this.words[at] = 0;
    this.judgedPage = watched >>> 2;
    const watch = watched & 3;
    if (watch === Watch.GOOD && verdict === ACCESS_SHADOW_FAULT) return Property.SHADOW_FAULT;
    if (watch === Watch.GOOD && verdict !== ACCESS_OK) return Property.FALSE_REPORT;
    if (watch === Watch.BAD && verdict === ACCESS_OK) return Property.MISSED_BUG;
    return NO_PROPERTY;
  }

  /** Changes whether accesses to some pages are valid. Accesses in progress are no longer judged. */
  private settle(first: number, pages: number, truth: number): void {
    const { words, layout } = this;
    for (let page = first; page < first + pages; page++) words[layout.truth + page] = truth;
    for (let cpu = 0; cpu < layout.size.cpus; cpu++) {
      const at = cpu * layout.cpuWords + layout.watch;
      const page = words[at] >>> 2;
      if (page >= first && page < first + pages) words[at] = words[at] & ~3;
    }
  }
}
