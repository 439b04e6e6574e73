import { NoPshadow } from "./no-pshadow.ts";
import { PerPageShadow } from "./per-page.ts";
import { PerPageZeroShadow } from "./per-page-zero.ts";
import type { MakePageScheme } from "./scheme.ts";

/** The schemes for shadow of the direct map that come with this package, by name; a byte for each granule is none of them. */
export const PAGE_SCHEMES: Readonly<Record<string, MakePageScheme>> = {
  "per-page": (backend) => new PerPageShadow(backend),
  "per-page-zero": (backend) => new PerPageZeroShadow(backend),
  "per-page-no-pshadow": (backend) => new NoPshadow(backend),
};

export * from "./grouped.ts";
export * from "./no-pshadow.ts";
export * from "./per-page.ts";
export * from "./per-page-zero.ts";
export * from "./scheme.ts";
