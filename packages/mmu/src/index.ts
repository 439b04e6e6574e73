/**
 * A memory-management unit in software, over any page-table format: physical memory, page tables that are walked,
 * mapped, unmapped, protected and listed, per-CPU TLBs whose flushes cannot be forgotten, and faults as data.
 *
 * An architecture is a plugin: see {@link Architecture}.
 *
 * @packageDocumentation
 */

export * from "./access.ts";
export * from "./address-space.ts";
export * from "./allocation-tags.ts";
export * from "./architecture.ts";
export * from "./count-tables.ts";
export * from "./error.ts";
export { type Explanation, explain, type Step } from "./explain.ts";
export * from "./fault.ts";
export * from "./flush.ts";
export * from "./frames.ts";
export * from "./layout.ts";
export { TableChanges } from "./leaf-tables.ts";
export { breakReason, type LiveChange, type LiveChangeHandler, refuseLiveChange } from "./live-change.ts";
export * from "./memory.ts";
export { type Range, type RangeOptions, ranges } from "./ranges.ts";
export type { EditableTables } from "./tables.ts";
export * from "./tlb.ts";
export * from "./uniform-pages.ts";
export { type LiveTables, type Tables, tableIndex, WalkResult, walk, walkFor } from "./walk.ts";
export * from "./write-log.ts";
