/** What a cell holds. */
export const CellKind = {
  /** The word of a lock: 0, or its owner + 1. */
  LOCK: 0,
  /** The number of a page-table entry. */
  ENTRY: 1,
  /** A byte of shadow. */
  BYTE: 2,
  /** A counter. */
  COUNT: 3,
} as const;

/** A cell came to be that the states seen so far do not have: exploration starts again, with it. */
export class NewCell extends Error {
  override readonly name = "NewCell";
}

/**
 * The memory that the state holds: of all of RAM, what operations change, and of the pages that they allocate, what they look
 * at. All else is as boot left it. What is to be a cell is found out by running: a new one has exploration start again.
 */
export class Cells {
  /** {@link CellKind}s. */
  readonly kind: number[] = [];
  /** Physical addresses; of a lock, its number; of a counter, the frame that it counts for, or -1. */
  readonly address: number[] = [];
  /** Values at the start. */
  readonly initial: number[] = [];
  /** Slot of the page that a cell lies in, if it is one that operations allocate; else -1. */
  readonly frame: number[] = [];
  /** Whether new cells may come without exploration having to start again. */
  growing = true;
  private readonly index = new Map<number, number>();

  /** The cell, or -1 if there is none. */
  find(kind: number, address: number): number {
    return this.index.get(address * 4 + kind) ?? -1;
  }

  /** The cell; made if need be. @throws {@link NewCell} if exploration must start again */
  at(kind: number, address: number, frame: number, initial: number): number {
    const known = this.find(kind, address);
    if (known >= 0) return known;
    const cell = this.kind.push(kind) - 1;
    this.address.push(address);
    this.frame.push(frame);
    this.initial.push(initial);
    this.index.set(address * 4 + kind, cell);
    if (!this.growing) throw new NewCell();
    return cell;
  }

  /** How many there are. */
  get size(): number {
    return this.kind.length;
  }
}
