import { addressOf, vpnOf } from "@kasan/shadow";
import { PageFlags, pagesPerEntry } from "./architecture.ts";
import { frameAt } from "./tables.ts";
import type { Tables } from "./walk.ts";

/** Options of {@link AddressSpace.ranges}. */
export interface RangeOptions {
  /** {@link PageFlags} that are masked out, so that neighbours which differ only in them merge; ACCESSED and DIRTY by default. */
  readonly ignore?: number;
  /**
   * Whether a range ends where its physical addresses jump; with `repeats`, one that maps a page again and again stays
   * whole. If not (the default), {@link Range.backing} tells.
   */
  readonly byPhysical?: boolean | "repeats";
  /** Whether a gap ends where the level of its empty entries changes, as in the kernel's own listings; not by default. */
  readonly gapsByLevel?: boolean;
  /**
   * How to list a table that is not uniform and is reached again at another address. `expand` (the
   * default) lists its contents each time; `refer` gives one range of kind `alias`, so that time and output are bounded
   * by the number of distinct tables, whatever the tables hold.
   */
  readonly aliases?: "expand" | "refer";
  /**
   * A number for an entry that maps memory or nothing, given its level and halves (signed): neighbours with different
   * numbers do not merge. For those who look at bits that {@link PageFlags} leave out. None by default.
   */
  readonly key?: (level: number, lo: number, hi: number) => number;
}

/** Addresses that are all the same. */
export interface Range {
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
  /**
   * `unmapped`: a gap. `reserved`: entries with reserved bits set. `bus`: tables outside RAM. `alias`: see
   * {@link RangeOptions.aliases}.
   */
  readonly kind: "mapped" | "unmapped" | "non-canonical" | "reserved" | "bus" | "alias";
  /** The level of the entries (0: root); -1 where there are none, and for gaps of several levels. */
  readonly level: number;
  /** The flags that the leaves and the tables above them together give; 0 if not mapped. */
  readonly flags: number;
  /** The result of {@link RangeOptions.key}; 0 without it, and for ranges that are neither mapped nor unmapped. */
  readonly key: number;
  /** The physical address that `start` maps to; -1 if not mapped. */
  readonly physical: number;
  /** Mapped to consecutive physical addresses, to one page again and again, or neither. */
  readonly backing: "linear" | "repeated" | "scattered";
  /** For an alias: the address where the same table was listed. */
  readonly aliasOf: bigint | undefined;
}

/**
 * A run of pages that are the same: a {@link Range} in the making. Page numbers, `end` exclusive. Runs grow in place, so one
 * that is remembered is copied before it is used.
 */
interface Run {
  kind: Range["kind"];
  level: number;
  flags: number;
  key: number;
  physical: number;
  linear: boolean;
  repeated: boolean;
  aliasOf: number;
  start: number;
  end: number;
}

/** A run of entries that map nothing, or one that maps from `physical` on. Made in one way, so that all have one shape. */
function runOf(
  kind: Range["kind"],
  level: number,
  start: number,
  end: number,
  key = 0,
  flags = 0,
  physical = -1,
  aliasOf = -1,
): Run {
  return { kind, level, flags, key, physical, linear: true, repeated: true, aliasOf, start, end };
}

/** A copy that may grow, for other pages. */
function copyOf(run: Run, start: number, end: number): Run {
  const { kind, level, flags, key, physical, linear, repeated, aliasOf } = run;
  return { kind, level, flags, key, physical, linear, repeated, aliasOf, start, end };
}

/** How many tables are remembered, so that hostile tables cannot fill the memory. */
const MOST_TABLES = 2 ** 20;

/**
 * Lists the addresses `from` … `to` (both inclusive) as ranges, including gaps and non-canonical holes. Equal neighbours are merged.
 * {@link AddressSpace.ranges} does the same for its own tables.
 */
export function* ranges(tables: Tables, from: bigint, to: bigint, options: RangeOptions): Generator<Range, void, void> {
  const lister = new Lister(tables, options);
  let last: Run | undefined;
  for (const run of lister.everything(vpnOf(from), vpnOf(to) + 1)) {
    if (last && lister.absorb(last, run)) continue;
    if (last) yield toRange(last, from, to);
    last = run;
  }
  if (last) yield toRange(last, from, to);
}

