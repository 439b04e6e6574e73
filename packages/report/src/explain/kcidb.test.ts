import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { type JsonSchema, listOf, record } from "../json-schema.ts";
import { type ParsedReport, parseLog } from "../parse/index.ts";
import { type KcidbLog, toKcidb } from "./kcidb.ts";

const DATA = new URL("../../testdata/", import.meta.url);
const read = (name: string): ParsedReport => parseLog(readFileSync(new URL(name, DATA), "utf8")).reports[0]!;
const OOB = read("slab-out-of-bounds.txt");
const UAF = read("slab-use-after-free-irq.txt");
const SOURCE = { origin: "our_ci", build: "maestro:65a1" };

// What KCIDB's I/O schema 5.3 demands of the objects that are written here (kernelci/kcidb-io, kcidb_io/schema/v05_03.py).
const ID = { type: "string", pattern: "^[a-z0-9_]+:.*$" };
const ORIGIN = { type: "string", pattern: "^[a-z0-9_]+$" };
const TEXT = { type: "string", pattern: "^[^\\0]*$" };
const VERSION = { type: "integer", minimum: 0 };
const FLAG = { type: "boolean" };
const TEST = {
  id: ID,
  origin: ORIGIN,
  build_id: ID,
  path: { type: "string", pattern: "^([a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*)?$" },
  status: { enum: ["FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"] },
  comment: TEXT,
  log_excerpt: { ...TEXT, maxLength: 16384 },
};
const ISSUE = {
  id: ID,
  version: VERSION,
  origin: ORIGIN,
  report_subject: TEXT,
  culprit: record({ code: FLAG, tool: FLAG, harness: FLAG }, []),
  comment: TEXT,
};
const INCIDENT = {
  id: ID,
  origin: ORIGIN,
  issue_id: ID,
  issue_version: VERSION,
  build_id: ID,
  test_id: ID,
  present: FLAG,
  comment: TEXT,
};
const SCHEMA: JsonSchema = record(
  {
    version: record({ major: { const: 5 }, minor: { type: "integer", minimum: 0, maximum: 3 } }, ["major"]),
    tests: listOf(record(TEST, ["build_id", "id", "origin"])),
    issues: listOf(record(ISSUE, ["id", "version", "origin"])),
    incidents: listOf(record(INCIDENT, ["id", "origin", "issue_id", "issue_version"])),
  },
  ["version"],
);
const validate = new Ajv({ strict: true }).compile(SCHEMA);

/** A submission, which keeps to the schema. */
function submit(...logs: KcidbLog[]) {
  const data = toKcidb(logs, SOURCE);
  expect(validate(JSON.parse(JSON.stringify(data))), JSON.stringify(validate.errors)).toBe(true);
  return data;
}

test("a log is a test run of the build, a fingerprint an issue, and an incident joins them", () => {
  const { tests, issues, incidents } = submit(
    { id: "a", name: "a.log", reports: [OOB, UAF, OOB] },
    { id: "b", name: "b.log", reports: [OOB] },
    { id: "c", name: "c.log", reports: [] },
    { id: "d", name: "d.log", reports: [], unread: true },
  );
  expect(tests.map(({ status }) => status)).toEqual(["FAIL", "FAIL", "PASS", "ERROR"]);
  expect(new Set(tests.map(({ build_id }) => build_id))).toEqual(new Set(["maestro:65a1"]));
  expect(issues.map((issue) => issue.report_subject)).toEqual([OOB.title, UAF.title]);
  const [a, b] = tests.map(({ id }) => id);
  const [oob, uaf] = issues.map(({ id }) => id);
  const pairs = incidents.map(({ issue_id, test_id }) => [issue_id, test_id]);
  expect(pairs).toEqual([
    [oob, a],
    [uaf, a],
    [oob, b],
  ]);
  expect(new Set(incidents.map(({ id }) => id)).size).toBe(3);
});

test("a log that is there twice is one test run", () => {
  const log = { id: "a", name: "a.log", reports: [OOB] };
  expect(submit(log, log)).toEqual(submit(log));
});

test("text keeps to what the database takes", () => {
  const line = { number: 1, raw: `${"x".repeat(99)}\n`, role: "foreign" } as const;
  const odd = { ...line, raw: "nul \0, no UTF-8 \udcff\n" };
  const lines = [odd, ...Array.from({ length: 400 }, () => line)];
  const { tests } = submit({ id: "a", name: "odd\0name\udc80", reports: [{ ...OOB, lines }] });
  expect(tests[0]!.comment).toBe("oddname\ufffd");
  const excerpt = tests[0]!.log_excerpt!;
  expect(excerpt).toMatch(/^nul , no UTF-8 \ufffd\nx/);
  expect(excerpt.length).toBeGreaterThan(16384 - 100);
  expect(excerpt.endsWith("x\n")).toBe(true);
  const endless = { ...line, raw: "y".repeat(20_000) };
  submit({ id: "a", name: "a.log", reports: [{ ...OOB, lines: [endless] }] });
});
