import type { AddressSpace } from "@kasan/mmu";
import {
  ACCESS_OK,
  type AccessResult,
  addressOf,
  checkAccess,
  type Found,
  hasShadow,
  offsetOf,
  type ShadowLayout,
  type ShadowPages,
  shadowOf,
  vpnOf,
} from "@kasan/shadow";

/** Accesses up to this size, in bytes, are checked in one piece. */
const PIECE = 2 ** 30;

/**
 * {@link checkAccess} for accesses of any size. Terabytes of shadow map one page of zeros (the early shadow). A kernel would scan
 * all of it for minutes when given a wild size; the machine must not.
 */
export function checkRange(
  space: AddressSpace,
  shadow: ShadowLayout,
  pages: ShadowPages,
  vpn: number,
  offset: number,
  size: number,
  found: Found,
): AccessResult {
  // Hot path: under a per-page scheme, every access to non-kernel memory may end up here.
  if (size <= PIECE) return checkAccess(shadow, pages, vpn, offset, size, found);
  const end = addressOf(vpn, offset) + BigInt(size);
  while (size > PIECE && end < 2n ** 64n) {
    const address = addressOf(vpn, offset);
    if (!hasShadow(shadow, address)) break;
    const { value } = space.ranges(shadowOf(shadow, address)).next();
    let step = PIECE;
    if (value?.kind === "mapped" && value.backing === "repeated") {
      const next = (value.end + 1n - shadow.offset) << BigInt(shadow.scaleShift);
      step = Math.min(size, Number(BigInt.asUintN(64, next) - address));
      if (step <= 0) step = PIECE;
    } else {
      const result = checkAccess(shadow, pages, vpn, offset, step, found);
      if (result !== ACCESS_OK) return result;
    }
    size -= step;
    vpn = vpnOf(address + BigInt(step));
    offset = offsetOf(address + BigInt(step));
  }
  return size === 0 ? ACCESS_OK : checkAccess(shadow, pages, vpn, offset, size, found);
}
