import { type CheckResult, checkReport } from "../checks/index.ts";
import { addDefined, compact } from "../json-parts.ts";
import {
  CRASH_TITLE,
  described,
  FLAG,
  type JsonSchema,
  listOf,
  oneOf,
  record,
  SOURCE_LINE,
  TEXT,
} from "../json-schema.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { type FieldsJson, fieldsJson, fieldsSchema } from "../sections/index.ts";
import type { StackLocationJson } from "../sections/stack-location.ts";
import { DEFAULT_STYLE } from "../style.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { explainInWords } from "./explanation.ts";
import type { ExplainFormat, ReportMail, WriteText } from "./format.ts";
import { JsonList } from "./json-list.ts";

/** A report in words. */
export interface ExplanationJson {
  /** The bug in two sentences. */
  summary: string[];
  /** The events that led to it, in order. */
  story: string[];
  /** The mistake that is likely. */
  mistake: string;
  /** Things that KASAN cannot know. */
  unknown: string[];
}

/** A report in the JSON of `kasan explain`. A field that the log lacks is absent. */
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
  /** The message ID of the mail that it came with. */
  message?: string;
  /** That of the mail's thread: of its first mail. */
  thread?: string;
  /** The damage to the report in the log. */
  damage?: "truncated" | "interleaved";
  /** The stack that the address is on. */
  stack?: StackLocationJson;
  /** The report in words. */
  explanation: ExplanationJson;
  /** The results of the checks of the report against itself. */
  checks: CheckResult[];
}

/** A parsed report as plain data for `JSON.stringify`. The schema `@kasan/cli/schema/explain.schema.json` says the same. */
export function parsedToJson(report: ParsedReport): ParsedReportJson {
  return reportJson(report);
}

/** The same, with the mail that the report came with. */
function reportJson(report: ParsedReport, mail?: ReportMail): ParsedReportJson {
  const { bugType, type, corrupted, corruptedReason, frame, form, line, damage } = report;
  const { summary, story, mistake, unknown } = explainInWords(report);
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
    message: mail?.message,
    thread: mail?.thread,
    damage,
  };
  const json = compact<object>(first);
  addDefined(json, fieldsJson(report, { for: "explain", style: DEFAULT_STYLE }));
  const explanation = { summary: [...summary], story: [...story], mistake, unknown: [...unknown] };
  return addDefined(json, { explanation, checks: checkReport(report) }) as ParsedReportJson;
}

/** Reports as one JSON document: `@kasan/cli/schema/explain.schema.json`. */
export function jsonFormat(write: WriteText): ExplainFormat {
  const reports = new JsonList(1);
  return {
    begin: () => write('{\n  "version": 1,\n  "reports": '),
    report: (report, { mail }) => write(reports.item(reportJson(report, mail))),
    end: () => write(`${reports.end()}\n}\n`),
  };
}

/** The schema of {@link parsedToJson}, as a part of `explain.schema.json`. */
export function parsedReportSchema(): JsonSchema {
  const check = record({ id: TEXT, ok: FLAG, message: TEXT, line: SOURCE_LINE }, ["id", "ok", "message"]);
  const words = { summary: listOf(TEXT), story: listOf(TEXT), mistake: TEXT, unknown: listOf(TEXT) };
  const properties = {
    title: CRASH_TITLE,
    altTitles: described("Other names of the same crash, sorted.", listOf(TEXT)),
    type: described("The kind of crash: `KASAN-WRITE`; empty if it is of no known kind.", TEXT),
    corrupted: described("Whether the title may be wrong.", FLAG),
    corruptedReason: TEXT,
    frame: described("The guilty function.", TEXT),
    fingerprint: described("The same for the same stacks, whatever the kernel, compiler and symbolizer.", {
      ...TEXT,
      pattern: "^[0-9a-f]{16}$",
    }),
    form: described("Printed by KASAN, or by the handler of a fault.", oneOf("report", "oops")),
    line: SOURCE_LINE,
    message: described("The message ID of the mail that the report came with.", TEXT),
    thread: described("The message ID of the first mail of its thread.", TEXT),
    damage: described("What is missing.", oneOf("truncated", "interleaved")),
    ...fieldsSchema("explain"),
    explanation: described("The report in words.", record(words, Object.keys(words))),
    checks: described("The report against itself.", listOf(check)),
  };
  return described("A report. What the log does not say is absent.", record(properties, REQUIRED));
}

const REQUIRED = [
  "title",
  "altTitles",
  "bugType",
  "type",
  "corrupted",
  "fingerprint",
  "form",
  "line",
  "callTrace",
  "explanation",
  "checks",
] as const satisfies readonly (keyof ParsedReportJson)[];
