import { ADDRESSES, checkAddress, hex, PAGE_SIZE, PAGES, truncateAddress, vpnOf } from "./address.ts";
import { ShadowError } from "./error.ts";

/**
 * The position of the shadow of each address: `shadow = (address >> scaleShift) + offset`, modulo 2^64.
 * Plain data, made by {@link shadowLayout}; the last three fields are derived, for hot paths.
 */
export interface ShadowLayout {
  /** log2 of {@link ShadowLayout.granule | granule}: 3 in generic mode, 4 in the tag-based modes. */
  readonly scaleShift: number;
  /** `KASAN_SHADOW_OFFSET`: the address of the shadow of address 0. */
  readonly offset: bigint;
  /** The first address that KASAN watches. Its shadow is `KASAN_SHADOW_START`. */
  readonly memoryStart: bigint;
  /** The end (exclusive, at most 2^64) of what KASAN watches. Its shadow is `KASAN_SHADOW_END`. */
  readonly memoryEnd: bigint;
  /** Bytes of memory that one shadow byte describes. */
  readonly granule: number;
  /** Page number of {@link ShadowLayout.offset | offset}. */
  readonly offsetVpn: number;
  /** The offset of {@link ShadowLayout.offset | offset} in its page; 0 in every kernel so far. */
  readonly offsetInPage: number;
  /** Page number of {@link ShadowLayout.memoryStart | memoryStart}. */
  readonly memoryStartVpn: number;
}

/** The input of a shadow layout; see the fields of the same names in {@link ShadowLayout}. */
export interface ShadowLayoutOptions {
  /** 3 … 7: granules of 8 … 128 bytes. A partial granule of more would not fit a signed byte. */
  scaleShift: number;
  /** `KASAN_SHADOW_OFFSET`, 0 … 2^64-1. */
  offset: bigint;
  /** Start of a page; 0 by default. */
  memoryStart?: bigint;
  /** Exclusive; 2^64 by default. */
  memoryEnd?: bigint;
}

/**
 * Makes a layout.
 *
 * @throws {@link ShadowError} `SHADOW_LAYOUT` or `ADDRESS_RANGE` if a field is out of range.
 */
export function shadowLayout(options: ShadowLayoutOptions): ShadowLayout {
  const { scaleShift, memoryStart = 0n, memoryEnd = ADDRESSES } = options;
  const offset = checkAddress(options.offset);
  if (!Number.isInteger(scaleShift) || scaleShift < 3 || scaleShift > 7) {
    throw new ShadowError(
      "SHADOW_LAYOUT",
      `a shadow scale shift is 3 (generic) or 4 (tags), at most 7, not ${scaleShift}`,
    );
  }
  if (memoryStart < 0n || memoryEnd > ADDRESSES || memoryStart >= memoryEnd || memoryStart % BigInt(PAGE_SIZE) !== 0n) {
    const range = `${hex(memoryStart)} … ${hex(memoryEnd)}`;
    throw new ShadowError("SHADOW_LAYOUT", `watched memory ${range} must start on a page and lie within 0 … 2^64`);
  }
  return {
    scaleShift,
    offset,
    memoryStart,
    memoryEnd,
    granule: 2 ** scaleShift,
    offsetVpn: vpnOf(offset),
    offsetInPage: Number(offset % BigInt(PAGE_SIZE)),
    memoryStartVpn: vpnOf(memoryStart),
  };
}

/** Generic mode on x86-64 with 4-level page tables (`arch/x86/include/asm/kasan.h`). */
export const X86_64_GENERIC: ShadowLayout = shadowLayout({
  scaleShift: 3,
  offset: 0xdffffc0000000000n,
  memoryStart: 0xffff800000000000n,
});

/** The address of the shadow byte of `address` (0 … 2^64-1); `kasan_mem_to_shadow` in `include/linux/kasan.h`. */
export function shadowOf(layout: ShadowLayout, address: bigint): bigint {
  return truncateAddress((address >> BigInt(layout.scaleShift)) + layout.offset);
}

/**
 * The first address of the granule that the shadow byte at `shadowAddress` describes; `kasan_shadow_to_mem` in
 * `include/linux/kasan.h`. Like there, bits that leave the 64 are dropped: an address that is no shadow has an answer too.
 */
export function addressOfShadow(layout: ShadowLayout, shadowAddress: bigint): bigint {
  return truncateAddress(truncateAddress(shadowAddress - layout.offset) << BigInt(layout.scaleShift));
}

/** Whether `address` is shadow: `addr_in_shadow` in `mm/kasan/kasan.h`. */
export function isShadow(layout: ShadowLayout, address: bigint): boolean {
  const start = shadowOf(layout, layout.memoryStart);
  const size = (layout.memoryEnd - layout.memoryStart) >> BigInt(layout.scaleShift);
  return truncateAddress(address - start) < size;
}

/** Whether `address` has shadow: `addr_has_metadata` in `mm/kasan/kasan.h`, which looks at the lower bound only. */
export function hasShadow(layout: ShadowLayout, address: bigint): boolean {
  return address >= layout.memoryStart;
}

/** Page number of the shadow byte of byte `offset` (0 … 4095) of page `vpn`. {@link shadowOf} without BigInt. */
export function shadowVpnOf(layout: ShadowLayout, vpn: number, offset: number): number {
  let shadowVpn = Math.floor(vpn / layout.granule) + layout.offsetVpn;
  if (layout.offsetInPage !== 0 && layout.offsetInPage + shadowRemainder(layout, vpn, offset) >= PAGE_SIZE) shadowVpn++;
  return shadowVpn >= PAGES ? shadowVpn - PAGES : shadowVpn;
}

/** Offset, 0 … 4095, in its page of the shadow byte of byte `offset` (0 … 4095) of page `vpn`. */
export function shadowOffsetOf(layout: ShadowLayout, vpn: number, offset: number): number {
  return (layout.offsetInPage + shadowRemainder(layout, vpn, offset)) & (PAGE_SIZE - 1);
}

/** The low 12 bits of `address >> scaleShift`. `&` on a vpn is exact: it takes the low 32 of up to 52 bits. */
function shadowRemainder(layout: ShadowLayout, vpn: number, offset: number): number {
  return (((vpn & (layout.granule - 1)) << 12) | offset) >> layout.scaleShift;
}
