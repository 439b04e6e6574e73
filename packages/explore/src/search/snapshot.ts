import type { TreeData } from "../steps/tree.ts";
import type { Found } from "./search.ts";

/** What a world has learnt, as data. */
export interface WorldData {
  /** What of memory the state holds. */
  readonly cells: readonly (readonly [kind: number, address: number])[];
  /** Physical addresses by slot. */
  readonly slots: readonly number[];
  /** Low halves of page-table entries, by number. */
  readonly entriesLow: readonly number[];
  /** Their high halves. */
  readonly entriesHigh: readonly number[];
  /** What numbers of areas stand for. */
  readonly areas: readonly Uint8Array[];
  /** Operations, by number. */
  readonly operations: readonly string[];
  /** Roots of the operations' trees. */
  readonly roots: readonly number[];
  /** The step trees. */
  readonly trees: TreeData;
}

/** States that wait to be explored. */
export interface FrontierData {
  /** One row of words after the other. */
  readonly words: Int32Array;
  /** The states' numbers. */
  readonly numbers: Uint32Array;
}

/** A search between two states: what a checkpoint holds. Arrays and numbers only. */
export interface SearchSnapshot {
  /** What was learnt of the code. */
  readonly world: WorldData;
  /** The states that were seen: rows of 4 words. */
  readonly visited: Uint32Array;
  /** States to be explored at this depth. */
  readonly current: FrontierData;
  /** Those found so far at the next. */
  readonly next: FrontierData;
  /** Length of the paths to the present ones. */
  readonly depth: number;
  /** Transitions made. */
  readonly steps: number;
  /** Bits of the properties that did not hold. */
  readonly seen: number;
  /** How. */
  readonly found: readonly Found[];
  /** Milliseconds. */
  readonly time: number;
}
