import type { Architecture, MappedPages } from "@kasan/mmu";
import { PAGE_SIZE, vpnOf } from "@kasan/shadow";
import { PAGE_STRUCT_BYTES } from "../mm/page-descriptors.ts";

/** Below this lies what firmware would own; the kernel leaves it alone. */
const LOW_MEMORY = 2 ** 20;

/** What boot puts where in RAM. Physical addresses and bytes. */
export interface MemoryMap {
  /** Page frames. */
  readonly frames: number;
  /** Where the page descriptors lie. */
  readonly descriptors: number;
  /** Bytes of the page descriptors, whole pages. */
  readonly descriptorBytes: number;
  /** Where the direct map's shadow lies; the end of the descriptors if there is none. */
  readonly directShadow: number;
  /** Bytes of the direct map's shadow. */
  readonly directShadowBytes: number;
  /** Page frames that go to the page allocator: first, and the one behind the last. */
  readonly free: readonly (readonly [from: number, to: number])[];
}

/**
 * Lays out RAM: page descriptors, then the direct map's shadow, aligned so that the largest pages that it fills map it; the
 * page allocator gets the rest.
 *
 * @param architecture - whose pages the shadow is aligned to
 * @param memoryBytes - RAM
 * @param granule - bytes of memory that a byte of shadow describes, a page with a per-page scheme; 0: there is no shadow
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

/** What boot maps besides shadow: all of RAM, and the page descriptors. */
export function bootMappings({ layout, pageShift }: Architecture, map: MemoryMap): Required<MappedPages>[] {
  return [
    { vpn: vpnOf(layout.pageOffset), pages: map.frames * 2 ** (pageShift - 12), physical: 0 },
    { vpn: vpnOf(layout.vmemmap), pages: map.descriptorBytes / PAGE_SIZE, physical: map.descriptors },
  ];
}

/** Bytes of the largest page that `bytes` bytes fill. */
function largestPage({ levels, pageShift }: Architecture, bytes: number): number {
  const fitting = levels.filter(({ leaf, shift }) => leaf && 2 ** shift <= bytes);
  return Math.max(2 ** pageShift, ...fitting.map(({ shift }) => 2 ** shift));
}
