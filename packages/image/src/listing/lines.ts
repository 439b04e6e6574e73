import { type Range, ranges, type Tables } from "@kasan/mmu";
import type { ListingFormat, Marker } from "@kasan/platform";

/** The start of a part: `---[ vmalloc() Area ]---`. */
export interface MarkerLine {
  /** Tells it from a range. */
  readonly kind: "marker";
  /** Its name. */
  readonly name: string;
}

/** Neighbouring addresses that the kernel does not tell apart. */
export interface RangeLine {
  /** Tells it from the start of a part. */
  readonly kind: "range";
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
  /** Their state; `alias`: a table that was already listed, at {@link aliasOf}; `unlisted`: the rest, after 100,000 lines. */
  readonly state: Range["kind"] | "unlisted";
  /** The level of the entries, 0: root; -1 where there are none. */
  readonly level: number;
  /** The bits that the kernel looks at; see `ListingFormat.key`. */
  readonly key: number;
  /** The physical address that `start` is mapped to, -1 if none. */
  readonly physical: number;
  /** For an alias: where the same table was listed. */
  readonly aliasOf: bigint | undefined;
}

/** The rest of a part of which the kernel prints some lines only: `... 5 entries skipped ...`. */
export interface SkippedLine {
  /** Tells it from the others. */
  readonly kind: "skipped";
  /** How many ranges are not told. */
  readonly count: number;
}

/** A line of a listing. */
export type ListingLine = MarkerLine | RangeLine | SkippedLine;

/** Lines that are told at most, which takes damaged or hostile tables: a kernel's have some hundreds to some ten thousands. */
export const MOST_LINES = 100_000;

/** The rest of a listing, from an address on: what is left out. */
export const unlisted = (start: bigint, end: bigint): RangeLine => ({
  kind: "range",
  start,
  end,
  state: "unlisted",
  level: -1,
  key: 0,
  physical: -1,
  aliasOf: undefined,
});

/** The addresses to list. */
export interface Extent {
  /** First address; 0 by default. */
  readonly from?: bigint;
  /** Last address; 2^64-1 by default. */
  readonly to?: bigint;
  /** `PageFlags` that neighbours may differ in, besides the format's. */
  readonly ignore?: number;
}

/**
 * The lines of a listing, as the kernel breaks them: where the entries' bits or their level change, and where a part
 * begins. It looks at each entry in turn, so a part that begins in the middle of one is announced at the next. A table that is
 * reached again and is not the same throughout is listed once: each line after the first refers to it.
 */
export function* listingLines(tables: Tables, format: ListingFormat, extent: Extent = {}): Generator<ListingLine> {
  const { from = 0n, to = (1n << 64n) - 1n } = extent;
  const lister = new LineMaker(tables, format, from);
  for (const [first, last] of format.spans) {
    const start = first > from ? first : from;
    const end = last < to ? last : to;
    if (start > end) continue;
    const options = {
      ignore: extent.ignore ?? format.ignore,
      gapsByLevel: true,
      aliases: "refer",
      key: (level: number, lo: number, hi: number) => format.key(level, lo, hi),
    } as const;
    for (const range of ranges(tables, start, end, options)) {
      yield* lister.add(range);
      if (lister.lines <= MOST_LINES) continue;
      yield unlisted(range.start, to);
      return;
    }
  }
  yield* lister.end(to);
}

/** The current run of equal entries. */
interface Open {
  readonly start: bigint;
  readonly range: Range;
}

class LineMaker {
  private readonly format: ListingFormat;
  private readonly shifts: readonly number[];
  private marker: number;
  private open: Open | undefined;
  /** Lines that were told. */
  lines = 0;

  constructor({ architecture }: Tables, format: ListingFormat, from: bigint) {
    this.format = format;
    this.shifts = architecture.levels.map(({ shift }) => shift);
    this.marker = Math.max(0, format.markers.filter(({ address }) => address <= from).length - 1);
  }

  /** Adds a range: looks at its first entry, and at those where a part begins. */
  *add(range: Range): Generator<ListingLine> {
    for (let at = range.start; ; ) {
      yield* this.note(at, range);
      const next = this.nextMarker?.address;
      if (next === undefined || next > range.end) return;
      const entry = BigInt(this.shifts[range.level] ?? 12);
      const after = ((at >> entry) + 1n) << entry;
      const begins = ((next + (1n << entry) - 1n) >> entry) << entry;
      at = after > begins ? after : begins;
      if (at > range.end) return;
    }
  }

  /** The last line. */
  *end(to: bigint): Generator<ListingLine> {
    if (this.open) yield line(this.open, to);
  }

  private get nextMarker(): Marker | undefined {
    return this.format.markers[this.marker + 1];
  }

  private *note(at: bigint, range: Range): Generator<ListingLine> {
    const open = this.open;
    let parts = 0;
    if (open === undefined) {
      this.open = { start: at, range };
      yield this.markerLine();
      // The kernel announces the first part wherever the listing starts.
      parts = 1;
    } else {
      if (!this.begins(at) && isSame(open.range, range)) return;
      yield line(open, at - 1n);
      this.lines++;
      this.open = { start: at, range };
    }
    for (; parts < this.format.partsAtOnce && this.begins(at); parts++) yield this.nextMarkerLine();
  }

  private begins(at: bigint): boolean {
    const next = this.nextMarker;
    return next !== undefined && at >= next.address;
  }

  private nextMarkerLine(): MarkerLine {
    this.marker++;
    return this.markerLine();
  }

  private markerLine(): MarkerLine {
    return { kind: "marker", name: this.format.markers[this.marker]!.name };
  }
}

function isSame(a: Range, b: Range): boolean {
  const plain = a.kind === "mapped" || a.kind === "unmapped";
  return plain && a.kind === b.kind && a.level === b.level && a.key === b.key && a.flags === b.flags;
}

function line({ start, range }: Open, end: bigint): RangeLine {
  const { kind, level, key, physical, aliasOf } = range;
  const first = physical < 0 ? -1 : range.backing === "repeated" ? physical : physical + Number(start - range.start);
  return { kind: "range", start, end, state: kind, level, key, physical: first, aliasOf };
}
