import { formatLogLine, type LogLine } from "@kasan/kernel";
import { type ParsedReport, parseLog } from "@kasan/report";

/** The reports that lines of a machine's log have, read as those of any log. */
export function reportsOf(lines: readonly LogLine[]): readonly ParsedReport[] {
  return parseLog(lines.map((line) => `${formatLogLine(line)}\n`).join("")).reports;
}
