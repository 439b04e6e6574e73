/**
 * KASAN's reports as data: the model of a report, its rendering as Linux 6.12 logs it, and its form in JSON; the same for
 * the oopses, warnings and panics that stand beside reports in a log.
 *
 * @packageDocumentation
 */

export { type CheckResult, checkReport } from "./checks/index.ts";
export * from "./error.ts";
export * from "./explain/index.ts";
export * from "./frame.ts";
export { mapFrames } from "./frames.ts";
export * from "./json.ts";
export * from "./json-parts.ts";
export { LEVEL, type ReportLine } from "./line.ts";
export * from "./model.ts";
export * from "./oops.ts";
export * from "./page-flags.ts";
export * from "./page-types.ts";
export * from "./parse/index.ts";
export * from "./render.ts";
export * from "./render-oops.ts";
export * from "./sections/access.ts";
export * from "./sections/index.ts";
export * from "./sections/machine.ts";
export * from "./sections/memory.ts";
export * from "./sections/object.ts";
export type { PageDump } from "./sections/page.ts";
export * from "./sections/stack-location.ts";
export { RULE } from "./sections/title.ts";
export * from "./sections/tracks.ts";
export * from "./sections/vmalloc.ts";
export * from "./style.ts";
export * from "./taint.ts";
export * from "./title/index.ts";
export * from "./triage/index.ts";
