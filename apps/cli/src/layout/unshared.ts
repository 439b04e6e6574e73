import type { Architecture } from "@kasan/mmu";
import type { TitledTable } from "../table.ts";
import { backingWords, type Planned } from "./described.ts";
import { bytes } from "./units.ts";

/** Bytes of page tables that a range needs if each of its pages has an entry of its own. O(levels). */
function unsharedTableBytes({ levels, pageShift }: Architecture, start: bigint, end: bigint): number {
  const tables = levels.slice(0, -1).map(({ shift }) => Number((end >> BigInt(shift)) - (start >> BigInt(shift))) + 1);
  return tables.reduce((sum, count) => sum + count, 0) * 2 ** pageShift;
}

/** What each stretch of shadow would take in page tables alone, if none of them were shared. */
export function unsharedTables(planned: Planned): TitledTable {
  const { plan, options } = planned;
  const rows = plan.shadow.map(({ start, end, backing }) => [
    bytes(end - start + 1n),
    backingWords(backing, planned),
    bytes(unsharedTableBytes(options.architecture, start, end)),
  ]);
  return {
    title: "Page tables of the shadow, if unused shadow did not share its tables",
    rows: [["shadow", "backed by", "tables"], ...rows, ["all of it", "", bytes(unsharedBytes(planned))]],
  };
}

/** Bytes of tables for all shadow; stretches that lie in one table have it together. */
export function unsharedBytes({ plan, options }: Planned): number {
  const first = plan.shadow[0];
  const last = plan.shadow.at(-1);
  return first === undefined || last === undefined
    ? 0
    : unsharedTableBytes(options.architecture, first.start, last.end);
}
