import { CountedScheme, type MakeScheme, type SchemeCost } from "@kasan/vmalloc";
import { threadSize } from "../sched/task-stacks.ts";

/** Areas of a kind, side by side at the start of vmalloc space. */
export const PLANNED_AREAS = 64;

/** What shadow an area of vmalloc space takes under a scheme. */
export interface AreaPlan {
  /** Bytes asked for. */
  readonly bytes: number;
  /** Bytes that its address is a multiple of. */
  readonly align: number;
  /** What asks for such areas. */
  readonly use: string;
  /** Pages of shadow of one area with nothing near it, where it lies best. */
  readonly alone: number;
  /** The same where it lies worst: across the edge of a page of shadow. */
  readonly aloneMost: number;
  /** {@link PLANNED_AREAS} of them side by side, then all freed and purged at once. */
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
 * Areas of common sizes under a scheme: told to the scheme itself, over a machine that only counts.
 *
 * @param start - the first page of vmalloc space
 * @param scaleShift - log2 of the bytes that a shadow byte describes
 * @param pageSize - bytes of a page
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

/** Areas come, are all freed, and are purged at once, with nothing else in their space. */
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
