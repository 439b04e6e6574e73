import type { Architecture } from "./architecture.ts";

/** Counts how often a table was put in another one's place, in a word that all views of the tables share. */
export class TableChanges {
  private readonly word: Int32Array;

  /** @param word One word, 0 at first. */
  constructor(word: Int32Array = new Int32Array(1)) {
    this.word = word;
  }

  /** How often it happened. Read without ordering: whoever may look at tables has taken a lock since others changed them. */
  get count(): number {
    return this.word[0]!;
  }

  /** It happens. */
  add(): void {
    Atomics.add(this.word, 0, 1);
  }
}

/** Tables that are remembered: some for memory, some for its shadow. */
const SLOTS = 16;

/**
 * Remembers where the tables of the last level lie that were used last, so that work on neighbouring pages need not walk
 * from the root each time. Good until a table of a level above points elsewhere, which whoever does it counts.
 */
export class LeafTables {
  private readonly tableChanges: TableChanges;
  private readonly groupPages: number;
  private readonly pageBits: number;
  private readonly mask: number;
  /** By slot: pages that a table translates, as a number from 0 on; its physical address; {@link changes} at that time. */
  private readonly groups = new Float64Array(SLOTS).fill(-1);
  private readonly tables = new Float64Array(SLOTS);
  private readonly asOf = new Int32Array(SLOTS);

  constructor({ levels }: Architecture, changes: TableChanges) {
    const { shift, indexBits } = levels[levels.length - 1]!;
    this.tableChanges = changes;
    this.pageBits = shift - 12;
    this.groupPages = 2 ** (shift - 12 + indexBits);
    this.mask = 2 ** indexBits - 1;
  }

  /** Forgets all tables, as no change makes it when the memory is set back, the count and all. */
  forget(): void {
    this.groups.fill(-1);
  }

  /** The physical address of page `vpn`'s entry in the table that is remembered; -1 if none is. */
  entry(vpn: number): number {
    const group = Math.floor(vpn / this.groupPages);
    const slot = slotOf(group);
    if (this.groups[slot] !== group || this.asOf[slot] !== this.tableChanges.count) return -1;
    return this.tables[slot]! + (((vpn >>> 0) >>> this.pageBits) & this.mask) * 8;
  }

  /** Page `vpn`'s entry of the last level lies at a physical address. `asOf`: {@link LeafTables.changes} before the walk. */
  remember(vpn: number, entry: number, asOf: number): void {
    const group = Math.floor(vpn / this.groupPages);
    const slot = slotOf(group);
    this.groups[slot] = group;
    this.tables[slot] = entry - (((vpn >>> 0) >>> this.pageBits) & this.mask) * 8;
    this.asOf[slot] = asOf;
  }

  /** How often tables were changed. */
  get changes(): number {
    return this.tableChanges.count;
  }

  /** A table was put in another one's place, or freed. */
  changed(): void {
    this.tableChanges.add();
  }
}

/** Neighbours have slots of their own; memory and its shadow, which differ in higher bits, mostly too. */
const slotOf = (group: number): number => (group ^ (group / 2 ** 16)) & (SLOTS - 1);
