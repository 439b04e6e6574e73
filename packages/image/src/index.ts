/**
 * Memory images of real machines: ELF cores and raw memory of any size, plain or compressed. Finds the page tables, walks them with
 * the walker of `@kasan/mmu`, lists them as the kernel does, and explains addresses.
 *
 * @packageDocumentation
 */

export * from "./core-writer.ts";
export { unpacked } from "./decompress.ts";
export * from "./error.ts";
export { inspectHtml } from "./html/inspection.ts";
export { mapHtml } from "./html/map.ts";
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
export { ImageMemory, type Segment } from "./memory.ts";
export { type ByteSource, MemorySource } from "./source.ts";
