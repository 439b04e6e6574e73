// @ts-check
import { PerPageShadow } from "@kasan/shadow";

/**
 * As `per-page`, but pages that had shadow of their own keep it, all of it black, when their last kernel memory goes. That costs memory
 * and saves the flush of every CPU.
 */
export class PerPageKeepShadow extends PerPageShadow {
  /** @override */
  name = "per-page-keep";

  /** @override */
  disown() {}
}

/** @type {import("@kasan/explore").ExploredScheme[]} */
export const schemes = [{ name: "per-page-keep", pages: (backend) => new PerPageKeepShadow(backend) }];
