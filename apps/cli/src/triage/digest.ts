import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { deflateRawSync } from "node:zlib";
import { fingerprintOf, identityOf, LogParser, type ParsedReport, type Signature, signatureOf } from "@kasan/report";
import { InputError } from "../logs/input-error.ts";
import type { LogReader, MailIds } from "../logs/log-reader.ts";
import type { LogSource } from "../logs/log-source.ts";
import { STDIN } from "../logs/open-log.ts";
import { readLogs } from "../logs/read-logs.ts";
import { dayOf, dayOfLine } from "./date.ts";

/** The stored part of a report. Plain data, so that it can pass between threads. */
interface ReportDigest extends Omit<MailIds, "sent"> {
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly type: string;
  readonly bugType: string;
  readonly corrupted: boolean;
  /** Its own name: {@link identityOf}. */
  readonly id: string;
  /** Its bug's. */
  readonly fingerprint: string;
  readonly signature: Signature;
  /** The line that says what happened, of the log or of the mail's text. */
  readonly line: number;
  /** The kernel. */
  readonly release?: string;
  /** The day of the line that says what happened, or else of the mail, in UTC: `2024-06-04`. Many logs have none. */
  readonly day?: string;
  /** Whether a mail quotes it. */
  readonly quoted?: boolean;
  /** The report as it stands in the log, deflated. */
  readonly text: Uint8Array;
}

/** A mail that belongs to the thread of another. */
interface Reply {
  readonly message: string;
  /** The thread, or the mail before it if it names no other. */
  readonly thread: string;
}

/** The stored part of an input: of a log, or of all mails of a mailbox. */
export interface LogDigest {
  readonly reports: readonly ReportDigest[];
  /** The mails that belong to others' threads, with and without reports. */
  readonly replies: readonly Reply[];
  /** For standard input only: tells it from other inputs. */
  readonly content?: string;
}

/** How a line begins that a mail quotes. */
const QUOTE = /^ {0,3}>/;

/** Reads an input. Memory does not grow with it, but for its reports. */
export async function digestLog(source: LogSource, stdin?: Readable): Promise<LogDigest> {
  const reports: ReportDigest[] = [];
  const replies: Reply[] = [];
  const isStdin = source.path === STDIN;
  const hash = isStdin ? createHash("sha256") : undefined;
  const open = (mail?: MailIds): LogReader => {
    const { message, thread } = mail ?? {};
    if (message !== undefined && thread !== undefined && thread !== message) replies.push({ message, thread });
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
  await readLogs(isStdin ? STDIN : source, open, stdin).catch((error: unknown) => {
    // Folders have other files beside logs.
    if (!(error instanceof InputError && error.code === "INPUT_KIND" && !isStdin)) throw error;
  });
  return { reports, replies, ...(hash && { content: hash.digest("hex").slice(0, 16) }) };
}

function digestReport(report: ParsedReport, mail?: MailIds): ReportDigest {
  const signature = signatureOf(report);
  const quoted = mail !== undefined && QUOTE.test(report.lines[0]?.raw ?? "");
  const { sent, ...ids } = mail ?? {};
  const said = report.lines.find(({ number }) => number === report.line);
  const day = (said && dayOfLine(said.raw)) ?? (sent === undefined ? undefined : dayOf(sent));
  return {
    title: report.title,
    altTitles: report.altTitles,
    type: report.type,
    bugType: report.bugType,
    corrupted: report.corrupted,
    id: identityOf(report),
    fingerprint: fingerprintOf(signature),
    signature,
    line: report.line,
    ...(report.machine && { release: report.machine.release }),
    ...(quoted && { quoted }),
    text: deflateRawSync(report.lines.map(({ raw }) => raw).join("")),
    ...(day !== undefined && { day }),
    ...ids,
  };
}
