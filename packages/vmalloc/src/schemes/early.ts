import type { ShadowScheme } from "./scheme.ts";

/**
 * No real shadow: the read-only page of zeros covers all of vmalloc space, as in Linux before 5.5. Every access passes, and nothing
 * is detected. A stack in vmalloc space faults as soon as its shadow is written.
 */
export class EarlyOnlyShadow implements ShadowScheme {
  /** `early`. */
  readonly name = "early";
  readonly real = false;
  readonly unused = "zero";

  populate(): boolean {
    return true;
  }

  unpoison(): void {}

  poison(): void {}

  release(): void {}
}
