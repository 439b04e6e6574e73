import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ParsedReport, parseLog } from "../parse/index.ts";
import {
  EXPLAIN_FORMATS,
  explainHtml,
  explainMarkdown,
  explainText,
  parsedToJson,
  type ReportMail,
  toKcidb,
  toSarif,
} from "./index.ts";

const DATA = new URL("../../testdata/", import.meta.url);
const ALL = readdirSync(DATA).flatMap((name) => parseLog(readFileSync(new URL(name, DATA), "utf8")).reports);
const OPTIONS = { version: "1.2.3", kcidb: { origin: "our_ci", build: "maestro:65a1" } };
type Name = keyof typeof EXPLAIN_FORMATS;

/** What a format writes, part by part, of logs. */
function parts(name: Name, logs: readonly (readonly ParsedReport[])[], mail?: ReportMail): string[] {
  const written: string[] = [];
  const format = EXPLAIN_FORMATS[name]((text, part = 0) => {
    written[part] = (written[part] ?? "") + text;
  }, OPTIONS);
  format.begin?.();
  for (const [i, reports] of logs.entries()) {
    for (const report of reports) format.report(report, { name: "a.log", mail });
    format.endOfLog?.({ name: "a.log", mail, id: String(i), unread: reports.length === 0 });
  }
  format.end?.();
  return written;
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
const kcidbLogs = (logs: readonly (readonly ParsedReport[])[]) =>
  logs.map((reports, i) => ({ id: String(i), name: "a.log", reports, unread: reports.length === 0 }));

/** What each format is as a whole. */
const WHOLE: Record<Name, (logs: readonly (readonly ParsedReport[])[]) => string> = {
  text: (logs) =>
    logs
      .flat()
      .map((report) => explainText(report))
      .join(`${"─".repeat(80)}\n`),
  html: (logs) => explainHtml(logs.flat()),
  json: (logs) => json({ version: 1, reports: logs.flat().map((report) => parsedToJson(report)) }),
  sarif: (logs) =>
    json(
      toSarif(
        logs.flat().map((report) => ({ file: "a.log", report })),
        OPTIONS.version,
      ),
    ),
  markdown: (logs) => explainMarkdown(logs.flat()),
  kcidb: (logs) => json(toKcidb(kcidbLogs(logs), OPTIONS.kcidb)),
};

describe.each(Object.keys(EXPLAIN_FORMATS) as Name[])("%s as a stream", (name) => {
  test.each([
    ["no log", []],
    ["a log without reports", [[]]],
    ["one report", [ALL.slice(0, 1)]],
    ["a log twice, and one without reports between", [ALL.slice(0, 2), [], ALL.slice(0, 2)]],
    ["many reports", [ALL]],
  ])("%s: the text of the whole", (_name, logs) => {
    expect(parts(name, logs).join("")).toBe(WHOLE[name](logs));
  });

  test("holds no more than a report, however many there are", () => {
    const counted: number[] = [];
    let length = 0;
    const format = EXPLAIN_FORMATS[name]((text) => {
      length += text.length;
    }, OPTIONS);
    format.begin?.();
    for (const report of ALL) {
      format.report(report, { name: "a.log" });
      format.endOfLog?.({ name: "a.log", id: String(counted.length) });
      counted.push(length);
    }
    const total = parts(
      name,
      ALL.map((report) => [report]),
    ).join("").length;
    expect(total - length).toBeLessThan(length / 2);
    for (const [i, written] of counted.entries()) if (i > 1) expect(written).toBeGreaterThan(counted[i - 1]!);
  });
});

test("a page of many reports has its contents first, and each leads to its report", () => {
  const page = parts("html", [ALL]).join("");
  const links = [...page.matchAll(/<a href="#(report-\d+)">/g)].map(([, id]) => id);
  expect(links).toHaveLength(ALL.length);
  expect(page.lastIndexOf('<a href="#report-')).toBeLessThan(page.indexOf("<article"));
  expect([...page.matchAll(/<article id="(report-\d+)"/g)].map(([, id]) => id)).toEqual(links);
});

test("a report of a mail names the mail and its thread", () => {
  const mail = { message: "second@x", thread: "first@x" };
  const [report] = JSON.parse(parts("json", [ALL.slice(0, 1)], mail).join("")).reports;
  expect(report).toMatchObject(mail);
  const [result] = JSON.parse(parts("sarif", [ALL.slice(0, 1)], mail).join("")).runs[0].results;
  expect(result.properties).toMatchObject(mail);
  const [run] = JSON.parse(parts("kcidb", [ALL.slice(0, 1)], mail).join("")).tests;
  expect(run.comment).toBe("mail second@x");
});

test("kcidb needs a source", () => {
  expect(() => EXPLAIN_FORMATS.kcidb(() => {}, { version: "1" })).toThrow("KCIDB must know");
});
