import type { ParsedReport } from "../parse/parsed.ts";

/** The log that a report stands in. */
export interface ReportSource {
  /** The log's name, for people: a path. */
  readonly name: string;
  /** If the log is a mail, the mail that it is. */
  readonly mail?: ReportMail | undefined;
}

/** The names of a mail and of its thread, without the angle brackets. */
export interface ReportMail {
  /** The mail's own. Some mails have none. */
  readonly message?: string;
  /** That of the thread's first mail. */
  readonly thread: string;
}

/** A log that was read to its end. */
export interface EndedLog extends ReportSource {
  /** Tells the log from all others: a hash of its content. */
  readonly id: string;
  /** Whether it has signs of a report that could not be read: then nobody knows whether the kernel is sound. */
  readonly unread?: boolean;
}

/**
 * Takes the text of a format, piece by piece. The whole is all text of part 0, then all of part 1, and so on: what can be written at once is in
 * part 0.
 */
export type WriteText = (text: string, part?: number) => void;

/**
 * A format of explained reports, as a stream: it is told of logs as they are read, and writes what it can as soon as it can. `begin` comes first, then
 * for each log its reports and its end, then `end`.
 */
export interface ExplainFormat {
  /** Writes what stands before all reports. */
  begin?(): void;
  /** Writes a report. */
  report(report: ParsedReport, source: ReportSource): void;
  /** A log has ended. */
  endOfLog?(log: EndedLog): void;
  /** Writes what stands behind all reports. */
  end?(): void;
}

/** The whole text of reports from one log. */
export function wholeText(
  make: (write: WriteText) => ExplainFormat,
  reports: readonly ParsedReport[],
  source: ReportSource = { name: "" },
): string {
  const parts: string[] = [];
  const format = make((text, part = 0) => {
    parts[part] = (parts[part] ?? "") + text;
  });
  format.begin?.();
  for (const report of reports) format.report(report, source);
  format.end?.();
  return parts.join("");
}
