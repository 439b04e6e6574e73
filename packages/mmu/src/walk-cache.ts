import type { Level } from "./architecture.ts";
import type { Access } from "./fault.ts";
import { type LiveTables, markLeaf, type WalkResult, walkFor, walkFrom } from "./walk.ts";

/** Tables of a level that are remembered. */
const SLOTS = 16;

/** Neighbours have slots of their own; memory and its shadow, which differ in higher bits, mostly too. */
const slotOf = (group: number): number => (group ^ (group / 2 ** 5) ^ (group / 2 ** 16)) & (SLOTS - 1);

/** Tables of one level in which walks ended. */
class TablesOfLevel {
  private readonly level: number;
  /** Pages of 4 KB that an entry translates. */
  private readonly entryPages: number;
  /** Pages of 4 KB that a table translates. */
  private readonly tablePages: number;
  /** By slot: pages that a table translates, as a number from 0 on; flushes at that time; its address; what those above it permit. */
  private readonly groups = new Float64Array(SLOTS).fill(-1);
  private readonly asOf = new Float64Array(SLOTS);
  private readonly tables = new Float64Array(SLOTS);
  private readonly limits = new Int32Array(SLOTS);

  constructor(level: number, { shift, indexBits }: Level) {
    this.level = level;
    this.entryPages = 2 ** (shift - 12);
    this.tablePages = this.entryPages * 2 ** indexBits;
  }

  /** Walks for page `vpn` from the table that is remembered; false if there is none, or the page is not mapped in it. */
  walk(tables: LiveTables, vpn: number, flushes: number, out: WalkResult): boolean {
    const group = Math.floor(vpn / this.tablePages);
    const slot = slotOf(group);
    if (this.groups[slot] !== group || this.asOf[slot] !== flushes) return false;
    if (!walkFrom(tables, vpn, this.level, this.tables[slot]!, this.limits[slot]!, out)) return false;
    return out.level === this.level;
  }

  /** Forgets all tables. */
  forget(): void {
    this.groups.fill(-1);
  }

  /** Remembers the table in which a walk for page `vpn` has ended, if it is of this level. */
  remember(vpn: number, flushes: number, found: WalkResult): void {
    if (found.level !== this.level) return;
    const group = Math.floor(vpn / this.tablePages);
    const slot = slotOf(group);
    const index = Math.floor((vpn - group * this.tablePages) / this.entryPages);
    this.groups[slot] = group;
    this.asOf[slot] = flushes;
    this.tables[slot] = found.path[this.level]! - index * 8;
    this.limits[slot] = found.limit;
  }
}

/**
 * A CPU's paging-structure cache (Intel SDM volume 3, 4.10.3; the walk caches of arm64): remembers tables of the last two levels,
 * so that a walk nearby reads one entry. As there, only what was accessed is entered, any flush of the CPU's TLBs
 * empties it, and what a table above says anew counts after the flush that it needs.
 */
export class WalkCache {
  private readonly tables: LiveTables;
  private readonly last: TablesOfLevel;
  private readonly beforeLast: TablesOfLevel;

  /** An empty cache. */
  constructor(tables: LiveTables) {
    const { levels } = tables.architecture;
    const ofLevel = (level: number) => new TablesOfLevel(level, levels[level]!);
    this.tables = tables;
    this.last = ofLevel(levels.length - 1);
    this.beforeLast = ofLevel(Math.max(0, levels.length - 2));
  }

  /** Forgets all tables, as no flush makes it when the memory is set back, flushes and all. */
  forget(): void {
    this.last.forget();
    this.beforeLast.forget();
  }

  /**
   * {@link walkFor}, with what is remembered.
   *
   * @param flushes How often this CPU's TLBs were flushed.
   */
  walkFor(vpn: number, access: Access, flushes: number, out: WalkResult): boolean {
    const tables = this.tables;
    if (
      (this.last.walk(tables, vpn, flushes, out) || this.beforeLast.walk(tables, vpn, flushes, out)) &&
      tables.architecture.check(out.flags, access) === undefined &&
      markLeaf(tables, access, out)
    ) {
      return true;
    }
    // Not there, not permitted, or changed meanwhile: the whole walk tells.
    if (!walkFor(tables, vpn, access, out)) return false;
    if (out.physical + 4096 <= tables.memory.size) {
      this.last.remember(vpn, flushes, out);
      this.beforeLast.remember(vpn, flushes, out);
    }
    return true;
  }
}
