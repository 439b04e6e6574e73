import { PAGE_SIZE, PAGES } from "./address.ts";
import { type ShadowLayout, shadowOffsetOf, shadowVpnOf } from "./layout.ts";
import { firstDifferent, type ShadowView } from "./scan.ts";

/** The access is allowed. */
export const ACCESS_OK = 0;
/** The access touches memory that it must not touch. */
export const ACCESS_BAD = 1;
/** A shadow page that the check needs is not mapped: a real kernel would take a page fault in the check itself. */
export const ACCESS_SHADOW_FAULT = 2;
/** The result of a check. */
export type AccessResult = typeof ACCESS_OK | typeof ACCESS_BAD | typeof ACCESS_SHADOW_FAULT;

/** Looks up pages of shadow. There is one object per CPU or machine. Hot paths call it, so it must not allocate. */
export interface ShadowPages {
  /** The buffer that holds all shadow pages. */
  readonly view: ShadowView;
  /** Index in `view.bytes` of the first byte of the shadow page with this page number, or -1 if it is not mapped. */
  indexOf(shadowVpn: number): number;
}

/** The work object that a check fills in, made once by {@link createFound} and reused. */
export interface Found {
  /** Page number of the first bad address, or of the first address whose shadow is not mapped. */
  vpn: number;
  /** Offset of that address in its page, 0 … 4095. */
  offset: number;
  /** Its shadow byte; -1 if none was read, because it has none or the access runs past the end of the address space. */
  shadow: number;
}

/** Makes the work object for {@link checkAccess} and {@link checkTags}. */
export function createFound(): Found {
  return { vpn: 0, offset: 0, shadow: -1 };
}

/**
 * Generic mode's check of an access of `size` bytes at byte `offset` (0 … 4095) of page `vpn`, of any alignment, across
 * any number of granules and pages: `kasan_check_range` in `mm/kasan/generic.c`. An access that runs past the end of the
 * address space (a negative size does) is bad, as is one to memory below the layout's `memoryStart`; of size 0, none is.
 *
 * If the answer is not `ACCESS_OK`, `found` holds the first bad address as the kernel defines it
 * (`kasan_find_first_bad_addr`): the address of the access, plus whole granules up to the first whose shadow is not 0. So
 * an access that starts in a partial granule is bad from its own first byte on.
 *
 * Makes no garbage.
 */
export function checkAccess(
  layout: ShadowLayout,
  pages: ShadowPages,
  vpn: number,
  offset: number,
  size: number,
  found: Found,
): AccessResult {
  const result = scanShadow(layout, pages, vpn, offset, size, 0, found);
  if (result !== ACCESS_BAD || found.shadow < 0) return result;
  const lastByte = offset + size - 1;
  return granuleOf(found, vpn, layout.granule) === Math.floor(lastByte / layout.granule) &&
    isAccessible(found.shadow, lastByte & (layout.granule - 1))
    ? ACCESS_OK
    : ACCESS_BAD;
}

/**
 * Finds the first granule of an access whose shadow byte is not `expected`. For the checks of this package: most callers
 * want {@link checkAccess} or `checkTags`.
 *
 * @returns `ACCESS_BAD` with `found` filled in if there is one, or if the access has no shadow or no end.
 */
export function scanShadow(
  layout: ShadowLayout,
  pages: ShadowPages,
  vpn: number,
  offset: number,
  size: number,
  expected: number,
  found: Found,
): AccessResult {
  if (size === 0) return ACCESS_OK;
  if (vpn < layout.memoryStartVpn || isPastEnd(vpn, offset, size)) {
    fill(found, vpn, offset, -1);
    return ACCESS_BAD;
  }

  const granules = Math.floor((offset + size - 1) / layout.granule) - Math.floor(offset / layout.granule) + 1;
  let shadowVpn = shadowVpnOf(layout, vpn, offset);
  let shadowOffset = shadowOffsetOf(layout, vpn, offset);
  for (let done = 0; done < granules; ) {
    const page = pages.indexOf(shadowVpn);
    if (page < 0) {
      fill(found, vpn, offset + done * layout.granule, -1);
      return ACCESS_SHADOW_FAULT;
    }
    const first = page + shadowOffset;
    const count = Math.min(granules - done, PAGE_SIZE - shadowOffset);
    const hit = firstDifferent(pages.view, first, first + count, expected);
    if (hit >= 0) {
      fill(found, vpn, offset + (done + hit - first) * layout.granule, pages.view.bytes[hit]!);
      return ACCESS_BAD;
    }
    done += count;
    shadowOffset = 0;
    shadowVpn = shadowVpn + 1 < PAGES ? shadowVpn + 1 : 0;
  }
  return ACCESS_OK;
}

