import { explainArticle, type LogChunk, type ParsedReport, parseLog, type StackFrame } from "@kasan/report";
import type { Explained, ExplainedReport, ReportedPlace } from "../protocol.ts";

/** More reports of a log are counted: a page with thousands of pictures is of no use. */
const MOST_REPORTS = 50;

/**
 * Explains the reports of a log.
 *
 * @param file - the program that they are about, if it is known
 */
export function explain(log: LogChunk, file?: string): Explained {
  const { reports } = parseLog(log);
  return {
    reports: reports.slice(0, MOST_REPORTS).map((report, i) => explainOne(report, i + 1, file)),
    more: Math.max(0, reports.length - MOST_REPORTS),
  };
}

function explainOne(report: ParsedReport, number: number, file: string | undefined): ExplainedReport {
  const address = report.access?.address;
  return {
    title: report.title,
    html: explainArticle(report, number),
    places: file === undefined ? [] : placesOf(report, file),
    ...(address !== undefined && { address }),
  };
}

function placesOf({ access, callTrace, allocated, freed }: ParsedReport, file: string): ReportedPlace[] {
  const bad = access === undefined ? "crash" : `bad ${access.kind.toLowerCase()}`;
  const stacks = [
    [bad, callTrace],
    ["allocated here", allocated?.stack],
    ["freed here", freed?.stack],
  ] as const;
  return stacks.flatMap(([what, stack]) => {
    const line = lineIn(file, stack);
    return line === undefined ? [] : [{ what, line }];
  });
}

/** The innermost line of a stack that is in a file. */
function lineIn(file: string, stack: readonly StackFrame[] = []): number | undefined {
  const places = stack.flatMap((frame) => [...(frame.inlined ?? []), frame]);
  return places.find((place) => place.file === file && place.line !== undefined)?.line;
}
