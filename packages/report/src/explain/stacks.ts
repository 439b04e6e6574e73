import type { ParsedReport } from "../parse/parsed.ts";
import { SECTIONS } from "../sections/index.ts";
import type { NamedStack } from "../sections/section.ts";

/** The stacks of a report: that of the access first. */
export function stacksOf(report: ParsedReport): NamedStack[] {
  return SECTIONS.flatMap((section) => section.stacks?.(report) ?? []);
}
