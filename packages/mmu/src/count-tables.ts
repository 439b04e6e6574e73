import { type Architecture, pagesPerEntry } from "./architecture.ts";
import { leafFits } from "./edit.ts";

/** Pages that are to be mapped. */
export interface MappedPages {
  /** First page number. */
  readonly vpn: number;
  /** Pages, 1 or more. */
  readonly pages: number;
  /**
   * Physical address of the first page, for a mapping with the largest pages that fit. Undefined: tables that exist and are
   * shared are shown there instead, from the highest level on at which they fit (KASAN's early shadow).
   */
  readonly physical?: number;
}

/** Consecutive tables of one level, by number; both inclusive. */
type TableRun = [first: number, last: number];

/**
 * The page tables that mappings take, without making them: as many as `AddressSpace.map` and, for shared tables,
 * `AddressSpace.setTable` would. Constant time for each mapping, whatever its size.
 *
 * @param mapped - disjoint, canonical
 * @returns the number of tables at each level; the root's, level 0, is the number of root registers
 */
export function countTables(architecture: Architecture, mapped: readonly MappedPages[]): number[] {
  const runs: TableRun[][] = architecture.levels.map(() => []);
  for (const pages of mapped) addTables(architecture, 0, pages, runs);
  return runs.map((list, level) => (level === 0 ? architecture.roots.length : countDistinct(list)));
}

/** Notes the tables below `level` that the pages need. */
function addTables(architecture: Architecture, level: number, mapped: MappedPages, runs: TableRun[][]): void {
  if (level === architecture.levels.length - 1) return;
  const { vpn, pages, physical } = mapped;
  const end = vpn + pages;
  const size = pagesPerEntry(architecture.levels[level]!);
  const first = Math.ceil(vpn / size) * size;
  const last = Math.floor(end / size) * size;
  const whole =
    first < last && (physical === undefined || leafFits(architecture, level, physical + (first - vpn) * 4096));
  const below = (from: number, to: number) => {
    if (from >= to) return;
    runs[level + 1]!.push([Math.floor(from / size), Math.floor((to - 1) / size)]);
    const part = { vpn: from, pages: to - from };
    const moved = physical === undefined ? part : { ...part, physical: physical + (from - vpn) * 4096 };
    addTables(architecture, level + 1, moved, runs);
  };
  if (whole) {
    below(vpn, first);
    below(last, end);
  } else below(vpn, end);
}

function countDistinct(runs: TableRun[]): number {
  let count = 0;
  let next = -1;
  for (const [first, last] of runs.sort((a, b) => a[0] - b[0])) {
    count += Math.max(0, last + 1 - Math.max(first, next));
    next = Math.max(next, last + 1);
  }
  return count;
}
