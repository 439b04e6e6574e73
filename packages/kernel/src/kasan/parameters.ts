import { NO_ZEROING, type Zeroing } from "../mm/zeroing.ts";

/** When a tag mismatch is noticed: at the access (sync) or later (async); `asymm`: reads at the access, writes later. */
export type TagCheckMode = "sync" | "async" | "asymm";

/**
 * Parameters of a kernel's command line: those of KASAN (Documentation/dev-tools/kasan.rst), those that fill memory with zeros, and
 * what `%p` prints (Documentation/admin-guide/kernel-parameters.txt).
 */
export interface BootParameters extends Zeroing {
  /** `kasan`: whether hardware tags are used. */
  readonly enabled: boolean;
  /** `kasan.mode`: how hardware tags are checked. */
  readonly mode: TagCheckMode;
  /** `kasan.vmalloc`: whether vmalloc areas get hardware tags. */
  readonly vmalloc: boolean;
  /** `kasan.write_only`: whether hardware tags are checked for writes only. Kernels later than 6.12. */
  readonly writeOnly: boolean;
  /** `kasan.page_alloc.sample`: one in this many page allocations gets a hardware tag. */
  readonly pageAllocSample: number;
  /** `kasan.page_alloc.sample.order`: sampling applies from this order up; smaller allocations always get a tag. */
  readonly pageAllocSampleOrder: number;
  /** `kasan.stacktrace`: whether the tag-based modes save allocation and free stacks. */
  readonly stacktrace: boolean;
  /** `kasan.fault`: whether a report is followed by a panic. */
  readonly fault: "report" | "panic" | "panic_on_write";
  /** `kasan_multi_shot`: every bug is reported; undefined: the machine's options decide. */
  readonly multiShot?: boolean;
  /** `no_hash_pointers`: whether `%p` prints addresses, not a hash of them. */
  readonly noHashPointers: boolean;
}

/** The parameters of an empty command line. */
export const DEFAULT_BOOT_PARAMETERS: BootParameters = {
  enabled: true,
  mode: "sync",
  vmalloc: true,
  writeOnly: false,
  pageAllocSample: 1,
  pageAllocSampleOrder: 3,
  stacktrace: true,
  fault: "report",
  noHashPointers: false,
  ...NO_ZEROING,
};
