import { atLeast, DEFAULT_VERSION, hex, type KernelVersion } from "@kasan/shadow";

/** A number that shares a page's `flags` word with the flags: the zone, the node, the tag. */
export interface PageFlagField {
  /** Its name in a log: `zone`. */
  readonly name: string;
  /** Its lowest bit, 0 … 63. */
  readonly shift: bigint;
  /** Its bits. */
  readonly width: bigint;
  /** Printed in hex, not in decimal. */
  readonly hex?: boolean;
}

/** The zone of a kernel with three or four zones, no NUMA nodes and no sections: the top two bits. */
export const ZONE_FIELD: PageFlagField = { name: "zone", shift: 62n, width: 2n };

/**
 * The names and bit numbers of the page flags that every 64-bit configuration of 6.12 has (`enum pageflags` in
 * `include/linux/page-flags.h`), in the order in which a log names them (`include/trace/events/mmflags.h`).
 */
export const PAGE_FLAGS = [
  ["locked", 0n],
  ["waiters", 7n],
  ["referenced", 2n],
  ["uptodate", 3n],
  ["dirty", 4n],
  ["lru", 5n],
  ["active", 8n],
  ["workingset", 9n],
  ["owner_priv_1", 10n],
  ["owner_2", 11n],
  ["arch_1", 12n],
  ["reserved", 13n],
  ["private", 14n],
  ["private_2", 15n],
  ["writeback", 1n],
  ["head", 6n],
  ["reclaim", 16n],
  ["swapbacked", 17n],
  ["unevictable", 18n],
  ["mlocked", 19n],
] as const;

/** The same before 6.6, which moved those that are tested together into one byte. */
const FLAGS_BEFORE_6_6 = [
  ["locked", 0n],
  ["waiters", 7n],
  ["error", 8n],
  ["referenced", 1n],
  ["uptodate", 2n],
  ["dirty", 3n],
  ["lru", 4n],
  ["active", 5n],
  ["workingset", 6n],
  ["slab", 9n],
  ["owner_priv_1", 10n],
  ["arch_1", 11n],
  ["reserved", 12n],
  ["private", 13n],
  ["private_2", 14n],
  ["writeback", 15n],
  ["head", 16n],
  ["mappedtodisk", 17n],
  ["reclaim", 18n],
  ["swapbacked", 19n],
  ["unevictable", 20n],
  ["mlocked", 21n],
] as const;

/** The name of a page flag. */
export type PageFlagName = (typeof PAGE_FLAGS)[number][0];

/** The `flags` word with these flags set and all fields 0. */
export function pageFlags(...names: readonly PageFlagName[]): bigint {
  return PAGE_FLAGS.reduce((word, [name, bit]) => (names.includes(name) ? word | (1n << bit) : word), 0n);
}

/** A `flags` word with its names: `0x40(head|zone=0)`. */
export const formatPageFlags = (
  flags: bigint,
  fields: readonly PageFlagField[],
  version: KernelVersion = DEFAULT_VERSION,
): string => `${hex(flags)}(${pageFlagNames(flags, fields, version)})`;

/** The names in parentheses after a `flags` word: `head|zone=0`. `version`: the kernel's, whose numbers the flags have. */
export function pageFlagNames(
  flags: bigint,
  fields: readonly PageFlagField[],
  version: KernelVersion = DEFAULT_VERSION,
): string {
  const named = atLeast(version, 6, 6) ? PAGE_FLAGS : FLAGS_BEFORE_6_6;
  const set = named.filter(([, bit]) => (flags >> bit) & 1n);
  const numbers = fields.map(({ name, shift, width, hex: asHex }) => {
    const value = BigInt.asUintN(Number(width), flags >> shift);
    return `${name}=${asHex ? hex(value) : value}`;
  });
  return [...set.map(([name]) => name), ...numbers].join("|");
}
