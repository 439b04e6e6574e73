import { type CheckResult, checkReport } from "../checks/index.ts";
import { compact } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { type FieldsJson, fieldsJson } from "../sections/index.ts";
import type { StackLocationJson } from "../sections/stack-location.ts";
import { X86_64_STYLE } from "../style.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { explainReport } from "./explanation.ts";

/** A report in words. */
export interface ExplanationJson {
  /** What happened: two sentences. */
  summary: string[];
  /** Who did what, in the order in which it happened. */
  story: string[];
  /** What kind of mistake is likely. */
  mistake: string;
  /** What KASAN cannot know. */
  unknown: string[];
}

/** A report in the JSON of `kasan explain`. What the log does not say is absent. */
export interface ParsedReportJson extends FieldsJson {
  /** The crash's name. */
  title: string;
  /** Its other names. */
  altTitles: string[];
  /** The kind of crash: `KASAN-WRITE`. */
  type: string;
  /** Whether the title may be wrong. */
  corrupted: boolean;
  /** Why. */
  corruptedReason?: string;
  /** The guilty function. */
  frame?: string;
  /** The bug's short name, which does not change with kernels and addresses. */
  fingerprint: string;
  /** Whether KASAN printed it, or the fault handler. */
  form: "report" | "oops";
  /** The log's line that says what happened, from 1. */
  line: number;
  /** What is missing. */
  damage?: "truncated" | "interleaved";
  /** The stack that the address is on. */
  stack?: StackLocationJson;
  /** The report in words. */
  explanation: ExplanationJson;
  /** The report against itself. */
  checks: CheckResult[];
}

/** A parsed report as plain data for `JSON.stringify`. The schema `@kasan/report/explain.schema.json` says the same. */
export function parsedToJson(report: ParsedReport): ParsedReportJson {
  const { bugType, type, corrupted, corruptedReason, frame, form, line, damage } = report;
  const { summary, story, mistake, unknown } = explainReport(report);
  // Keys keep the order in which they come first.
  const first = {
    title: report.title,
    altTitles: [...report.altTitles],
    bugType,
    type,
    corrupted,
    corruptedReason,
    frame,
    fingerprint: fingerprintOf(signatureOf(report)),
    form,
    line,
    damage,
  };
  return compact<ParsedReportJson>({
    ...first,
    ...fieldsJson(report, { for: "explain", style: X86_64_STYLE }),
    explanation: { summary: [...summary], story: [...story], mistake, unknown: [...unknown] },
    checks: checkReport(report),
  });
}