function toRange(run: Run, from: bigint, to: bigint): Range {
  const { kind, level, flags, key } = run;
  const first = addressOf(run.start, 0);
  const last = addressOf(run.end - 1, 4095);
  const start = first < from ? from : first;
  return {
    start,
    end: last > to ? to : last,
    kind,
    level,
    flags,
    key,
    physical: run.physical < 0 ? -1 : run.physical + Number(start - first),
    backing: run.linear ? "linear" : run.repeated ? "repeated" : "scattered",
    aliasOf: run.aliasOf < 0 ? undefined : addressOf(run.aliasOf, 0),
  };
}

/** Lists the runs of page tables. Remembers each table that it has looked at. */
class Lister {
  private readonly tables: Tables;
  private readonly keep: number;
  private readonly options: RangeOptions;
  /** By table and level: the run that the table is throughout, from page 0 on; `undefined` if it is not the same throughout. */
  private readonly uniform = new Map<number, Run | undefined>();
  /** By table and level: the page number where a table that is not the same throughout was listed. */
  private readonly listed = new Map<number, number>();

  constructor(tables: Tables, options: RangeOptions) {
    this.tables = tables;
    this.options = options;
    this.keep = ~(options.ignore ?? PageFlags.ACCESSED | PageFlags.DIRTY);
  }

  /** The runs of pages `from` … `to` (exclusive), in order, not yet joined. */
  *everything(from: number, to: number): Generator<Run, void, void> {
    const { architecture, roots } = this.tables;
    let next = from;
    for (const span of architecture.spans) {
      const start = Math.max(from, span.start);
      const end = Math.min(to, span.end + 1);
      if (start >= end) continue;
      if (next < start) yield runOf("non-canonical", -1, next, start);
      yield* this.inTable(0, roots[span.root]!, start, end, -1);
      next = end;
    }
    if (next < to) yield runOf("non-canonical", -1, next, to);
  }

  /** The runs of pages `from` … `to` in a table, of which the tables above permit `limit`. */
  private *inTable(level: number, table: number, from: number, to: number, limit: number): Generator<Run, void, void> {
    const { architecture } = this.tables;
    const shape = architecture.levels[level]!;
    const size = pagesPerEntry(shape);
    const empty = this.options.key?.(level, 0, 0) ?? 0;
    // Neighbours are joined here already: most entries are like the one before, and must not go up all the levels.
    let last: Run | undefined;
    for (let vpn = from; vpn < to; ) {
      const start = Math.floor(vpn / size) * size;
      const end = Math.min(start + size, to);
      const entry = table + ((start / size) % 2 ** shape.indexBits) * 8;
      if (last?.kind === "unmapped" && last.level === level && last.key === empty && this.isEmpty(entry)) {
        last.end = end;
        vpn = end;
        continue;
      }
      const below = this.tableAt(level, entry);
      const whole = vpn === start && end === start + size;
      const run = below < 0 || whole ? this.entryRun(level, entry) : undefined;
      if (run !== undefined) {
        place(run, vpn, end, vpn - start, limit);
        if (last === undefined || !this.absorb(last, run)) {
          if (last) yield last;
          last = run;
        }
      } else {
        if (last) yield last;
        last = undefined;
        const within = limit & this.limitAt(level, entry);
        const seen = whole ? this.seen(level + 1, below, start) : -1;
        if (seen >= 0) yield runOf("alias", level, vpn, end, 0, 0, -1, seen);
        else yield* this.inTable(level + 1, below, vpn, end, within);
      }
      vpn = end;
    }
    if (last) yield last;
  }

  /** Whether an entry is there and all zeros, which maps nothing on any architecture. */
  private isEmpty(entry: number): boolean {
    const { memory } = this.tables;
    return memory.holds(entry) && memory.word(entry) === 0 && memory.word(entry + 4) === 0;
  }

  /** The page number where a table was listed before, if repeated tables are only referred to. If it was not listed: -1, and it notes `vpn`. */
  private seen(level: number, table: number, vpn: number): number {
    if (this.options.aliases !== "refer") return -1;
    const key = tableKey(level, table);
    const seen = this.listed.get(key);
    if (seen === undefined && this.listed.size < MOST_TABLES) this.listed.set(key, vpn);
    return seen ?? -1;
  }

  /** The table that an entry points to; -1 if it points to none. */
  private tableAt(level: number, entry: number): number {
    const { architecture, memory } = this.tables;
    if (!memory.holds(entry)) return -1;
    const lo = memory.word(entry);
    const hi = memory.word(entry + 4);
    return architecture.kind(level, lo, hi) === "table" ? this.frameAt(level, entry) : -1;
  }

