/**
 * vmalloc: address ranges over single pages, freed lazily, and the schemes that back them with shadow memory.
 *
 * @packageDocumentation
 */
export * from "./areas.ts";
export * from "./blocks.ts";
export * from "./error.ts";
export * from "./nodes.ts";
export * from "./range-pool.ts";
export * from "./range-tree.ts";
export * from "./schemes/index.ts";
export * from "./trace/events.ts";
export * from "./trace/replay.ts";
export * from "./vmalloc.ts";
