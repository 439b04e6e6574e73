import {
  explainHtml,
  explainMarkdown,
  explainText,
  type KcidbSource,
  type Painter,
  type ParsedReport,
  parsedToJson,
  toKcidb,
  toSarif,
} from "@kasan/report";
import ownPackage from "../../package.json" with { type: "json" };
import type { MailIds } from "../logs/log-reader.ts";
import { STDIN } from "../logs/open-log.ts";
import type { ExplainedLog } from "./read.ts";

/** What stands between reports. */
export const RULE = `${"─".repeat(80)}\n`;

/** The forms of explained logs that are written when all is read. */
export const FORMATS = {
  text: (logs, { paint }) =>
    logs.flatMap(({ reports, mail }) => reports.map((report) => reportText(report, paint, mail))).join(RULE),
  html: (logs) => explainHtml(reportsOf(logs)),
  json: (logs) => json({ reports: reportsOf(logs).map(parsedToJson) }),
  sarif: (logs, { file }) => {
    const name = file === STDIN ? "stdin" : file;
    return json(
      toSarif(
        reportsOf(logs).map((report) => ({ file: name, report })),
        ownPackage.version,
      ),
    );
  },
  markdown: (logs) => explainMarkdown(reportsOf(logs)),
  kcidb: (logs, { file, kcidb }) =>
    json(
      toKcidb(
        logs.map(({ hash, reports, remains, mail }) => ({
          id: hash,
          name: mail?.thread === undefined ? file : `mail ${mail.message ?? mail.thread}`,
          reports,
          unread: remains !== undefined,
        })),
        kcidb!,
      ),
    ),
} satisfies Record<string, (logs: readonly ExplainedLog[], about: About) => string>;

/** What formats need to know besides the logs. */
interface About {
  /** The input. */
  readonly file: string;
  readonly paint: Painter;
  /** For kcidb. */
  readonly kcidb?: KcidbSource | undefined;
}

/** A report in words, and the mail that it came with. */
export function reportText(report: ParsedReport, paint: Painter, mail?: MailIds): string {
  const from =
    mail?.thread === undefined
      ? ""
      : `${paint.dim(`Mail ${mail.message ?? "without a name"}, thread ${mail.thread}`)}\n`;
  return from + explainText(report, paint);
}

const reportsOf = (logs: readonly ExplainedLog[]): ParsedReport[] => logs.flatMap(({ reports }) => reports);

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
