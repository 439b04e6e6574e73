import { BackedShadow } from "./backed.ts";

/** Shadow is never freed: version 4 of the series. */
export class KeepShadow extends BackedShadow {
  /** `keep`. */
  readonly name = "keep";

  release(): void {}
}
