import { type Layout, MARKER } from "./layout.ts";

/**
 * The CPUs' store buffers. A store waits there, visible only to its own CPU, until it drains. Under TSO stores drain in order;
 * otherwise in any order that preserves the order of stores to one cell and around a barrier, and of a lock's release after all
 * earlier stores.
 */
export class StoreBuffers {
  private readonly layout: Layout;
  private readonly words: Int32Array;
  private readonly inOrder: boolean;
  /** Returns whether a cell is a lock. */
  private readonly isLock: (cell: number) => boolean;

  constructor(layout: Layout, words: Int32Array, inOrder: boolean, isLock: (cell: number) => boolean) {
    this.layout = layout;
    this.words = words;
    this.inOrder = inOrder;
    this.isLock = isLock;
  }

  /** Number of waiting stores and barriers. */
  count(cpu: number): number {
    return this.words[cpu * this.layout.cpuWords + this.layout.buffered];
  }

  /** Whether the buffer is full. */
  full(cpu: number): boolean {
    return this.count(cpu) === this.layout.size.buffer;
  }

  private at(cpu: number, index: number): number {
    return cpu * this.layout.cpuWords + this.layout.buffer + 2 * index;
  }

  /** The cell of a waiting store, or {@link MARKER}. */
  cell(cpu: number, index: number): number {
    return this.words[this.at(cpu, index)];
  }

  /** The value of a waiting store. */
  value(cpu: number, index: number): number {
    return this.words[this.at(cpu, index) + 1];
  }

  /** Adds a store; there must be room. */
  push(cpu: number, cell: number, value: number): void {
    const { words } = this;
    const count = this.count(cpu);
    const at = this.at(cpu, count);
    words[at] = cell;
    words[at + 1] = value;
    words[cpu * this.layout.cpuWords + this.layout.buffered] = count + 1;
  }

  /** Removes a store, and barriers that are first in the buffer afterwards. */
  remove(cpu: number, index: number): void {
    const { words } = this;
    const first = this.at(cpu, index);
    let count = this.count(cpu);
    words.copyWithin(first, first + 2, this.at(cpu, count));
    count--;
    words[this.at(cpu, count)] = 0;
    words[this.at(cpu, count) + 1] = 0;
    words[cpu * this.layout.cpuWords + this.layout.buffered] = count;
    if (count > 0 && this.cell(cpu, 0) === MARKER) this.remove(cpu, 0);
  }

  /** Whether a waiting store may drain now. */
  mayDrain(cpu: number, index: number): boolean {
    const cell = this.cell(cpu, index);
    if (cell === MARKER) return false;
    if (index === 0) return true;
    if (this.inOrder || this.isLock(cell)) return false;
    for (let earlier = 0; earlier < index; earlier++) {
      const other = this.cell(cpu, earlier);
      if (other === MARKER || other === cell) return false;
    }
    return true;
  }

  /** Index of the newest waiting store to a cell, or -1. */
  newest(cpu: number, cell: number): number {
    for (let index = this.count(cpu) - 1; index >= 0; index--) if (this.cell(cpu, index) === cell) return index;
    return -1;
  }

  /** Whether a barrier or a lock's release waits behind a store. */
  ordered(cpu: number, index: number): boolean {
    for (let later = index + 1; later < this.count(cpu); later++) {
      const cell = this.cell(cpu, later);
      if (cell === MARKER || this.isLock(cell)) return true;
    }
    return false;
  }
}
