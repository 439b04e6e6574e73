/** Which accesses tag checks stop at once (sync), or notice later (async); `asymm`: reads at once, writes later. */
export type TagCheckMode = "sync" | "async" | "asymm";

/** What a kernel's command line says of KASAN (Documentation/dev-tools/kasan.rst). */
export interface BootParameters {
  /** `kasan`: whether hardware tags are used at all. */
  readonly enabled: boolean;
  /** `kasan.mode`: how hardware tags are checked. */
  readonly mode: TagCheckMode;
  /** `kasan.vmalloc`: whether hardware tags are given to vmalloc areas. */
  readonly vmalloc: boolean;
  /** `kasan.write_only`: whether writes alone are checked, by hardware tags. Of kernels later than 6.12. */
  readonly writeOnly: boolean;
  /** `kasan.page_alloc.sample`: of allocations of pages, every so manieth gets a tag of the hardware. */
  readonly pageAllocSample: number;
  /** `kasan.page_alloc.sample.order`: of smaller ones, each. */
  readonly pageAllocSampleOrder: number;
  /** `kasan.stacktrace`: whether the tag-based modes save stacks of allocations and frees. */
  readonly stacktrace: boolean;
  /** `kasan.fault`: whether a report is followed by a panic. */
  readonly fault: "report" | "panic" | "panic_on_write";
  /** `kasan_multi_shot`: every bug is reported; undefined: as the machine's options say. */
  readonly multiShot?: boolean;
}

/** A kernel's command line that says nothing of KASAN. */
export const DEFAULT_BOOT_PARAMETERS: BootParameters = {
  enabled: true,
  mode: "sync",
  vmalloc: true,
  writeOnly: false,
  pageAllocSample: 1,
  pageAllocSampleOrder: 3,
  stacktrace: true,
  fault: "report",
};
