import { ReportError } from "../error.ts";
import type { ExplainFormat, WriteText } from "./format.ts";
import { htmlFormat } from "./html.ts";
import { jsonFormat } from "./json.ts";
import { type KcidbSource, kcidbFormat } from "./kcidb.ts";
import { markdownFormat } from "./markdown.ts";
import { sarifFormat } from "./sarif.ts";
import { type Painter, textFormat } from "./text.ts";

/** What formats are told besides reports. */
export interface ExplainOptions {
  /** The version of the tool that SARIF names. */
  readonly version: string;
  /** The colours of text; none by default. */
  readonly paint?: Painter | undefined;
  /** Whose results KCIDB gets. That format needs it. */
  readonly kcidb?: KcidbSource | undefined;
}

/**
 * The formats by name. Each makes a stream that writes to `write`. Memory does not grow with the reports: SARIF keeps the names of kinds of bugs,
 * KCIDB those of bugs and logs.
 */
export const EXPLAIN_FORMATS = {
  /** Text of 80 columns, see {@link explainText}. */
  text: textFormat,
  /** One page, see {@link explainHtml}. */
  html: (write: WriteText) => htmlFormat(write),
  /** JSON, see {@link parsedToJson}. */
  json: jsonFormat,
  /** SARIF, see {@link toSarif}. */
  sarif: sarifFormat,
  /** Markdown, see {@link explainMarkdown}. */
  markdown: markdownFormat,
  /** A submission to KCIDB, see {@link toKcidb}. Throws {@link ReportError} `KCIDB_SOURCE` without a source. */
  kcidb: (write: WriteText, { kcidb }: ExplainOptions) => {
    if (kcidb === undefined)
      throw new ReportError("KCIDB_SOURCE", "KCIDB must know whose results they are, and of which build");
    return kcidbFormat(write, { kcidb });
  },
} satisfies Record<string, (write: WriteText, options: ExplainOptions) => ExplainFormat>;
