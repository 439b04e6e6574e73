/** How a test came out, as KTAP has it. */
export type TestStatus = "ok" | "not ok" | "skip";

/** A test case that ran. */
export interface TestCase {
  /** Its function's name. */
  readonly name: string;
  /** How it came out. */
  readonly status: TestStatus;
  /** Why it was skipped. */
  readonly comment?: string;
  /** KASAN reports that were printed while it ran, as indices into the machine's reports, from 0 on. */
  readonly reports: readonly number[];
}

/** A test suite that ran. */
export interface TestSuite {
  /** Its name. */
  readonly name: string;
  /** How it came out: `ok` if no case failed. */
  readonly status: TestStatus;
  /** Its cases, in the order in which they ran. */
  readonly cases: readonly TestCase[];
}

/** What KUnit, which is guests' code, says of the tests that it runs. */
export class TestLog {
  private readonly done: TestSuite[] = [];
  private cases: TestCase[] = [];
  private running: { name: string; reports: number[] } | undefined;
  /** Runs only what matches: `suite`, `suite.case` or a case's name, with `*` and `?`; empty for everything. */
  filter = "";

  /** Suites that came to their end. */
  get suites(): readonly TestSuite[] {
    return this.done;
  }

  /** Whether a test case runs. */
  get inTest(): boolean {
    return this.running !== undefined;
  }

  /** A case starts. */
  startCase(name: string): void {
    this.running = { name, reports: [] };
  }

  /** A KASAN report was printed: its index. */
  report(index: number): void {
    this.running?.reports.push(index);
  }

  /** The case that runs came out. */
  endCase(status: TestStatus, comment: string): void {
    const { name, reports } = this.running ?? { name: "", reports: [] };
    this.cases.push({ name, status, ...(comment && { comment }), reports });
    this.running = undefined;
  }

  /** A suite came to its end. */
  endSuite(name: string, status: TestStatus): void {
    this.done.push({ name, status, cases: this.cases });
    this.cases = [];
  }
}
