import type { Counters } from "../smp/counters.ts";

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

/** What KUnit, which is guests' code, says as its tests run. */
export type TestEvent = CaseStarted | ReportPrinted | CaseEnded | SuiteEnded;

/** A test case starts. */
export interface CaseStarted {
  /** Tells the events apart. */
  readonly kind: "start";
  /** The case's name. */
  readonly name: string;
}

/** A KASAN report was printed while a case ran. */
export interface ReportPrinted {
  /** Tells the events apart. */
  readonly kind: "report";
  /** Index into the machine's reports, from 0 on. */
  readonly index: number;
}

/** The test case that ran came out. */
export interface CaseEnded {
  /** Tells the events apart. */
  readonly kind: "end";
  /** How it came out. */
  readonly status: TestStatus;
  /** Why it was skipped; empty if it was not. */
  readonly comment: string;
}

/** A suite came to its end. */
export interface SuiteEnded {
  /** Tells the events apart. */
  readonly kind: "suite";
  /** Its name. */
  readonly name: string;
  /** How it came out. */
  readonly status: TestStatus;
}

/** What KUnit says of the tests that it runs, in any thread: events go to `forward`, or are kept here. */
export class TestLog {
  private readonly counters: Counters;
  private readonly forward: (event: TestEvent) => void;
  private readonly done: TestSuite[] = [];
  private cases: TestCase[] = [];
  private running: { name: string; reports: number[] } | undefined;
  /** Runs only what matches: `suite`, `suite.case` or a case's name, with `*` and `?`; empty for everything. */
  filter = "";

  /** Suites that came to their end. */
  get suites(): readonly TestSuite[] {
    return this.done;
  }

  /**
   * @param counters - hold whether a test case runs, for all threads
   * @param forward - takes the events, where another thread keeps them
   */
  constructor(counters: Counters, forward?: (event: TestEvent) => void) {
    this.counters = counters;
    this.forward = forward ?? ((event) => this.apply(event));
  }

  /** Whether a test case runs. */
  get inTest(): boolean {
    return this.counters.get("inTest") !== 0;
  }

  /** A case starts. */
  startCase(name: string): void {
    this.counters.set("inTest", 1);
    this.forward({ kind: "start", name });
  }

  /** A KASAN report was printed: its index. */
  report(index: number): void {
    if (this.inTest) this.forward({ kind: "report", index });
  }

  /** The case that runs came out. */
  endCase(status: TestStatus, comment: string): void {
    this.counters.set("inTest", 0);
    this.forward({ kind: "end", status, comment });
  }

  /** A suite came to its end. */
  endSuite(name: string, status: TestStatus): void {
    this.forward({ kind: "suite", name, status });
  }

  /** Keeps what an event says. */
  apply(event: TestEvent): void {
    switch (event.kind) {
      case "start":
        this.running = { name: event.name, reports: [] };
        return;
      case "report":
        this.running?.reports.push(event.index);
        return;
      case "end": {
        const { name, reports } = this.running ?? { name: "", reports: [] };
        const { status, comment } = event;
        this.cases.push({ name, status, ...(comment && { comment }), reports });
        this.running = undefined;
        return;
      }
      case "suite":
        this.done.push({ name: event.name, status: event.status, cases: this.cases });
        this.cases = [];
    }
  }
}
