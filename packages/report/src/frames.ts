import type { StackFrame } from "./frame.ts";
import type { ParsedReport } from "./parse/parsed.ts";
import { SECTIONS } from "./sections/index.ts";

/**
 * Replaces all frames of a report, for example with symbolized ones.
 *
 * @param map Receives each frame, and whether it is a return address. The place of a fault is not one.
 */
export function mapFrames(
  report: ParsedReport,
  map: (frame: StackFrame, returns: boolean) => StackFrame,
): ParsedReport {
  return Object.assign({}, report, ...SECTIONS.map((section) => section.mapFrames?.(report, map) ?? {}));
}
