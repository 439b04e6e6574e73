export type { FrameVariable } from "../facts/variables.ts";
export { type Explanation, explainReport } from "./explanation.ts";
export type { EndedLog, ExplainFormat, ReportMail, ReportSource, WriteText } from "./format.ts";
export { EXPLAIN_FORMATS, type ExplainOptions } from "./formats.ts";
export { explainArticle, explainHtml } from "./html.ts";
export { type ExplanationJson, type ParsedReportJson, parsedToJson } from "./json.ts";
export {
  KCIDB_ID,
  KCIDB_ORIGIN,
  type KcidbData,
  type KcidbIncident,
  type KcidbIssue,
  type KcidbLog,
  type KcidbSource,
  type KcidbTest,
  toKcidb,
} from "./kcidb.ts";
export { explainMarkdown } from "./markdown.ts";
export type { AddressRange, Picture } from "./picture.ts";
export { pictureHtml } from "./picture-html.ts";
export { type SarifInput, type SarifLog, toSarif } from "./sarif.ts";
export { type KnownMemory, memorySegments, type Segment } from "./segments.ts";
export { stackHtml } from "./stack-html.ts";
export { REPORT_STYLE } from "./style.ts";
export { explainText, type Painter, PLAIN } from "./text.ts";
