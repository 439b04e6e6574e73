// @ts-check
import { BackedShadow } from "@kasan/vmalloc";

/** Pages of a free range whose shadow is worth freeing: 8 pages of shadow, and one flush for all. */
const LEAST = 64;

/**
 * As the scheme that Linux has (`lazy`), but shadow under small free ranges stays: the next area will need it there.
 *
 * A range that has grown to {@link LEAST} pages may hold shadow that was left on either side of the area that was released last. It lies
 * within LEAST pages of the area, since what is farther away was a large range before, and has none.
 */
export class HolesShadow extends BackedShadow {
  name = "holes";

  /**
   * @override
   * @param {number} vpn
   * @param {number} pages
   * @param {number} freeVpn
   * @param {number} freePages
   */
  release(vpn, pages, freeVpn, freePages) {
    if (freePages < LEAST) return;
    const start = Math.max(freeVpn, vpn - LEAST);
    const end = Math.min(freeVpn + freePages, vpn + pages + LEAST);
    this.freeUnder(start, end - start, freeVpn, freePages);
  }
}

/** @type {import("@kasan/explore").ExploredScheme[]} */
export const schemes = [{ name: "holes", make: (backend) => new HolesShadow(backend) }];
