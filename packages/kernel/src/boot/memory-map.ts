import type { Architecture, MappedPages } from "@kasan/mmu";
import { PAGE_SIZE, vpnOf } from "@kasan/shadow";
import { PAGE_STRUCT_BYTES } from "../mm/page-descriptors.ts";

/** End of the memory that firmware would own; the kernel does not use it. */
const LOW_MEMORY = 2 ** 20;

/** Layout of RAM at boot. Physical addresses and bytes. */
export interface MemoryMap {
  /** Number of page frames. */
  readonly frames: number;
  /** Address of the page descriptors. */
  readonly descriptors: number;
  /** Size of the page descriptors in bytes, rounded up to whole pages. */
  readonly descriptorBytes: number;
  /** Address of the direct map's shadow; the end of the descriptors if there is none. */
  readonly directShadow: number;
  /** Size of the direct map's shadow in bytes. */
  readonly directShadowBytes: number;
  /** Ranges of page frames for the page allocator: the first, and the one after the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
}

/**
 * Lays out RAM: page descriptors, then the direct map's shadow, aligned so that the largest pages it fills can map it. The page
 * allocator gets the rest.
 *
 * @param architecture - determines the page sizes that the shadow is aligned to
 * @param memoryBytes - size of RAM
 * @param granule - bytes of memory that a byte of shadow describes, a page with a per-page scheme; 0: no shadow
 */
export function memoryMap(architecture: Architecture, memoryBytes: number, granule: number): MemoryMap {
  const pageSize = 2 ** architecture.pageShift;
  const frames = memoryBytes / pageSize;
  const descriptors = LOW_MEMORY;
  const descriptorBytes = Math.ceil((frames * PAGE_STRUCT_BYTES) / pageSize) * pageSize;
  const end = descriptors + descriptorBytes;
  const directShadowBytes = granule === 0 ? 0 : Math.ceil(memoryBytes / granule / pageSize) * pageSize;
  const align = largestPage(architecture, directShadowBytes);
  const directShadow = granule === 0 ? end : Math.ceil(end / align) * align;
  const free = [
    [end / pageSize, directShadow / pageSize],
    [(directShadow + directShadowBytes) / pageSize, frames],
  ] as const;
  return { frames, descriptors, descriptorBytes, directShadow, directShadowBytes, free };
}

/** Mappings that boot makes besides shadow: all of RAM, and the page descriptors. */
export function bootMappings({ layout, pageShift }: Architecture, map: MemoryMap): Required<MappedPages>[] {
  return [
    { vpn: vpnOf(layout.pageOffset), pages: map.frames * 2 ** (pageShift - 12), physical: 0 },
    { vpn: vpnOf(layout.vmemmap), pages: map.descriptorBytes / PAGE_SIZE, physical: map.descriptors },
  ];
}

/** Size of the largest page that fits in `bytes` bytes. */
function largestPage({ levels, pageShift }: Architecture, bytes: number): number {
  const fitting = levels.filter(({ leaf, shift }) => leaf && 2 ** shift <= bytes);
  return Math.max(2 ** pageShift, ...fitting.map(({ shift }) => 2 ** shift));
}
