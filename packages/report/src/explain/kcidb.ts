import type { ParsedReport } from "../parse/parsed.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { explainReport } from "./explanation.ts";

/** A log that was read, for {@link toKcidb}. */
export interface KcidbLog {
  /** Tells the log from all others of the build: a hash of its content. */
  readonly id: string;
  /** Its name, for people. */
  readonly name: string;
  /** The reports in it. */
  readonly reports: readonly ParsedReport[];
  /** Whether it has signs of a report that could not be read: then nobody knows whether the kernel is sound. */
  readonly unread?: boolean;
}

/** Whose results they are, and of which build. */
export interface KcidbSource {
  /** The name of the CI system, as KCIDB knows it: {@link KCIDB_ORIGIN}. */
  readonly origin: string;
  /** The ID of the tested build in KCIDB: {@link KCIDB_ID}. */
  readonly build: string;
}

/** Names of CI systems. */
export const KCIDB_ORIGIN = /^[a-z0-9_]+$/;
/** IDs of objects: the CI system that made the object, and its own name for it. */
export const KCIDB_ID = /^[a-z0-9_]+:[^\0\n]+$/;

/** A log, as a test run of a build. */
export interface KcidbTest {
  /** Its name: {@link KCIDB_ID}. */
  id: string;
  /** Whose it is. */
  origin: string;
  /** The tested build. */
  build_id: string;
  /** What was tested: always `kasan`. */
  path: string;
  /** `FAIL`: there are reports. `ERROR`: there may be some that could not be read. */
  status: "FAIL" | "PASS" | "ERROR";
  /** The log's name. */
  comment: string;
  /** The reports, at most 16384 characters. */
  log_excerpt?: string;
}

/** A bug: all reports with one fingerprint. */
export interface KcidbIssue {
  /** Its name: {@link KCIDB_ID}. */
  id: string;
  /** Its version: always 1. */
  version: number;
  /** Whose it is. */
  origin: string;
  /** The crash's title. */
  report_subject: string;
  /** What is at fault. */
  culprit: {
    /** Whether the tested code is: always true. */
    code: boolean;
  };
  /** What happened, in words. */
  comment: string;
}

/** The presence of an issue in a test run. */
export interface KcidbIncident {
  /** Its name: {@link KCIDB_ID}. */
  id: string;
  /** Whose it is. */
  origin: string;
  /** The issue. */
  issue_id: string;
  /** Its version. */
  issue_version: number;
  /** The test run. */
  test_id: string;
  /** Whether the issue was there: always true. */
  present: boolean;
}

/** A submission to KCIDB, in its I/O schema 5.3, as plain data for `JSON.stringify`. */
export interface KcidbData {
  /** The version of the schema. */
  version: {
    /** Its major number: a reader of another one refuses the data. */
    major: number;
    /** Its minor number. */
    minor: number;
  };
  /** The logs. */
  tests: KcidbTest[];
  /** The bugs. */
  issues: KcidbIssue[];
  /** The bugs in the logs. */
  incidents: KcidbIncident[];
}

/** The schema's bound for excerpts of logs. */
const MAX_EXCERPT = 16384;

/**
 * Reports as a submission to KCIDB, the database of kernel CI systems: each log is a test run of a build, each fingerprint an issue, and
 * an incident says that an issue was seen in a log. IDs follow from the content, so that sending a log again adds nothing.
 */
export function toKcidb(logs: readonly KcidbLog[], { origin, build }: KcidbSource): KcidbData {
  const data: KcidbData = { version: { major: 5, minor: 3 }, tests: [], issues: [], incidents: [] };
  const seen = new Set<string>();
  /** Adds an object unless the submission has it. */
  const add = <T extends { readonly id: string }>(list: T[], one: T): void => {
    if (!seen.has(one.id)) list.push(one);
    seen.add(one.id);
  };
  for (const log of logs) {
    const run = `kasan:${build}:${log.id}`;
    const test = `${origin}:${run}`;
    add(data.tests, testOf(log, { id: test, origin, build_id: build }));
    for (const report of log.reports) {
      const fingerprint = fingerprintOf(signatureOf(report));
      const issue = issueOf(report, `${origin}:kasan:${fingerprint}`, origin);
      add(data.issues, issue);
      add(data.incidents, {
        id: `${origin}:${run}:${fingerprint}`,
        origin,
        issue_id: issue.id,
        issue_version: issue.version,
        test_id: test,
        present: true,
      });
    }
  }
  return data;
}

function testOf(
  { name, reports, unread = false }: KcidbLog,
  ids: Pick<KcidbTest, "id" | "origin" | "build_id">,
): KcidbTest {
  const status = reports.length > 0 ? "FAIL" : unread ? "ERROR" : "PASS";
  return {
    ...ids,
    path: "kasan",
    status,
    comment: plain(name),
    ...(reports.length > 0 && { log_excerpt: excerptOf(reports) }),
  };
}

/** The reports as they stand in the log, as far as there is room, in whole lines. */
function excerptOf(reports: readonly ParsedReport[]): string {
  const text = plain(reports.map(({ lines }) => lines.map(({ raw }) => raw).join("")).join(""));
  if (text.length <= MAX_EXCERPT) return text;
  const end = text.lastIndexOf("\n", MAX_EXCERPT - 1) + 1;
  return text.slice(0, end > 0 ? end : MAX_EXCERPT);
}

function issueOf(report: ParsedReport, id: string, origin: string): KcidbIssue {
  return {
    id,
    version: 1,
    origin,
    report_subject: plain(report.title),
    culprit: { code: true },
    comment: plain(explainReport(report).summary.join(" ")),
  };
}

/** Text without what the database does not take: NUL, and halves of characters, which stand for bytes that are no UTF-8. */
const plain = (text: string): string => text.replace(/\0/g, "").replace(/[\ud800-\udfff]/gu, "\ufffd");
