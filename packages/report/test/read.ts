import { ReportReader } from "../src/parse/report-reader.ts";
import type { ReportFields } from "../src/sections/index.ts";
import type { LineRole } from "../src/sections/section.ts";
import { DEFAULT_STYLE, type ReportStyle } from "../src/style.ts";

/** Lines of one report, without prefixes, as they are read: the fields, and the role of each line. */
export function readLines(texts: readonly string[], form: "report" | "oops" = "report") {
  const reader = new ReportReader(form);
  const roles = texts.map((text): LineRole | undefined => reader.read(text));
  return { fields: reader.finish() as ReportFields, roles };
}

/** Linux on x86-64, in the wording of a version. */
export function styleOfVersion(major: number, minor: number): ReportStyle {
  return { ...DEFAULT_STYLE, version: { major, minor } };
}

/** The output of a section. */
export function textsOf(lines: readonly { readonly text: string }[] | undefined): string[] {
  return (lines ?? []).map(({ text }) => text);
}
