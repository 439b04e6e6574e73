import { BackedShadow } from "./backed.ts";

/**
 * The scheme that Linux adopted (mm/kasan/shadow.c, kasan_populate_vmalloc and kasan_release_vmalloc; described in
 * Documentation/dev-tools/kasan.rst, "CONFIG_KASAN_VMALLOC"). Freeing an area poisons its shadow, which stays mapped. When the
 * purge makes the area part of a free range, the shadow pages that lie wholly under that range are unmapped and freed; those that
 * extend beyond it may still serve a neighbour.
 *
 *     free range        |.............................|
 *     shadow pages   |----A----|----B----|----C----|----D----|     B and C go, A and D stay
 */
export class LazyShadow extends BackedShadow {
  /** `lazy`. */
  readonly name: string = "lazy";

  release(vpn: number, pages: number, freeVpn: number, freePages: number): void {
    this.freeUnder(vpn, pages, freeVpn, freePages);
  }
}
