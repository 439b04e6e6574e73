import { addressOf, formatAddress } from "@kasan/shadow";
import { type Entry, type EntryKind, PageFlags, pagesPerEntry } from "./architecture.ts";
import { MmuError } from "./error.ts";
import type { FlushTarget } from "./flush.ts";
import type { FrameSource } from "./frames.ts";
import { breakReason, type LiveChangeHandler, liveChange } from "./live-change.ts";
import { type LiveTables, type Tables, tableIndex } from "./walk.ts";

/** The flags that a new table permits. It also permits USER if the first mapping below it has USER. */
const TABLE_FLAGS = PageFlags.READ | PageFlags.WRITE | PageFlags.EXEC;

/** Page tables that can be changed. */
export interface EditableTables extends LiveTables, FlushTarget {
  /** The source of new tables. */
  readonly frames: FrameSource | undefined;
  /** The entry being encoded. */
  readonly scratch: Entry;
  /** Is told of changes of live entries that need break-before-make. */
  readonly onLiveChange: LiveChangeHandler;
}

/** The physical address of page `vpn`'s entry in the table at physical address `table`. */
export function entryAddress(tables: LiveTables, level: number, table: number, vpn: number): number {
  const { shift, indexBits } = tables.architecture.levels[level]!;
  const address = table + tableIndex(vpn >>> 0, vpn / 2 ** 32, shift, indexBits) * 8;
  if (!(address + 8 <= tables.memory.size)) {
    const where = `the table at physical 0x${table.toString(16)} that translates ${formatAddress(addressOf(vpn, 0))}`;
    throw new MmuError("BAD_TABLE", `${where} lies outside RAM; clear the entry that points to it`);
  }
  return address;
}

/** The kind of the entry at a physical address. */
export function kindAt(tables: LiveTables, level: number, address: number): EntryKind {
  const { memory } = tables;
  return tables.architecture.kind(level, memory.word(address), memory.word(address + 4));
}

/** The physical address that the entry at a physical address, which translates page `vpn`, points to. */
export function frameAt(tables: Tables, level: number, address: number, vpn: number): number {
  const { architecture, memory } = tables;
  return architecture.frame(level, memory.word(address), memory.word(address + 4), vpn);
}

/** The flags of the leaf entry at a physical address. */
export function flagsAt(tables: LiveTables, level: number, address: number): number {
  const { memory } = tables;
  return tables.architecture.flags(level, memory.word(address), memory.word(address + 4));
}

/** Writes an entry. */
export function writeEntry(tables: LiveTables, address: number, entry: Entry): void {
  tables.memory.storeEntry(address, entry.lo, entry.hi);
}

/**
 * Writes the scratch entry over what may be a live one, without break-before-make; reports it if the architecture needs
 * that for this change.
 */
export function changeEntry(tables: EditableTables, level: number, address: number, vpn: number): void {
  const { architecture, scratch, memory } = tables;
  const lo = memory.word(address);
  const hi = memory.word(address + 4);
  const what = breakReason(architecture, level, lo, hi, scratch);
  if (what !== undefined) {
    tables.onLiveChange(liveChange(architecture, level, vpn, address, lo, hi, scratch, what));
  }
  writeEntry(tables, address, scratch);
}

/** Makes an entry map nothing. */
export function clearEntry(tables: LiveTables, address: number): void {
  tables.memory.clearEntry(address);
}

/**
 * Writes the scratch entry where there may be a valid one that points elsewhere: break-before-make, if the architecture
 * asks for it.
 */
export function replaceEntry(tables: EditableTables, level: number, address: number, vpn: number): void {
  if (tables.architecture.breakBeforeMake && kindAt(tables, level, address) !== "none") {
    const pages = pagesPerEntry(tables.architecture.levels[level]!);
    clearEntry(tables, address);
    tables.tlbs?.shootDown(tables.cpu, Math.floor(vpn / pages) * pages, pages);
  }
  writeEntry(tables, address, tables.scratch);
}

/** Gets a frame for a new table. */
function newTable(tables: EditableTables): number {
  if (tables.frames === undefined) {
    throw new MmuError("NO_FRAMES", "this address space has no source of page-table frames; make it with `frames`");
  }
  const table = tables.frames.allocate();
  if (table < 0) throw new MmuError("NO_FRAMES", "out of frames for page tables; give more RAM");
  return table;
}

/** The table that the entry at `address` points to; makes it if the entry is empty. The entry must not be a leaf. */
export function tableBelow(tables: EditableTables, level: number, address: number, vpn: number, flags: number): number {
  const kind = kindAt(tables, level, address);
  if (kind === "table") return frameAt(tables, level, address, vpn);
  if (kind === "leaf") throw alreadyMapped(tables, level, vpn);
  if (kind === "reserved") {
    const where = `${tables.architecture.levels[level]!.name} entry for ${formatAddress(addressOf(vpn, 0))}`;
    throw new MmuError("BAD_TABLE", `the ${where} has reserved bits set; clear it first`);
  }
  const table = newTable(tables);
  const { architecture, scratch } = tables;
  architecture.encodeTable(level, table, TABLE_FLAGS | (flags & PageFlags.USER), scratch);
  writeEntry(tables, address, scratch);
  return table;
}

/**
 * Finds page `vpn`'s entry at `level`, making the tables above it.
 *
 * @returns Its physical address.
 */
export function reachEntry(tables: EditableTables, vpn: number, level: number, flags: number): number {
  const root = tables.architecture.root(vpn);
  if (root < 0) {
    throw new MmuError("RANGE", `${formatAddress(addressOf(vpn, 0))} is not canonical on ${tables.architecture.name}`);
  }
  let table = tables.roots[root]!;
  for (let upper = 0; upper < level; upper++) {
    table = tableBelow(tables, upper, entryAddress(tables, upper, table, vpn), vpn, flags);
  }
  return entryAddress(tables, level, table, vpn);
}

/**
 * Replaces a large page by a table of smaller ones that map the same memory with the same flags.
 *
 * @returns The table's physical address.
 */
export function splitLeaf(tables: EditableTables, level: number, address: number, vpn: number): number {
  const { architecture, scratch } = tables;
  const flags = flagsAt(tables, level, address);
  const physical = frameAt(tables, level, address, vpn);
  const below = architecture.levels[level + 1]!;
  const table = newTable(tables);
  for (let index = 0; index < 2 ** below.indexBits; index++) {
    architecture.encodeLeaf(level + 1, physical + index * 2 ** below.shift, flags, scratch);
    writeEntry(tables, table + index * 8, scratch);
  }
  architecture.encodeTable(level, table, TABLE_FLAGS | (flags & PageFlags.USER), scratch);
  replaceEntry(tables, level, address, vpn);
  return table;
}

/** The error for a mapping in the way of another. */
export function alreadyMapped(tables: LiveTables, level: number, vpn: number): MmuError {
  const what = `${formatAddress(addressOf(vpn, 0))} is mapped already (${tables.architecture.levels[level]!.name})`;
  return new MmuError("ALREADY_MAPPED", `${what}; unmap it first, or replace it on purpose`);
}