/** Whether the end (exclusive) of an access is not a 64-bit address. One that ends at the last byte is such, as in the kernel. */
export function isPastEnd(vpn: number, offset: number, size: number): boolean {
  return vpn + Math.floor((offset + size) / PAGE_SIZE) >= PAGES;
}

/** Granules from the start of page `vpn` to the found address. */
function granuleOf(found: Found, vpn: number, granule: number): number {
  return Math.floor(((found.vpn - vpn) * PAGE_SIZE + found.offset) / granule);
}

function fill(found: Found, vpn: number, offset: number, shadow: number): void {
  found.vpn = vpn + Math.floor(offset / PAGE_SIZE);
  found.offset = offset % PAGE_SIZE;
  found.shadow = shadow;
}

/**
 * Whether generic mode lets byte `offset` (0 … granule-1) of a granule with this shadow byte be accessed. Shadow bytes
 * are signed: what is negative is poison.
 */
export function isAccessible(shadow: number, offset: number): boolean {
  return shadow === 0 || offset < (shadow << 24) >> 24;
}

/**
 * Whether the start of a granule with this shadow byte is accessible: `kasan_byte_accessible` in `mm/kasan/generic.c`,
 * which is how the kernel recognises a double-free.
 */
export function isByteAccessible(shadow: number, granule = 8): boolean {
  return shadow < granule;
}

/**
 * The check of an access on one run of shadow bytes: `view.bytes[index]` describes the granule that holds the first byte,
 * which is byte `inGranule` (0 … granule-1) of it. The caller sees to it that the whole access has its shadow in `view`.
 *
 * @returns How many bytes after the first byte of the access the first bad address lies (see {@link checkAccess}), or -1
 * if the access is allowed. It can lie up to a granule past the access's end, in the granule of its last byte.
 */
export function firstBad(view: ShadowView, index: number, inGranule: number, size: number, granule = 8): number {
  if (size <= 0) return -1;
  const lastByte = inGranule + size - 1;
  const last = index + Math.floor(lastByte / granule);
  const hit = firstDifferent(view, index, last + 1, 0);
  if (hit < 0 || (hit === last && isAccessible(view.bytes[hit]!, lastByte & (granule - 1)))) return -1;
  return (hit - index) * granule;
}

/** The shadow byte of byte `offset` (0 … 4095) of page `vpn`, or -1 if its shadow is not mapped. */
export function shadowByteAt(layout: ShadowLayout, pages: ShadowPages, vpn: number, offset: number): number {
  const page = pages.indexOf(shadowVpnOf(layout, vpn, offset));
  return page < 0 ? -1 : pages.view.bytes[page + shadowOffsetOf(layout, vpn, offset)]!;
}

/**
 * The size in bytes that a slab object was allocated with, as its shadow tells: `kasan_get_alloc_size` in
 * `mm/kasan/report_generic.c`. 0 for a freed object. `shadow[index]` describes the object's first granule.
 *
 * @param objectSize Size of the cache's objects, which is the answer if the shadow has no end before it.
 */
export function allocSize(shadow: Uint8Array, index: number, objectSize: number, granule = 8): number {
  for (let size = 0; size < objectSize; size += granule) {
    const byte = shadow[index++]!;
    if (byte !== 0) return byte < granule ? size + byte : size;
  }
  return objectSize;
}
