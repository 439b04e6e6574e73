import type { Architecture } from "@kasan/mmu";
import { ExploreError } from "../error.ts";

/** Maximum number of distinct frames and tables; a set of them is a bit mask in one number. */
const MAX_SLOTS = 30;

/** Pages of RAM that entries point to, numbered from 0: first those that operations allocate, then those created by boot. */
export class Slots {
  /** Physical addresses, by slot. */
  readonly physical: number[] = [];
  private readonly slots = new Map<number, number>();

  /** The slot of the page at a physical address. @throws {@link ExploreError} `TOO_LARGE` if there are too many */
  of(physical: number): number {
    const known = this.slots.get(physical);
    if (known !== undefined) return known;
    const slot = this.physical.push(physical) - 1;
    if (slot >= MAX_SLOTS) {
      throw new ExploreError("TOO_LARGE", `more than ${MAX_SLOTS} frames and tables; give fewer frames or operations`);
    }
    this.slots.set(physical, slot);
    return slot;
  }
}

/** Page-table entries, by number, so that an entry takes one word of the state. Number 0 is the all-zero entry. */
export class Entries {
  /** Low halves, signed. */
  readonly lo: number[] = [];
  /** High halves, signed. */
  readonly hi: number[] = [];
  private readonly numbers = new Map<string, number>();
  /** By level: the slot that an entry points to at that level; -1 if it maps nothing there. */
  private readonly leads: number[][];
  /** {@link target} of each entry. */
  private readonly targets: number[] = [];
  private readonly architecture: Architecture;
  private readonly slots: Slots;

  constructor(architecture: Architecture, slots: Slots) {
    this.architecture = architecture;
    this.slots = slots;
    this.leads = architecture.levels.map(() => []);
    this.number(0, 0);
  }

  /** The number of an entry. */
  number(lo: number, hi: number): number {
    const key = `${lo | 0} ${hi | 0}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.lo.push(lo | 0) - 1;
    this.hi.push(hi | 0);
    this.numbers.set(key, number);
    return number;
  }

  /** The slot of the table or, at the last level, the page that an entry of a level points to; -1 if none. Hot path. */
  slot(level: number, entry: number): number {
    const leads = this.leads[level];
    const known = leads[entry];
    if (known !== undefined) return known;
    const slot = this.decode(level, entry);
    leads[entry] = slot;
    return slot;
  }

  /**
   * The slot that an entry points to, whatever its level: as a leaf of the last level, or as a pointer to a table at any other, since
   * an architecture may reject at one level what is a pointer at another. -1 if none. Hot path.
   */
  target(entry: number): number {
    const known = this.targets[entry];
    if (known !== undefined) return known;
    let slot = -1;
    for (let level = this.architecture.levels.length - 1; slot < 0 && level >= 0; level--)
      slot = this.slot(level, entry);
    this.targets[entry] = slot;
    return slot;
  }

  private decode(level: number, entry: number): number {
    const { architecture } = this;
    const lo = this.lo[entry];
    const hi = this.hi[entry];
    const kind = architecture.kind(level, lo, hi);
    const wanted = level === architecture.levels.length - 1 ? "leaf" : "table";
    return kind === wanted ? this.slots.of(architecture.frame(level, lo, hi, 0)) : -1;
  }
}
