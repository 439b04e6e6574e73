/**
 * KASAN's reports as data: the model of a report, its rendering as Linux 6.12 logs it, and its form in JSON; the same for
 * the oopses, warnings and panics that stand beside reports in a log.
 *
 * @packageDocumentation
 */

export { type CheckResult, checkReport } from "./checks/index.ts";
export { ReportError } from "./error.ts";
export {
  type AddressRange,
  type EndedLog,
  EXPLAIN_FORMATS,
  type ExplainFormat,
  type ExplainOptions,
  type Explanation,
  type ExplanationJson,
  explainArticle,
  explainHtml,
  explainMarkdown,
  explainReport,
  explainText,
  type FrameVariable,
  KCIDB_ID,
  KCIDB_ORIGIN,
  type KcidbData,
  type KcidbIncident,
  type KcidbIssue,
  type KcidbLog,
  type KcidbSource,
  type KcidbTest,
  type KnownMemory,
  memorySegments,
  type Painter,
  type ParsedReportJson,
  type Picture,
  PLAIN,
  parsedToJson,
  pictureHtml,
  REPORT_STYLE,
  type ReportMail,
  type ReportSource,
  type SarifInput,
  type SarifLog,
  type Segment,
  stackHtml,
  toKcidb,
  toSarif,
  type WriteText,
} from "./explain/index.ts";
export { formatFrame, type InlinedFrame, type StackFrame } from "./frame.ts";
export { mapFrames } from "./frames.ts";
export { type OopsJson, oopsToJson, type ReportJson, toJson } from "./json.ts";
export { type FrameJson, frameJson, type HexJson, type InlinedJson } from "./json-parts.ts";
export { LEVEL, type ReportLine } from "./line.ts";
export { type KasanReport, toKasanReport } from "./model.ts";
export * from "./oops.ts";
export {
  formatPageFlags,
  PAGE_FLAGS,
  type PageFlagField,
  type PageFlagName,
  pageFlags,
  ZONE_FIELD,
} from "./page-flags.ts";
export { PAGE_TYPES, type PageType, type PageTypeName } from "./page-types.ts";
export {
  type Damage,
  encodeLog,
  type ForeignItem,
  formatLog,
  type LogChunk,
  type LogItem,
  LogParser,
  type LogParserOptions,
  type ParsedLine,
  type ParsedLog,
  type ParsedReport,
  parseLog,
  type Remains,
  type ReportItem,
  remainsIn,
  titleOf,
} from "./parse/index.ts";
export { kernelVersionOf } from "./release.ts";
export { formatReport, renderReport } from "./render.ts";
export {
  renderDumpStack,
  renderOops,
  renderPanic,
  renderSoftLockup,
  renderWarning,
} from "./render-oops.ts";
export type { Access, AccessJson, TaskJson, TaskRef } from "./sections/access.ts";
export type { FieldsJson, ReportFields } from "./sections/index.ts";
export type { ReportedMachine } from "./sections/machine.ts";
export {
  type Caret,
  type MemoryRow,
  type MemoryState,
  memoryStateAround,
  type ShadowJson,
  type ShadowRowJson,
} from "./sections/memory.ts";
export {
  type ObjectJson,
  type Region,
  type RegionJson,
  regionState,
  type Side,
  type SlabObject,
  sideOf,
} from "./sections/object.ts";
export type { PageDump, PageJson } from "./sections/page.ts";
export type { PageOwner } from "./sections/page-owner.ts";
export type { LineRole } from "./sections/section.ts";
export type { ReportedShadowFault, ShadowFaultJson } from "./sections/shadow-fault.ts";
export type { FrameObject, FrameObjectJson, StackLocation, StackLocationJson } from "./sections/stack-location.ts";
export { type Track, type TrackJson, trackJson } from "./sections/tracks.ts";
export type { VmallocJson, VmallocRegion } from "./sections/vmalloc.ts";
export { type FrameSource, findStackFrame, type InstrumentedFrame, parseFrameDescription } from "./stack-frame.ts";
export { type CrashWords, crashWords, DEFAULT_STYLE, type ReportStyle } from "./style.ts";
export { formatTaint, TAINTS, type Taint } from "./taint.ts";
export {
  type CrashLines,
  type CrashName,
  type FunctionNames,
  nameCrash,
  SKIPPED_FRAMES,
  SKIPPED_FRAMES_VERSION,
  type SkippedFrames,
} from "./title/index.ts";
export {
  COMPARED_FUNCTIONS,
  FINGERPRINT_VERSION,
  fingerprintOf,
  type Groupable,
  type Grouping,
  type GroupingDecision,
  type GroupingRule,
  type GroupMember,
  groupReports,
  identityOf,
  type Joined,
  type KeptApart,
  likeness,
  type Signature,
  type SignatureObject,
  signatureOf,
  whyGrouped,
  whyJoined,
} from "./triage/index.ts";
