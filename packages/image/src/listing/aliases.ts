import { type Range, ranges } from "@kasan/mmu";
import type { MemoryImage } from "../image.ts";

/** Addresses that a physical address is mapped to. */
export interface Alias {
  /** The first of them. */
  readonly address: bigint;
  /** How many there are, each a page after the one before: more than one where a page is mapped again and again, as in early shadow. */
  readonly count: bigint;
  /** Bytes from one to the next. */
  readonly stride: bigint;
}

/** Shared tables, which are looked at once, can multiply what is found; after so many aliases the search ends. */
const MOST_ALIASES = 100_000;

/**
 * All addresses that are mapped to a physical address, ascending but for those in tables that are shared: they come where
 * the table is reached again.
 */
export function* aliasesOf(image: MemoryImage, physical: number): Generator<Alias> {
  const { levels } = image.architecture;
  const found: Alias[] = [];
  const options = { byPhysical: "repeats", aliases: "refer" } as const;
  const hits = function* (): Generator<Alias> {
    for (const range of ranges(image, 0n, (1n << 64n) - 1n, options)) {
      if (range.kind === "alias") {
        const size = range.end - range.start;
        const first = range.aliasOf!;
        for (const { address, count, stride } of [...found]) {
          if (address < first || address > first + size) continue;
          yield { address: range.start + address - first, count, stride };
        }
      } else if (range.kind === "mapped") {
        yield* inRange(range, physical, 2 ** levels[range.level]!.shift);
      }
    }
  };
  for (const alias of hits()) {
    yield alias;
    if (found.push(alias) >= MOST_ALIASES) return;
  }
}

/** The hits in a range of mapped pages. */
function* inRange(range: Range, physical: number, pageBytes: number): Generator<Alias> {
  const stride = BigInt(pageBytes);
  const inPage = BigInt(physical % pageBytes);
  const bytes = range.end - range.start + 1n;
  if (range.backing === "linear") {
    const into = BigInt(physical) - BigInt(range.physical);
    if (into >= 0n && into < bytes) yield { address: range.start + into, count: 1n, stride };
  } else if (physical >= range.physical && physical < range.physical + pageBytes) {
    yield { address: range.start + inPage, count: bytes / stride, stride };
  }
}
