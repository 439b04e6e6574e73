import { formatAddress } from "@kasan/shadow";
import type { Span } from "./architecture.ts";
import { MmuError } from "./error.ts";

/** The last address there is. */
const LAST = (1n << 64n) - 1n;

/**
 * Named addresses of a kernel's address space, without randomization. Each `…End` is the last byte of its area, also
 * where a kernel's constant of that name is one more.
 */
export interface AddressLayout {
  /** The address at which the direct map maps physical address 0: `PAGE_OFFSET`. */
  readonly pageOffset: bigint;
  /** The last byte that the direct map can use. */
  readonly directMapEnd: bigint;
  /** First byte of vmalloc space: `VMALLOC_START`. */
  readonly vmallocStart: bigint;
  /** Last byte of vmalloc space. */
  readonly vmallocEnd: bigint;
  /** First byte of the array of `struct page`: `vmemmap`. */
  readonly vmemmap: bigint;
  /** First byte of KASAN's shadow: `KASAN_SHADOW_START`. */
  readonly shadowStart: bigint;
  /** Last byte of KASAN's shadow. */
  readonly shadowEnd: bigint;
  /** The address of the shadow of address 0: `KASAN_SHADOW_OFFSET`. */
  readonly shadowOffset: bigint;
  /** log2 of the bytes that a shadow byte describes: `KASAN_SHADOW_SCALE_SHIFT`. */
  readonly shadowScaleShift: number;
  /**
   * First byte of the kernel image. It lies in a region of its own, at the start of vmalloc space, or in the direct map. Guests run
   * only if it lies in one of the first two.
   */
  readonly kernelText: bigint;
  /** First byte of module space: `MODULES_VADDR`. */
  readonly moduleStart: bigint;
  /** Last byte of module space. */
  readonly moduleEnd: bigint;
  /** The first address that is not user space's: `TASK_SIZE_MAX`. */
  readonly taskSizeMax: bigint;
}

/** A part of the address space. */
export interface Region {
  /** A few words: `vmalloc`, `hole`, `non-canonical`. Holes share their names. */
  readonly name: string;
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
  /** Its purpose. */
  readonly description: string;
  /** `hole`: canonical, but used for nothing. `non-canonical`: no address at all. */
  readonly kind: "used" | "hole" | "non-canonical";
}

/**
 * Completes a list of regions (ascending, disjoint) with the holes between them and the addresses outside `spans`.
 *
 * @returns Regions that together are every address from 0 to 2^64-1.
 */
export function withHoles(regions: readonly Region[], spans: readonly Span[]): Region[] {
  const complete: Region[] = [];
  let next = 0n;
  const skipTo = (start: bigint, kind: "hole" | "non-canonical") => {
    if (next < start) complete.push({ ...GAP[kind], kind, start: next, end: start - 1n });
    if (next < start) next = start;
  };
  for (const span of joined(spans)) {
    const start = BigInt(span.start) << 12n;
    const end = (BigInt(span.end) << 12n) + 0xfffn;
    skipTo(start, "non-canonical");
    for (const region of regions) {
      if (region.start < start || region.end > end) continue;
      skipTo(region.start, "hole");
      complete.push(region);
      next = region.end + 1n;
    }
    skipTo(end + 1n, "hole");
  }
  skipTo(LAST + 1n, "non-canonical");
  return complete;
}

/** The runs of canonical addresses: spans that touch are one, whichever roots serve them. */
function joined(spans: readonly Span[]): Pick<Span, "start" | "end">[] {
  const runs: { start: number; end: number }[] = [];
  for (const { start, end } of spans) {
    const last = runs.at(-1);
    if (last && last.end + 1 === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}

const GAP = {
  hole: { name: "hole", description: "unused" },
  "non-canonical": { name: "non-canonical", description: "addresses that the processor rejects" },
} as const;

/**
 * The region that `address` (0 … 2^64-1) lies in. `regions` must cover it, as {@link Architecture.regions} does.
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { regionOf } from "@kasan/mmu";
 *
 * console.log(regionOf(x86_64({ levels: 4 }).regions, 0xffffed1000000000n).name); // KASAN shadow
 * ```
 * @throws {@link MmuError} `RANGE` if no region contains it.
 */
export function regionOf(regions: readonly Region[], address: bigint): Region {
  let low = 0;
  let high = regions.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (regions[middle]!.start <= address) low = middle;
    else high = middle - 1;
  }
  const region = regions[low];
  if (region === undefined || address < region.start || address > region.end) {
    throw new MmuError("RANGE", `no region contains ${formatAddress(address)}; give regions that cover it`);
  }
  return region;
}
