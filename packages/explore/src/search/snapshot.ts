import type { TreeData } from "../steps/tree.ts";
import type { Found } from "./search.ts";

/** What a world has learnt, as data. */
export interface WorldData {
  readonly cells: readonly (readonly [kind: number, address: number])[];
  /** Physical addresses by slot. */
  readonly slots: readonly number[];
  readonly entriesLow: readonly number[];
  readonly entriesHigh: readonly number[];
  readonly areas: readonly Uint8Array[];
  readonly operations: readonly string[];
  /** Roots of the operations' trees. */
  readonly roots: readonly number[];
  readonly trees: TreeData;
}

/** A search between two states: what a checkpoint holds. Arrays and numbers only. */
export interface SearchSnapshot {
  readonly world: WorldData;
  /** The states that were seen: rows of 4 words. */
  readonly visited: Uint32Array;
  /** States to be explored at this depth and, found so far, at the next: words and numbers. */
  readonly current: { readonly words: Int32Array; readonly numbers: Uint32Array };
  readonly next: { readonly words: Int32Array; readonly numbers: Uint32Array };
  readonly depth: number;
  readonly steps: number;
  readonly seen: number;
  readonly found: readonly Found[];
  /** Milliseconds. */
  readonly time: number;
}
