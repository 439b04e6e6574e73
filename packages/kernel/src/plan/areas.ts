import { CountedScheme, type MakeScheme, type SchemeCost } from "@kasan/vmalloc";
import { threadSize } from "../sched/task-stacks.ts";

/** Number of areas of each kind, side by side at the start of vmalloc space. */
export const PLANNED_AREAS = 64;

/** Shadow cost of an area of vmalloc space under a scheme. */
export interface AreaPlan {
  /** Requested size in bytes. */
  readonly bytes: number;
  /** Alignment in bytes. */
  readonly align: number;
  /** What such areas are used for. */
  readonly use: string;
  /** Shadow pages of one isolated area at the best position. */
  readonly alone: number;
  /** Shadow pages of one isolated area at the worst position: across a shadow page boundary. */
  readonly aloneMost: number;
  /** Cost of {@link PLANNED_AREAS} areas side by side, then all freed and purged at once. */
  readonly together: SchemeCost;
}

const uses = (pageSize: number): readonly (readonly [use: string, bytes: number, align: number])[] => [
  ["a page", pageSize, pageSize],
  ["a small module", 4 * pageSize, pageSize],
  ["a task's stack", threadSize(pageSize), threadSize(pageSize)],
  ["a table", 2 ** 17, pageSize],
  ["a large buffer", 2 ** 20, pageSize],
];

/**
 * Plans areas of common sizes by running the scheme itself over a machine that only counts.
 *
 * @param start - the first page of vmalloc space
 * @param scaleShift - log2 of the bytes that a shadow byte describes
 * @param pageSize - page size in bytes
 */
export function planAreas(make: MakeScheme, start: number, scaleShift: number, pageSize: number): AreaPlan[] {
  return uses(pageSize).map(([use, bytes, align]) => {
    const pages = bytes / pageSize + 1;
    const alignPages = align / pageSize;
    const places = Array.from({ length: Math.ceil(2 ** scaleShift / alignPages) }, (_, i) => start + i * alignPages);
    const alone = places.map((vpn) => costOf(make, scaleShift, [vpn], pages).shadowPagesPeak);
    const stride = Math.ceil(pages / alignPages) * alignPages;
    const together = Array.from({ length: PLANNED_AREAS }, (_, i) => start + i * stride);
    return {
      bytes,
      align,
      use,
      alone: Math.min(...alone),
      aloneMost: Math.max(...alone),
      together: costOf(make, scaleShift, together, pages),
    };
  });
}

/** Cost of allocating areas, freeing them all and purging them at once, with nothing else in their space. */
function costOf(make: MakeScheme, scaleShift: number, areas: readonly number[], pages: number): SchemeCost {
  const counted = new CountedScheme(make, scaleShift);
  const { scheme } = counted;
  for (const vpn of areas) scheme.populate(vpn, pages);
  const per = 2 ** scaleShift;
  const first = Math.floor(areas[0] / per) * per;
  const end = Math.ceil((areas[areas.length - 1] + pages) / per) * per;
  for (const vpn of areas) scheme.release(vpn, pages, first, end - first);
  return counted.cost;
}
