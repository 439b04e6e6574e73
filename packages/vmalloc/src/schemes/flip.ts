import { LazyShadow } from "./lazy.ts";
import type { UnusedShadow } from "./scheme.ts";

/**
 * As {@link LazyShadow}, but unused space shows the shared page of zeros, which a page of its own takes the place of on
 * demand and gives back. No access to it faults on the shadow: it passes, and then faults by itself or, if the address is
 * mapped by then, goes unnoticed.
 */
export class FlipShadow extends LazyShadow {
  /** `flip`. */
  override readonly name: string = "flip";
  override readonly unused: UnusedShadow = "zero";
}

/**
 * As {@link FlipShadow}, with one shared page of poison in place of the zeros: an access to unused space is reported as
 * vmalloc-out-of-bounds.
 */
export class PoisonShadow extends FlipShadow {
  /** `poison`. */
  override readonly name = "poison";
  override readonly unused = "poison";
}
