import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { LogParser, type ParsedReport, type Remains, remainsIn } from "@kasan/report";
import type { LogReader, MailIds } from "../logs/log-reader.ts";
import { readLogs } from "../logs/read-logs.ts";

/** A log, read. */
export interface ExplainedLog {
  /** The mail that it is. */
  readonly mail?: MailIds;
  /** A hash of what was read. */
  readonly hash: string;
  /** Its reports, in the order of their first words. */
  readonly reports: readonly ParsedReport[];
  /** Signs of a report, where none could be read. */
  readonly remains?: Remains;
}

/** Reads the logs of an input. `found` receives each report as soon as it is complete: a log may never end. */
export async function readAll(
  path: string,
  found: (report: ParsedReport, mail?: MailIds) => void,
  stdin?: Readable,
): Promise<ExplainedLog[]> {
  const logs: ExplainedLog[] = [];
  await readLogs(path, (mail) => readerOf(mail, found, (log) => logs.push(log)), stdin);
  return logs;
}

function readerOf(
  mail: MailIds | undefined,
  found: (report: ParsedReport, mail?: MailIds) => void,
  done: (log: ExplainedLog) => void,
): LogReader {
  const hash = createHash("sha256");
  const reports: ParsedReport[] = [];
  let remains: Remains | undefined;
  const parser = new LogParser((item) => {
    if (item.kind === "report") {
      reports.push(item.report);
      found(item.report, mail);
    } else if (reports.length === 0) remains ??= remainsIn(item.text, item.line);
  });
  return {
    push: (chunk) => {
      hash.update(chunk);
      parser.push(chunk);
    },
    end: () => {
      parser.end();
      done({
        ...(mail && { mail }),
        hash: hash.digest("hex").slice(0, 32),
        reports: reports.sort((a, b) => a.line - b.line),
        ...(reports.length === 0 && remains && { remains }),
      });
    },
  };
}
