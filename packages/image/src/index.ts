/**
 * Memory images of real machines, of any size: crash dumps, what virtual machines save, raw memory, plain or compressed. Finds the page tables, walks them with
 * the walker of `@kasan/mmu`, lists them as the kernel does, and explains addresses.
 *
 * @packageDocumentation
 */

export type { OnProgress } from "./compression/decompress.ts";
export * from "./core-writer.ts";
export * from "./error.ts";
export type { FileIndex, ImageCache, Indexer } from "./file-index.ts";
export { HEAD_BYTES, type ImageFormat, type OpenedImage, type Opening, type PhysicalSource } from "./formats/format.ts";
export { formats } from "./formats/index.ts";
export { type Segment, SegmentedMemory } from "./formats/segments.ts";
export { inspectHtml } from "./html/inspection.ts";
export { mapHtml } from "./html/map.ts";
export type { MachineOptions } from "./identify.ts";
export { type ImageOptions, MemoryImage, openImage } from "./image.ts";
export * from "./inspect/inspect.ts";
export { inspectJson } from "./inspect/json.ts";
export { inspectText, spellByte, spellPermissions } from "./inspect/text.ts";
export { type AccessOptions, type Verdict, verdictOf } from "./inspect/verdict.ts";
export { type KernelConfig, parseKernelConfig } from "./kernel-config.ts";
export { type Alias, aliasesOf } from "./listing/aliases.ts";
export { type FilteredLine, filterImage, type ListingFilter } from "./listing/filter.ts";
export { lineJson, machineJson } from "./listing/json.ts";
export type { Extent, ListingLine, MarkerLine, RangeLine, SkippedLine } from "./listing/lines.ts";
export { formatOf, listImage, spellLine } from "./listing/listing.ts";
export type { ImageHints, ImageMachine } from "./machine.ts";
export { ImageMemory } from "./memory.ts";
export type { FileOptions } from "./open.ts";
export { type ByteSource, MemorySource } from "./source.ts";
