import type { StackFrame } from "./frame.ts";
import type { ParsedReport } from "./parse/parsed.ts";
import { SECTIONS } from "./sections/index.ts";

/**
 * A report with other frames in the place of its own: symbolized ones.
 *
 * @param map Receives each frame, and whether it is a return address; the places of faults are not.
 */
export function mapFrames(
  report: ParsedReport,
  map: (frame: StackFrame, returns: boolean) => StackFrame,
): ParsedReport {
  return Object.assign({}, report, ...SECTIONS.map((section) => section.mapFrames?.(report, map) ?? {}));
}