  private limitAt(level: number, entry: number): number {
    const { architecture, memory } = this.tables;
    return architecture.limit(level, memory.word(entry), memory.word(entry + 4));
  }

  /** The run that all pages under an entry are, from page 0 on, a new object; `undefined` if they are not the same. */
  private entryRun(level: number, entry: number): Run | undefined {
    const { architecture, memory } = this.tables;
    const end = pagesPerEntry(architecture.levels[level]!);
    if (!memory.holds(entry)) return runOf("bus", level, 0, end);
    const lo = memory.word(entry);
    const hi = memory.word(entry + 4);
    const kind = architecture.kind(level, lo, hi);
    if (kind === "table") {
      const run = this.tableRun(level + 1, this.frameAt(level, entry));
      if (run === undefined) return undefined;
      const own = copyOf(run, run.start, run.end);
      own.flags &= architecture.limit(level, lo, hi);
      return own;
    }
    if (kind === "reserved") return runOf(kind, level, 0, end);
    const key = this.options.key?.(level, lo, hi) ?? 0;
    if (kind === "none") return runOf("unmapped", level, 0, end, key);
    const flags = architecture.flags(level, lo, hi) & this.keep;
    return runOf("mapped", level, 0, end, key, flags, this.frameAt(level, entry));
  }

  /** The physical address that an entry points to. Which page it translates shows in the place that it has in its table. */
  private frameAt(level: number, entry: number): number {
    const { shift, indexBits } = this.tables.architecture.levels[level]!;
    const index = (entry / 8) % 2 ** indexBits;
    return frameAt(this.tables, level, entry, index * 2 ** (shift - 12));
  }

  /** The run that all pages of a table are, from page 0 on; `undefined` if they are not the same. Looks once at each table. */
  private tableRun(level: number, table: number): Run | undefined {
    const key = tableKey(level, table);
    if (this.uniform.has(key)) return this.uniform.get(key);
    const shape = this.tables.architecture.levels[level]!;
    const size = pagesPerEntry(shape);
    const count = 2 ** shape.indexBits;
    let all = this.entryRun(level, table);
    let index = 1;
    // Most tables that are the same throughout have one entry again and again: empty, or an early shadow table.
    if (all !== undefined && this.tables.memory.repeats(table, count * 8)) {
      const one = copyOf(all, 0, size);
      all = this.absorb(one, copyOf(all, size, size * 2)) ? copyOf(one, 0, size * count) : undefined;
      index = count;
    }
    for (; all !== undefined && index < count; index++) {
      const run = this.entryRun(level, table + index * 8);
      if (run === undefined || !this.absorb(all, copyOf(run, index * size, (index + 1) * size))) all = undefined;
    }
    if (this.uniform.size < MOST_TABLES) this.uniform.set(key, all);
    return all;
  }

  /** Joins a run with the one after it; false, and nothing changes, if they differ. */
  absorb(a: Run, b: Run): boolean {
    if (a.kind !== b.kind || a.flags !== b.flags || a.key !== b.key || a.kind === "alias") return false;
    const sameLevel = a.level === b.level;
    if (a.kind !== "mapped") {
      if (!sameLevel && a.kind === "unmapped" && this.options.gapsByLevel) return false;
      if (!sameLevel) a.level = -1;
    } else {
      if (!sameLevel) return false;
      const linear = a.linear && b.linear && b.physical === a.physical + (a.end - a.start) * 4096;
      const repeated = a.repeated && b.repeated && a.physical === b.physical;
      const { byPhysical } = this.options;
      if (byPhysical && !linear && !(repeated && byPhysical === "repeats")) return false;
      a.linear = linear;
      a.repeated = repeated;
    }
    a.end = b.end;
    return true;
  }
}

/** Moves a run that starts at page 0 to `start`, leaving out its first `skip` pages, under tables that permit `limit`. */
function place(run: Run, start: number, end: number, skip: number, limit: number): void {
  if (run.physical >= 0) run.physical += skip * 4096;
  run.flags &= limit;
  run.start = start;
  run.end = end;
}

/** Tells apart tables and levels in one exact number: a table is aligned to 4096 bytes, and there are at most 8 levels. */
function tableKey(level: number, table: number): number {
  return table / 512 + level;
}
