import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  fingerprintOf,
  LogParser,
  type ParsedReport,
  type ReportMail,
  type Signature,
  signatureOf,
} from "@kasan/report";
import type { LogReader } from "../logs/log-reader.ts";
import { STDIN } from "../logs/open-log.ts";
import { readLogs } from "../logs/read-logs.ts";

/** The stored part of a report. Plain data, so that it can pass between threads. */
interface ReportDigest extends Partial<ReportMail> {
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly type: string;
  readonly bugType: string;
  readonly corrupted: boolean;
  readonly fingerprint: string;
  readonly signature: Signature;
  /** The line that says what happened, of the log or of the mail's text. */
  readonly line: number;
  /** The kernel. */
  readonly release?: string;
  /** The report as it stands in the log. */
  readonly text: string;
}

/** The stored part of an input: of a log, or of all mails of a mailbox. */
export interface LogDigest {
  readonly reports: readonly ReportDigest[];
  /** For standard input only: tells it from other inputs. */
  readonly content?: string;
}

/** Reads an input. Memory does not grow with it, but for its reports. */
export async function digestLog(path: string, stdin?: Readable): Promise<LogDigest> {
  const reports: ReportDigest[] = [];
  const hash = path === STDIN ? createHash("sha256") : undefined;
  const open = (mail?: ReportMail): LogReader => {
    const own: ReportDigest[] = [];
    const parser = new LogParser((item) => {
      if (item.kind === "report") own.push(digestReport(item.report, mail));
    });
    return {
      push: (chunk) => {
        hash?.update(chunk);
        parser.push(chunk);
      },
      end: () => {
        parser.end();
        for (const one of own.sort((a, b) => a.line - b.line)) reports.push(one);
      },
    };
  };
  await readLogs(path, open, stdin);
  return { reports, ...(hash && { content: hash.digest("hex").slice(0, 16) }) };
}

function digestReport(report: ParsedReport, mail?: ReportMail): ReportDigest {
  const signature = signatureOf(report);
  return {
    title: report.title,
    altTitles: report.altTitles,
    type: report.type,
    bugType: report.bugType,
    corrupted: report.corrupted,
    fingerprint: fingerprintOf(signature),
    signature,
    line: report.line,
    ...(report.machine && { release: report.machine.release }),
    text: report.lines.map(({ raw }) => raw).join(""),
    ...mail,
  };
}
