import type { Architecture, Tables } from "@kasan/mmu";
import type { Machine } from "../machine/machine.ts";

/** An address at which the kernel's listing begins a part. */
export interface Marker {
  /** The address. */
  readonly address: bigint;
  /** What it prints between `---[` and `]---`. */
  readonly name: string;
  /** How many lines it prints of the part at most; all by default. */
  readonly mostLines?: number;
}

/** What differs between architectures in the listing of /sys/kernel/debug/page_tables/kernel. */
export interface ListingFormat {
  /** A number that holds the bits that the kernel compares. */
  key(level: number, lo: number, hi: number): number;
  /** The `PageFlags` of `@kasan/mmu` that neighbours may differ in. */
  readonly ignore: number;
  /** The parts, in order. */
  readonly markers: readonly Marker[];
  /** Whether a second part may begin where one has just begun; if not, it begins at the next entry. */
  readonly partsTogether: boolean;
  /** The ranges that are listed, first and last address. */
  readonly spans: readonly (readonly [first: bigint, last: bigint])[];
  /** The size column: `4K`, `512G`. */
  size(bytes: bigint): string;
  /** What comes after the size. `level` is that of the entries, 0: root. */
  columns(level: number, key: number): string;
}

/** What a format is made for: a machine and its page tables. */
export interface ListingOf extends Tables {
  /** The machine. */
  readonly machine: Machine;
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

/** First and last address of the region with this name. */
export function regionNamed({ regions }: Architecture, name: string): { start: bigint; end: bigint } {
  const region = regions.find((candidate) => candidate.name === name);
  if (region === undefined) throw new RangeError(`no region ${name}`);
  return region;
}
