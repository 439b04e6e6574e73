import { BackedShadow } from "./backed.ts";

/**
 * As {@link LazyShadow}, but what is handed to the release is the purged area alone, not the free range that it has become
 * part of: what Linux does since areas are purged per node (purge_vmap_node of mm/vmalloc.c, 6.9 to 6.12 at least). A shadow
 * page that an area shares with a free neighbour is never freed.
 */
export class MainlineShadow extends BackedShadow {
  /** `mainline`. */
  readonly name = "mainline";

  release(vpn: number, pages: number): void {
    this.freeUnder(vpn, pages, vpn, pages);
  }
}
