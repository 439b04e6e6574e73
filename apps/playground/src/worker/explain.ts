import { explainArticle, type ParsedReport, parseLog, type StackFrame } from "@kasan/report";
import type { ExplainedReport, ReportedPlace } from "../protocol.ts";

/**
 * Explains the reports of a log.
 *
 * @param file - the program that they are about, if it is known
 */
export function explain(log: string, file?: string): ExplainedReport[] {
  return parseLog(log).reports.map((report, i) => {
    const address = report.access?.address;
    const places = file === undefined ? [] : placesOf(report, file);
    return {
      title: report.title,
      html: explainArticle(report, i + 1),
      places,
      ...(address !== undefined && { address }),
    };
  });
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
