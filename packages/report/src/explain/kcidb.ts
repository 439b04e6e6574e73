import type { ParsedReport } from "../parse/parsed.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { summaryOf } from "./explanation.ts";
import type { ExplainFormat, WriteText } from "./format.ts";
import { JsonList } from "./json-list.ts";

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
/** The version of the schema. */
const VERSION: KcidbData["version"] = { major: 5, minor: 3 };
/** Of issues: what is said of one follows from its first report. */
const ISSUE_VERSION = 1;

/**
 * Reports as a submission to KCIDB, the database of kernel CI systems: each log is a test run of a build, each fingerprint an issue, and
 * an incident says that an issue was seen in a log. IDs follow from the content, so that sending a log again adds nothing.
 */
export function toKcidb(logs: readonly KcidbLog[], source: KcidbSource): KcidbData {
  const data: KcidbData = { version: VERSION, tests: [], issues: [], incidents: [] };
  const submission = new Submission(source);
  for (const log of logs) {
    for (const report of log.reports) data.issues.push(...submission.report(report));
    const { tests, incidents } = submission.endOfLog(log);
    data.tests.push(...tests);
    for (const incident of incidents) data.incidents.push(incident);
  }
  return data;
}

/** {@link toKcidb} as a stream: the text of what it returns. */
export function kcidbFormat(write: WriteText, { kcidb: source }: { readonly kcidb: KcidbSource }): ExplainFormat {
  const submission = new Submission(source);
  const lists = { tests: new JsonList(1), issues: new JsonList(1), incidents: new JsonList(1) };
  const [TESTS, ISSUES, INCIDENTS] = [0, 1, 2];
  return {
    begin: () => {
      const version = JSON.stringify({ version: VERSION }, undefined, 2).slice(0, -2);
      write(`${version},\n  "tests": `, TESTS);
      write(',\n  "issues": ', ISSUES);
      write(',\n  "incidents": ', INCIDENTS);
    },
    report: (report) => {
      for (const issue of submission.report(report)) write(lists.issues.item(issue), ISSUES);
    },
    endOfLog: ({ id, name, mail, unread }) => {
      const named = mail === undefined ? name : `mail ${mail.message ?? mail.thread}`;
      const { tests, incidents } = submission.endOfLog({ id, name: named, ...(unread !== undefined && { unread }) });
      for (const test of tests) write(lists.tests.item(test), TESTS);
      for (const incident of incidents) write(lists.incidents.item(incident), INCIDENTS);
    },
    end: () => {
      write(lists.tests.end(), TESTS);
      write(lists.issues.end(), ISSUES);
      write(`${lists.incidents.end()}\n}\n`, INCIDENTS);
    },
  };
}

/** What is submitted, as it becomes known. Each object is submitted once. */
class Submission {
  private readonly logs = new Set<string>();
  private readonly bugs = new Set<string>();
  /** The bugs of the log that is being read. */
  private readonly found = new Set<string>();
  /** The log's reports as they stand in it, as far as there is room. */
  private excerpt = "";

  constructor(private readonly source: KcidbSource) {}

  /** Takes the next report of a log. Returns the issue, if it is a new one. */
  report(report: ParsedReport): KcidbIssue[] {
    const fingerprint = fingerprintOf(signatureOf(report));
    this.found.add(fingerprint);
    if (this.excerpt.length <= MAX_EXCERPT) this.excerpt += plain(report.lines.map(({ raw }) => raw).join(""));
    if (this.bugs.has(fingerprint)) return [];
    this.bugs.add(fingerprint);
    return [issueOf(report, this.issueId(fingerprint), this.source.origin)];
  }

  /** Ends a log. Returns its test run and incidents, if it is a new one. */
  endOfLog({ id, name, unread = false }: Omit<KcidbLog, "reports">): {
    tests: KcidbTest[];
    incidents: Iterable<KcidbIncident>;
  } {
    const { origin, build } = this.source;
    const bugs = [...this.found];
    const excerpt = shortened(this.excerpt);
    this.found.clear();
    this.excerpt = "";
    if (this.logs.has(id)) return { tests: [], incidents: [] };
    this.logs.add(id);
    const test: KcidbTest = {
      id: `${origin}:kasan:${build}:${id}`,
      origin,
      build_id: build,
      path: "kasan",
      status: bugs.length > 0 ? "FAIL" : unread ? "ERROR" : "PASS",
      comment: plain(name),
      ...(bugs.length > 0 && { log_excerpt: excerpt }),
    };
    return { tests: [test], incidents: this.incidents(test, bugs) };
  }

  /** One by one: a log can have more bugs than memory should hold. */
  private *incidents(test: KcidbTest, bugs: readonly string[]): Generator<KcidbIncident> {
    for (const fingerprint of bugs) {
      yield {
        id: `${test.id}:${fingerprint}`,
        origin: test.origin,
        issue_id: this.issueId(fingerprint),
        issue_version: ISSUE_VERSION,
        test_id: test.id,
        present: true,
      };
    }
  }

  private issueId(fingerprint: string): string {
    return `${this.source.origin}:kasan:${fingerprint}`;
  }
}

/** Text within the bound for excerpts, in whole lines. */
function shortened(text: string): string {
  if (text.length <= MAX_EXCERPT) return text;
  const end = text.lastIndexOf("\n", MAX_EXCERPT - 1) + 1;
  return text.slice(0, end > 0 ? end : MAX_EXCERPT);
}

function issueOf(report: ParsedReport, id: string, origin: string): KcidbIssue {
  return {
    id,
    version: ISSUE_VERSION,
    origin,
    report_subject: plain(report.title),
    culprit: { code: true },
    comment: plain(summaryOf(report).join(" ")),
  };
}

/** Text without what the database does not take: NUL, and halves of characters, which stand for bytes that are no UTF-8. */
const plain = (text: string): string => text.replace(/\0/g, "").replace(/[\ud800-\udfff]/gu, "\ufffd");
