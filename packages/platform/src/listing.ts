import type { Architecture, Region, Tables } from "@kasan/mmu";
import type { KasanMode } from "@kasan/shadow";

/** An address at which the kernel's listing begins a part. */
export interface Marker {
  /** The address. */
  readonly address: bigint;
  /** The heading between `---[` and `]---`. */
  readonly name: string;
  /** How many lines it prints of the part at most; all by default. */
  readonly mostLines?: number;
}

/** An architecture's listing in /sys/kernel/debug/page_tables/kernel. */
export interface ListingFormat {
  /** A number that holds the bits that the kernel compares. */
  key(level: number, lo: number, hi: number): number;
  /** The `PageFlags` of `@kasan/mmu` that neighbours may differ in. */
  readonly ignore: number;
  /** The parts, in order. */
  readonly markers: readonly Marker[];
  /** How many parts may begin at one entry, from 1 on; the others begin at the next entries. */
  readonly partsAtOnce: number;
  /** Whether entries that map nothing have lines. */
  readonly gaps: boolean;
  /** The ranges that are listed, first and last address. */
  readonly spans: readonly (readonly [first: bigint, last: bigint])[];
  /** A line without its columns: `0x…-0x…       4K`. `end` is the address after the last; `physical` -1 if there is none. */
  range(start: bigint, end: bigint, physical: number): string;
  /** The rest of the line. `level` is that of the entries, 0: root. */
  columns(level: number, key: number): string;
}

/** The machine and page tables that a format is made for. */
export interface ListingOf extends Tables {
  /** The kernel's KASAN. */
  readonly kasan: KasanMode | "off";
  /** The options that the kernel was built with (`=y`), without `CONFIG_`; `undefined` if they are not known. */
  readonly config: ReadonlySet<string> | undefined;
}

/** A size in the largest unit of which it is a multiple. `start` is the place of the unit of `value`. */
export function inUnits(value: bigint, units: string, start = 0): string {
  let unit = start;
  while (value % 1024n === 0n && unit + 1 < units.length) {
    value /= 1024n;
    unit++;
  }
  return `${value}${units[unit]}`;
}

/**
 * First and last address of the region with this name.
 *
 * @throws RangeError if there is none: the architecture's own listing and regions disagree.
 */
export function regionNamed({ regions }: Architecture, name: string): Region {
  const region = regions.find((candidate) => candidate.name === name);
  if (region === undefined) throw new RangeError(`no region ${name}`);
  return region;
}
