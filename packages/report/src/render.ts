import { atLeast } from "@kasan/shadow";
import { BLANK, LEVEL, lines, type ReportLine } from "./line.ts";
import { type ReportFields, SECTIONS } from "./sections/index.ts";
import { object } from "./sections/object.ts";
import type { Section } from "./sections/section.ts";
import { RULE } from "./sections/title.ts";
import { DEFAULT_STYLE, type ReportStyle } from "./style.ts";

/**
 * The report as the kernel logs it, from rule to rule, in the order of `print_report` in `mm/kasan/report.c`. A report without a call
 * trace, of an access that was not run, says nothing of what ran.
 *
 * @param style Linux 6.12 on x86-64 by default. Its version chooses the wording, from 4.0 on; what a version does not print is
 * left out.
 */
export function renderReport(report: ReportFields, style: ReportStyle = DEFAULT_STYLE): ReportLine[] {
  const spaced = atLeast(style.version, 4, 12);
  // Before 4.12 the object came first.
  const sections = spaced ? SECTIONS : [object, ...SECTIONS.filter((section) => section !== object)];
  const print = (part: Section<ReportFields>["part"]) =>
    sections.filter((section) => section.part === part).flatMap((section) => section.print?.(report, style) ?? []);
  const run = report.callTrace.length > 0 ? print("run") : [];
  const address = print("address");
  const memory = print("memory");
  return [
    ...lines(LEVEL.ERR, RULE),
    ...print("head"),
    ...(spaced && run.length > 0 ? [BLANK, ...run] : run),
    // The kernel has nothing more to say of an address without shadow.
    ...(spaced && address.length + memory.length > 0 ? [BLANK] : []),
    ...address,
    ...memory,
    ...lines(LEVEL.ERR, RULE),
  ];
}

/** The text of {@link renderReport}: lines without levels, ending in a line feed. */
export function formatReport(report: ReportFields, style: ReportStyle = DEFAULT_STYLE): string {
  return renderReport(report, style)
    .map(({ text }) => `${text}\n`)
    .join("");
}
