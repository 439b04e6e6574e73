import { type Architecture, regionOf } from "@kasan/mmu";

/**
 * Addresses reserved for a kernel image in vmalloc space, including each CPU's copy of its data. Not a round number, so that the
 * first areas and the first modules, which are 2 GB apart, do not share TLB slots.
 */
const IMAGE_BYTES = 2n ** 28n + 2n ** 23n;

/** A range of addresses, both inclusive. */
export interface AddressRange {
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
}

/**
 * The addresses where the kernel image may lie: in its own region (x86), at the start of vmalloc space (arm64), or in the direct map
 * ({@link imageInDirectMap}).
 */
export function imageRange({ layout, regions }: Architecture): AddressRange {
  const { kernelText, vmallocStart, vmallocEnd } = layout;
  const inVmalloc = kernelText >= vmallocStart && kernelText <= vmallocEnd;
  return { start: kernelText, end: inVmalloc ? kernelText + IMAGE_BYTES - 1n : regionOf(regions, kernelText).end };
}

/** Whether the kernel image lies in the direct map (32-bit PowerPC) and uses its shadow. */
export function imageInDirectMap({ layout }: Architecture): boolean {
  return layout.kernelText >= layout.pageOffset && layout.kernelText <= layout.directMapEnd;
}

/** The addresses where vmalloc areas may lie. If the image is in vmalloc space, they start after it. */
export function areasRange(architecture: Architecture): AddressRange {
  const { vmallocStart, vmallocEnd } = architecture.layout;
  const image = imageRange(architecture);
  return { start: image.start === vmallocStart ? image.end + 1n : vmallocStart, end: vmallocEnd };
}
