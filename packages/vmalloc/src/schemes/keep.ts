import { BackedShadow } from "./backed.ts";

/** Shadow that came stays: version 4 of the series. */
export class KeepShadow extends BackedShadow {
  /** `keep`. */
  readonly name = "keep";

  release(): void {}
}
