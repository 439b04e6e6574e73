/** Contents of a cell. */
export const CellKind = {
  /** A lock's word: 0, or its owner + 1. */
  LOCK: 0,
  /** Number of a page-table entry. */
  ENTRY: 1,
  /** A shadow byte. */
  BYTE: 2,
  /** A counter. */
  COUNT: 3,
} as const;

/** A new cell is needed that the explored states lack; exploration restarts with it. */
export class NewCell extends Error {
  override readonly name = "NewCell";
}

/**
 * The memory that the state holds: locations in RAM that operations change, and locations in pages they allocate that they read.
 * Everything else stays as boot left it. The cells are found by running; a new one restarts the exploration.
 */
export class Cells {
  /** {@link CellKind}s. */
  readonly kind: number[] = [];
  /** Physical addresses; for a lock, its number; for a counter, the frame that it counts for, or -1. */
  readonly address: number[] = [];
  /** Initial values. */
  readonly initial: number[] = [];
  /** Slot of the page that contains a cell, if operations allocate that page; else -1. */
  readonly frame: number[] = [];
  /** Whether new cells may be added without restarting the exploration. */
  growing = true;
  private readonly index = new Map<number, number>();

  /** Finds a cell; -1 if there is none. */
  find(kind: number, address: number): number {
    return this.index.get(address * 4 + kind) ?? -1;
  }

  /** Finds or creates a cell. @throws {@link NewCell} if exploration must restart */
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

  /** Number of cells. */
  get size(): number {
    return this.kind.length;
  }
}
