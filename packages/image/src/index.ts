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
export { findReferences, type Reference, type References, type ReferringObject } from "./find/find.ts";
export type { FreedList } from "./find/member.ts";
export { type ObjectPointer, type PointedObject, pointersIn } from "./find/pointers.ts";
export { referencesJson, referencesText } from "./find/text.ts";
export {
  type Finding,
  type FoundArea,
  type FoundFrame,
  type FoundLife,
  type FoundOwner,
  type FoundPerCpu,
  type FoundStack,
  findObject,
  findOut,
} from "./finding/finding.ts";
export { findingJson } from "./finding/json.ts";
export { findingText } from "./finding/text.ts";
export { HEAD_BYTES, type ImageFormat, type OpenedImage, type Opening, type PhysicalSource } from "./formats/format.ts";
export { formats } from "./formats/index.ts";
export { type Segment, SegmentedMemory } from "./formats/segments.ts";
export { inspectHtml } from "./html/inspection.ts";
export { mapHtml } from "./html/map.ts";
export { referencesHtml } from "./html/references.ts";
export { scanHtml } from "./html/scan.ts";
export type { MachineOptions } from "./identify.ts";
export { type ImageOptions, MemoryImage, openImage } from "./image.ts";
export * from "./inspect/inspect.ts";
export { inspectJson } from "./inspect/json.ts";
export { inspectText, spellByte, spellPermissions } from "./inspect/text.ts";
export { type AccessOptions, type Verdict, verdictOf } from "./inspect/verdict.ts";
export type { FileMapping } from "./kernel/file-mapping.ts";
export { frameOf } from "./kernel/frames.ts";
export { type GivenData, Kernel } from "./kernel/kernel.ts";
export type { KernelImage } from "./kernel/kernel-image.ts";
export type { LargeKmalloc } from "./kernel/large-kmalloc.ts";
export { type SlabObject, slabObjects } from "./kernel/neighbours.ts";
export type { ObjectState } from "./kernel/object.ts";
export { isPerCpu, perCpuCopy } from "./kernel/percpu.ts";
export { type KernelTask, tasksOf } from "./kernel/tasks.ts";
export { type AreaKind, type VmallocArea, vmallocAreaAt, vmallocAreas } from "./kernel/vmalloc.ts";
export { type KernelConfig, parseKernelConfig } from "./kernel-config.ts";
export { type Alias, aliasesOf } from "./listing/aliases.ts";
export { type FilteredLine, filterImage, type ListingFilter } from "./listing/filter.ts";
export { lineJson, machineJson } from "./listing/json.ts";
export type { Extent, ListingLine, MarkerLine, RangeLine, SkippedLine } from "./listing/lines.ts";
export { formatOf, listImage, spellLine } from "./listing/listing.ts";
export { callerName, type KernelLog, type LogRecord, type LogTextOptions, logText } from "./log/log-record.ts";
export type { ImageHints, ImageMachine } from "./machine.ts";
export { ImageMemory } from "./memory.ts";
export { type FileOptions, openSource, unpacked } from "./open.ts";
export { reconstructReport, styleOf } from "./report/reconstruct.ts";
export { scanJson } from "./scan/json.ts";
export type { CacheCount, Holder, OddObject } from "./scan/objects.ts";
export { type NamedHolder, type Scan, type ScanProgress, scan } from "./scan/scan.ts";
export type { ShadowCount } from "./scan/shadow.ts";
export { scanText } from "./scan/text.ts";
export type { KeptShadow } from "./scan/vmalloc-shadow.ts";
export { type ByteSource, MemorySource } from "./source.ts";
export { ElfFile, type ElfSection, type ElfSymbol } from "./symbols/elf-file.ts";
export {
  type KernelSymbol,
  type SymbolColumns,
  type SymbolPlace,
  SymbolTable,
  spellPlace,
} from "./symbols/symbol-table.ts";
export { parseSystemMap } from "./symbols/system-map.ts";
export { KernelFile } from "./symbols/vmlinux.ts";
export { Btf, type BtfKind, type BtfMember, type BtfType, type BtfValue } from "./types/btf.ts";
export { isKernelObject, spellValue } from "./types/spell-value.ts";
export { type KernelObject, KernelType, type TypedMemory } from "./types/typed.ts";
export { type Translated, VirtualMemory } from "./virtual.ts";
export { VmcoreInfo } from "./vmcoreinfo.ts";
