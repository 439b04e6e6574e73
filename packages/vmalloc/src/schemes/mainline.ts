import { BackedShadow } from "./backed.ts";

/**
 * Like {@link LazyShadow}, but the release is given only the purged area instead of the free range that now contains it. Linux does
 * this since it purges areas per node (purge_vmap_node of mm/vmalloc.c, 6.9 to 6.12 at least). A shadow page that an area shares
 * with a free neighbour is never freed.
 */
export class MainlineShadow extends BackedShadow {
  /** `mainline`. */
  readonly name = "mainline";

  release(vpn: number, pages: number): void {
    this.freeUnder(vpn, pages, vpn, pages);
  }
}
