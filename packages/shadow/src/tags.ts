import { truncateAddress } from "./address.ts";
import { ACCESS_OK, type AccessResult, type Found, isPastEnd, type ShadowPages, scanShadow } from "./check.ts";
import type { ShadowLayout } from "./layout.ts";
import { KASAN_TAG_INVALID, KASAN_TAG_KERNEL, type KasanMode } from "./poison.ts";

/** The highest tag that is given to an object. */
export const KASAN_TAG_MAX = 0xfd;

/** The lowest tag that is given to an object in `mode`: hardware has four bits for it. */
export function minTag(mode: KasanMode): number {
  return mode === "hw_tags" ? 0xf0 : 0x00;
}

/** Pages whose addresses differ in the tag only: 2^56 bytes. */
const TAG_STRIDE = 2 ** 44;

/** The tag of a pointer, its top byte: 0 … 255. */
export function tagOf(pointer: bigint): number {
  return Number(truncateAddress(pointer) >> 56n);
}

/** `pointer` with its top byte replaced by `tag` (0 … 255). */
export function withTag(pointer: bigint, tag: number): bigint {
  return (BigInt(tag & 0xff) << 56n) | BigInt.asUintN(56, pointer);
}

/** The address that a tagged pointer points to: `kasan_reset_tag`, which extends bit 55 as arm64 does. */
export function resetTag(pointer: bigint): bigint {
  return truncateAddress(BigInt.asIntN(56, pointer));
}

/** {@link tagOf} for the page number of a tagged pointer. */
export function tagOfVpn(vpn: number): number {
  return Math.floor(vpn / TAG_STRIDE);
}

/** {@link resetTag} for the page number of a tagged pointer. */
export function resetTagOfVpn(vpn: number): number {
  const untagged = vpn % TAG_STRIDE;
  return untagged < TAG_STRIDE / 2 ? untagged : untagged + 0xff * TAG_STRIDE;
}

/** Whether a pointer of `tag` may access memory of `memoryTag`. */
export function tagsMatch(tag: number, memoryTag: number): boolean {
  return tag === KASAN_TAG_KERNEL || tag === memoryTag;
}

/**
 * The check of the tag-based modes: every granule that the access touches must have the pointer's `tag`
 * (`kasan_check_range` in `mm/kasan/sw_tags.c`). `vpn` is the page number without the tag ({@link resetTagOfVpn}). The rest is as
 * in {@link checkAccess}: the first bad address is that of the access plus whole granules up to the first mismatch.
 *
 * Makes no garbage.
 */
export function checkTags(
  layout: ShadowLayout,
  pages: ShadowPages,
  tag: number,
  vpn: number,
  offset: number,
  size: number,
  found: Found,
): AccessResult {
  if (tag === KASAN_TAG_KERNEL && !isPastEnd(vpn, offset, size)) return ACCESS_OK;
  return scanShadow(layout, pages, vpn, offset, size, tag, found);
}

/**
 * The size in bytes, in whole granules, that a slab object was allocated with, as its tags tell: `kasan_get_alloc_size`
 * in `mm/kasan/report_sw_tags.c`. 0 for a freed object. `tags[index]` is the tag of the object's first granule.
 */
export function taggedAllocSize(tags: Uint8Array, index: number, objectSize: number, granule = 16): number {
  for (let size = 0; size < objectSize; size += granule) {
    if (tags[index++] === KASAN_TAG_INVALID) return size;
  }
  return objectSize;
}
