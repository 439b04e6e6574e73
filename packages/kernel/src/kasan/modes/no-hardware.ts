import { NO_ACCESS_CHECKS } from "../../mm/access-checks.ts";
import type { HardwareTags } from "./mode.ts";

/** A processor that does not compare tags. */
export const NO_HARDWARE_TAGS: HardwareTags = {
  ...NO_ACCESS_CHECKS,
  storage: undefined,
  comparison: undefined,
  flags: 0,
  enable() {},
  force() {},
  onSwitch() {},
  onExit() {},
};
