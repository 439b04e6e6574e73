import { EarlyOnlyShadow } from "./early.ts";
import { FlipShadow, PoisonShadow } from "./flip.ts";
import { KeepShadow } from "./keep.ts";
import { LazyShadow } from "./lazy.ts";
import { MainlineShadow } from "./mainline.ts";
import { RefcountShadow } from "./refcount.ts";
import type { MakeScheme } from "./scheme.ts";

/**
 * The schemes included in this package, by name, oldest first.
 *
 * @example
 * ```ts
 * import { SCHEMES } from "@kasan/vmalloc";
 *
 * console.log(Object.keys(SCHEMES).join(" ")); // early keep lazy mainline refcount flip poison
 * ```
 */
export const SCHEMES: Readonly<Record<string, MakeScheme>> = {
  early: () => new EarlyOnlyShadow(),
  keep: (backend) => new KeepShadow(backend),
  lazy: (backend) => new LazyShadow(backend),
  mainline: (backend) => new MainlineShadow(backend),
  refcount: (backend) => new RefcountShadow(backend),
  flip: (backend) => new FlipShadow(backend),
  poison: (backend) => new PoisonShadow(backend),
};

export * from "./backed.ts";
export * from "./counted.ts";
export * from "./early.ts";
export * from "./flip.ts";
export * from "./keep.ts";
export * from "./lazy.ts";
export * from "./mainline.ts";
export * from "./refcount.ts";
export * from "./scheme.ts";
