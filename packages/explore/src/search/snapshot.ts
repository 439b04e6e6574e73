import type { TreeData } from "../steps/tree.ts";
import type { Found } from "./search.ts";

/** Everything that a world has learned, as data. */
export interface WorldData {
  /** The cells of the state. */
  readonly cells: readonly (readonly [kind: number, address: number])[];
  /** Physical addresses by slot. */
  readonly slots: readonly number[];
  /** Low halves of page-table entries, by number. */
  readonly entriesLow: readonly number[];
  /** High halves of page-table entries, by number. */
  readonly entriesHigh: readonly number[];
  /** The bytes that each number of areas stands for. */
  readonly areas: readonly Uint8Array[];
  /** Operations, by number. */
  readonly operations: readonly string[];
  /** Roots of the operations' trees. */
  readonly roots: readonly number[];
  /** The step trees. */
  readonly trees: TreeData;
}

/** States waiting to be explored. */
export interface FrontierData {
  /** Rows of words, one after the other. */
  readonly words: Int32Array;
  /** The states' numbers. */
  readonly numbers: Uint32Array;
}

/** A search between two states, as stored in a checkpoint. Arrays and numbers only. */
export interface SearchSnapshot {
  /** Everything that the search has learned about the code. */
  readonly world: WorldData;
  /** The visited states: rows of 4 words. */
  readonly visited: Uint32Array;
  /** States to be explored at this depth. */
  readonly current: FrontierData;
  /** States found so far at the next depth. */
  readonly next: FrontierData;
  /** Length of the paths to the current states. */
  readonly depth: number;
  /** Number of transitions made. */
  readonly steps: number;
  /** Violated properties, as bits. */
  readonly seen: number;
  /** The violations, with their paths. */
  readonly found: readonly Found[];
  /** End states: their number, and the sum of their hashes, low and high half. */
  readonly ends: readonly [count: number, low: number, high: number];
  /** Duration in milliseconds. */
  readonly time: number;
}
