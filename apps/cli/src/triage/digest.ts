import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { fingerprintOf, LogParser, type Signature, signatureOf } from "@kasan/report";
import { openLog, STDIN } from "../logs/open-log.ts";

/** The stored part of a report. Plain data, so that it can pass between threads. */
interface ReportDigest {
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly type: string;
  readonly bugType: string;
  readonly corrupted: boolean;
  readonly fingerprint: string;
  readonly signature: Signature;
  /** The log's line that says what happened. */
  readonly line: number;
  /** The kernel. */
  readonly release?: string;
  /** The report as it stands in the log. */
  readonly text: string;
}

/** The stored part of a log. */
export interface LogDigest {
  readonly reports: readonly ReportDigest[];
  /** For standard input only: tells it from other inputs. */
  readonly content?: string;
}

/** Reads a log. Memory does not grow with it, but for its reports. */
export async function digestLog(path: string, stdin?: Readable): Promise<LogDigest> {
  const reports: ReportDigest[] = [];
  const parser = new LogParser((item) => {
    if (item.kind !== "report") return;
    const { report } = item;
    const signature = signatureOf(report);
    reports.push({
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
    });
  });
  const hash = path === STDIN ? createHash("sha256") : undefined;
  for await (const chunk of openLog(path, stdin)) {
    hash?.update(chunk);
    parser.push(chunk);
  }
  parser.end();
  reports.sort((a, b) => a.line - b.line);
  return { reports, ...(hash && { content: hash.digest("hex").slice(0, 16) }) };
}
