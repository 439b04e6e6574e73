import { type Architecture, pagesPerEntry } from "./architecture.ts";
import {
  alreadyMapped,
  changeEntry,
  clearEntry,
  type EditableTables,
  entryAddress,
  flagsAt,
  frameAt,
  kindAt,
  replaceEntry,
  splitLeaf,
  tableBelow,
} from "./tables.ts";

/** A mapping being made; `done` is how far it has come. */
export interface MapJob {
  /** {@link PageFlags} of each page. */
  readonly flags: number;
  /** Bytes of the largest page to use. */
  readonly maxPage: number;
  /** Whether what is mapped there gives way. */
  readonly replace: boolean;
  /** The first page number not yet mapped. */
  done: number;
  /** Whether something gave way. */
  stale: boolean;
}

/** Maps pages `vpn` … `end` (exclusive) to `physical` on, in the table of `level` at `table` and below it. */
export function mapInto(
  tables: EditableTables,
  job: MapJob,
  level: number,
  table: number,
  vpn: number,
  end: number,
  physical: number,
): void {
  const { architecture } = tables;
  const size = pagesPerEntry(architecture.levels[level]!);
  while (vpn < end) {
    const next = Math.min(Math.floor(vpn / size) * size + size, end);
    const address = entryAddress(tables, level, table, vpn);
    const kind = kindAt(tables, level, address);
    if (kind !== "table" && next - vpn === size && leafFits(architecture, level, physical, job.maxPage)) {
      if (kind !== "none") {
        if (!job.replace) throw alreadyMapped(tables, level, vpn);
        job.stale = true;
      }
      architecture.encodeLeaf(level, physical, job.flags, tables.scratch);
      replaceEntry(tables, level, address, vpn);
      job.done = next;
    } else {
      const split = kind === "leaf" && job.replace;
      const below = split ? splitLeaf(tables, level, address, vpn) : tableBelow(tables, level, address, vpn, job.flags);
      mapInto(tables, job, level + 1, below, vpn, next, physical);
    }
    physical += (next - vpn) * 4096;
    vpn = next;
  }
}

/** Whether an entry of `level` may map memory at `physical` by itself, as a page of at most `maxPage` bytes. */
export function leafFits(
  { levels }: Architecture,
  level: number,
  physical: number,
  maxPage = Number.POSITIVE_INFINITY,
): boolean {
  if (level === levels.length - 1) return true;
  const bytes = 2 ** levels[level]!.shift;
  return levels[level]!.leaf && bytes <= maxPage && physical % bytes === 0;
}

/** The change to a mapped entry that lies wholly in the range. */
export type LeafEdit = (level: number, address: number, vpn: number) => void;

/**
 * Calls `edit` for each leaf that maps pages `vpn` … `end` (exclusive), splitting those that reach beyond them. Entries
 * with reserved bits count as leaves.
 */
export function editLeaves(
  tables: EditableTables,
  level: number,
  table: number,
  vpn: number,
  end: number,
  edit: LeafEdit,
): void {
  const size = pagesPerEntry(tables.architecture.levels[level]!);
  while (vpn < end) {
    const next = Math.min(Math.floor(vpn / size) * size + size, end);
    const address = entryAddress(tables, level, table, vpn);
    const kind = kindAt(tables, level, address);
    if (kind === "table") {
      editLeaves(tables, level + 1, frameAt(tables, level, address, vpn), vpn, next, edit);
    } else if (kind === "leaf" && next - vpn < size) {
      editLeaves(tables, level + 1, splitLeaf(tables, level, address, vpn), vpn, next, edit);
    } else if (kind !== "none") {
      edit(level, address, vpn);
    }
    vpn = next;
  }
}

/** Changes the flags in `mask` of the leaf at `address`, which maps page `vpn` on, to those of `flags`. */
export function changeFlags(
  tables: EditableTables,
  level: number,
  address: number,
  vpn: number,
  flags: number,
  mask: number,
): void {
  if (kindAt(tables, level, address) !== "leaf") return;
  const old = flagsAt(tables, level, address);
  const wanted = (old & ~mask) | (flags & mask);
  tables.architecture.encodeLeaf(level, frameAt(tables, level, address, vpn), wanted, tables.scratch);
  changeEntry(tables, level, address, vpn);
}

/**
 * Frees the tables below `table` that map nothing, of those that translate pages `vpn` … `end` (exclusive).
 *
 * @returns Whether `table` itself maps nothing.
 */
export function pruneTables(tables: EditableTables, level: number, table: number, vpn: number, end: number): boolean {
  const shape = tables.architecture.levels[level]!;
  const size = pagesPerEntry(shape);
  while (vpn < end) {
    const next = Math.min(Math.floor(vpn / size) * size + size, end);
    const address = entryAddress(tables, level, table, vpn);
    if (kindAt(tables, level, address) === "table") {
      const below = frameAt(tables, level, address, vpn);
      if (pruneTables(tables, level + 1, below, vpn, next)) {
        clearEntry(tables, address);
        tables.frames?.free(below);
      }
    }
    vpn = next;
  }
  for (let index = 0; index < 2 ** shape.indexBits; index++) {
    if (kindAt(tables, level, table + index * 8) !== "none") return false;
  }
  return true;
}
