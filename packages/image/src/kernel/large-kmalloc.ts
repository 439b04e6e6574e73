import { KASAN_PAGE_REDZONE, shadowOf } from "@kasan/shadow";
import type { Kernel } from "./kernel.ts";
import { slabsOf } from "./object.ts";
import { compoundOrder, pagesOf } from "./page-dump.ts";

/** A kmalloc that is too large for slabs, and has pages of its own (`___kmalloc_large_node` in mm/slub.c). */
export interface LargeKmalloc {
  /** Its first address. */
  readonly address: bigint;
  /** Its pages. */
  readonly pages: number;
  /** Bytes that were asked for. */
  readonly allocSize: number;
}

/** A compound page, or a page alone. */
export interface CompoundPage {
  /** Its first address in the direct map. */
  readonly address: bigint;
  /** Its first descriptor. */
  readonly head: bigint;
  /** Its pages. */
  readonly pages: number;
}

/** log2 of the pages that are believed at most; kernels allow 10 (`MAX_PAGE_ORDER`), with huge pages 18. */
const MOST_ORDER = 18;
/** Shadow that is read at a time. */
const CHUNK = 65536;

/**
 * The large kmalloc that an address of the direct map lies in, redzone included. It is known by its redzone, from the end of what was asked
 * for to the end of a compound page. `undefined` if there is none: also if all of the pages was asked for, or it was freed.
 *
 * @throws ImageError if the kernel's structures are not known
 */
export function largeKmallocAt(kernel: Kernel, address: bigint): LargeKmalloc | undefined {
  const found = compoundPageAt(kernel, address);
  if (!found || found.pages === 1 || slabsOf(kernel).slabOf(found.head)) return undefined;
  const allocSize = sizeBeforeRedzone(kernel, found.address, found.pages * pagesOf(kernel).pageBytes);
  return allocSize === undefined ? undefined : { address: found.address, pages: found.pages, allocSize };
}

/**
 * The compound page that an address of the direct map lies in, or its page alone. `undefined` elsewhere.
 *
 * @throws ImageError if the kernel's structures are not known
 */
export function compoundPageAt(kernel: Kernel, address: bigint): CompoundPage | undefined {
  const { image } = kernel;
  const { pageOffset, directMapEnd } = image.architecture.layout;
  const physical = address < pageOffset || address > directMapEnd ? -1 : image.translate(address);
  if (physical < 0) return undefined;
  const pages = pagesOf(kernel);
  const page = pages.descriptorOf(physical);
  const head = pages.headOf(page);
  const count = 2 ** Math.min(compoundOrder(kernel, head), MOST_ORDER);
  return { address: pages.startOf(address, page, head), head, pages: count };
}

/** Bytes up to the redzone that reaches to the end of `bytes`; `undefined` if there is none. */
function sizeBeforeRedzone({ image, memory }: Kernel, start: bigint, bytes: number): number | undefined {
  const { shadow } = image;
  if (!shadow) return undefined;
  const { granule } = shadow;
  const first = shadowOf(shadow, start);
  const granules = bytes / granule;
  for (let left = granules; left > 0; left -= Math.min(CHUNK, left)) {
    const part = memory.bytes(first + BigInt(left - Math.min(CHUNK, left)), Math.min(CHUNK, left));
    const last = lastBefore(part);
    if (last < 0) continue;
    const before = left - part.length + last;
    if (before === granules - 1 && !isPartial(image.kasan, part[last]!, granule)) return undefined;
    return before * granule + (isPartial(image.kasan, part[last]!, granule) ? part[last]! : granule);
  }
  return undefined;
}

/** The index of the last byte that is no redzone's; -1 if there is none. */
function lastBefore(shadow: Uint8Array): number {
  let last = shadow.length - 1;
  while (last >= 0 && shadow[last] === KASAN_PAGE_REDZONE) last--;
  return last;
}

/** Whether a shadow byte allows the first bytes of its granule only. */
const isPartial = (mode: string, byte: number, granule: number) => mode === "generic" && byte > 0 && byte < granule;
