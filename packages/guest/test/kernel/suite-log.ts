/** The parts of a KASAN report that must agree between two kernels running the same program. */
export interface LoggedReport {
  /** `slab-out-of-bounds Read 1`. */
  readonly bug: string;
  /** The location, for a slab object: `kmalloc-128 of size 128, 5 bytes to the right of allocated 115-byte region`. */
  readonly where: string;
  /** The parts of the object's history that the report has: `allocated freed aux`. */
  readonly history: string;
}

/** A test case of a log. */
export interface LoggedCase {
  /** `ok`, `not ok`, or `ok # SKIP` with a reason. */
  readonly status: string;
  /** Its reports, in order. */
  readonly reports: readonly LoggedReport[];
}

const CASE = /^ {4}(ok|not ok) \d+ (\w+)(?: (# SKIP .*))?$/;
const FACTS: readonly [part: "access" | "cache" | "offset" | "region", line: RegExp][] = [
  ["access", /^(Read of size \d+|Write of size \d+|Free) (?:at|of) addr/],
  ["cache", /^ which belongs to the cache (.*)$/],
  ["offset", /^The buggy address is located (.*)$/],
  ["region", /^ ((?:allocated |freed )?\d+-byte region)/],
];
const HISTORY: readonly [word: string, line: RegExp][] = [
  ["allocated", /^Allocated by task \d+ on cpu \d+ at /],
  ["freed", /^Freed by task \d+ on cpu \d+ at /],
  ["aux", /^Last potentially related work creation:$/],
];

/** The cases in a KUnit suite's log, with the reports printed before each result. */
export function readSuiteLog(lines: readonly string[]): Map<string, LoggedCase> {
  const cases = new Map<string, LoggedCase>();
  let reports: Map<string, string>[] = [];
  for (const raw of lines) {
    // With or without a caller after the time (CONFIG_PRINTK_CALLER).
    const line = raw.replace(/^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?/, "").trimEnd();
    const bug = /^BUG: KASAN: (\S+) in/.exec(line);
    if (bug) reports.push(new Map([["type", bug[1]]]));
    const result = CASE.exec(line);
    if (result) {
      const [, status, name, skip] = result;
      cases.set(name, { status: skip ? `${status} ${skip}` : status, reports: reports.map(describe) });
      reports = [];
    } else if (reports.length > 0) addFacts(reports[reports.length - 1], line);
  }
  return cases;
}

function addFacts(report: Map<string, string>, line: string): void {
  for (const [part, pattern] of FACTS) {
    const found = pattern.exec(line);
    if (found && !report.has(part)) report.set(part, found[1]);
  }
  for (const [word, pattern] of HISTORY) if (pattern.test(line)) report.set(word, word);
}

function describe(report: Map<string, string>): LoggedReport {
  const join = (...parts: string[]) => parts.flatMap((part) => report.get(part) ?? []).join(" ");
  return {
    bug: join("type", "access"),
    where: join("cache", "offset", "region"),
    history: join("allocated", "freed", "aux"),
  };
}
