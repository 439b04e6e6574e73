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
export { framesOf, mapFrames } from "./frames.ts";
export * from "./json.ts";
export * from "./json-model.ts";
export { LEVEL, type ReportLine } from "./line.ts";
export {
  BYTES_PER_ROW,
  caretColumn,
  isGuilty,
  type MemoryRow,
  type MemoryState,
  memoryStateAround,
  ROWS_AROUND,
} from "./memory.ts";
export * from "./model.ts";
export { regionState, type Side, type SlabObject, sideOf } from "./object.ts";
export * from "./oops.ts";
export { PAGE_TYPES, type PageDump, type PageType, type PageTypeName } from "./page.ts";
export * from "./page-flags.ts";
export * from "./parse/index.ts";
export * from "./render.ts";
export * from "./render-oops.ts";
export * from "./style.ts";
export * from "./taint.ts";
export * from "./title/index.ts";
export * from "./triage/index.ts";
