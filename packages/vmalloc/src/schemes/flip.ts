import { LazyShadow } from "./lazy.ts";
import type { UnusedShadow } from "./scheme.ts";

/**
 * Like {@link LazyShadow}, but the shared page of zeros is mapped under unused space. A real shadow page replaces it on demand, and
 * it returns afterwards. An access to unused space never faults on the shadow: it passes the check, and then faults itself or, if
 * the address is mapped by then, goes unnoticed.
 */
export class FlipShadow extends LazyShadow {
  /** `flip`. */
  override readonly name: string = "flip";
  override readonly unused: UnusedShadow = "zero";
}

/**
 * Like {@link FlipShadow}, with a shared page of poison instead of zeros: an access to unused space is reported as
 * vmalloc-out-of-bounds.
 */
export class PoisonShadow extends FlipShadow {
  /** `poison`. */
  override readonly name = "poison";
  override readonly unused = "poison";
}
