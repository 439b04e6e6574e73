import type { Hash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  LogParser,
  type LogParserOptions,
  type ParsedReport,
  type Remains,
  type ReportMail,
  remainsIn,
} from "@kasan/report";
import type { LogReader, MailIds } from "../logs/log-reader.ts";
import { isText } from "../logs/not-a-log.ts";
import { readLogs } from "../logs/read-logs.ts";

/** A log that was read to its end. */
export interface ReadLog {
  /** The mail that it is. */
  readonly mail?: ReportMail | undefined;
  /** A hash of what was read, if the listener wants it. */
  readonly hash?: string | undefined;
  /** Signs of a report, where none could be read. */
  readonly remains?: Remains | undefined;
  /** Whether it can be text. */
  readonly isText: boolean;
}

/** Is told of logs while they are read. */
export interface LogListener {
  /** Whether logs are to be hashed. */
  readonly wantsHash: boolean;
  /** The next report of a log. */
  report(report: ParsedReport, mail?: ReportMail): void;
  /** A log has ended. */
  endOfLog(log: ReadLog): void;
  /** Resolves when more can be told. */
  ready(): Promise<void>;
}

/** Reads the logs of an input, and tells of each report as soon as `order` allows: a log may never end. */
export async function readReports(
  path: string,
  listener: LogListener,
  order: LogParserOptions,
  stdin?: Readable,
): Promise<void> {
  const hashes = listener.wantsHash ? await import("node:crypto") : undefined;
  await readLogs(path, (mail) => readerOf(namedMail(mail), listener, order, hashes?.createHash("sha256")), stdin);
}

/** A mail, if it or its thread has a name. */
function namedMail({ message, thread }: MailIds = {}): ReportMail | undefined {
  return thread === undefined ? undefined : { ...(message !== undefined && { message }), thread };
}

function readerOf(
  mail: ReportMail | undefined,
  listener: LogListener,
  order: LogParserOptions,
  hash: Hash | undefined,
): LogReader {
  let found = false;
  let remains: Remains | undefined;
  let text: boolean | undefined;
  const parser = new LogParser((item) => {
    if (item.kind === "report") {
      found = true;
      listener.report(item.report, mail);
    } else if (!found) remains ??= remainsIn(item.text, item.line);
  }, order);
  return {
    push: (chunk) => {
      hash?.update(chunk);
      text ??= typeof chunk === "string" || isText(chunk);
      parser.push(chunk);
      return listener.ready();
    },
    end: () => {
      parser.end();
      listener.endOfLog({
        mail,
        hash: hash?.digest("hex").slice(0, 32),
        remains: found ? undefined : remains,
        isText: found || text !== false,
      });
      return listener.ready();
    },
  };
}
