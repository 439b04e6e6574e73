import type { Counters } from "../smp/counters.ts";

/** Result of a test, as in KTAP. */
export type TestStatus = "ok" | "not ok" | "skip";

/** A test case that ran. */
export interface TestCase {
  /** Name of its function. */
  readonly name: string;
  /** Its result. */
  readonly status: TestStatus;
  /** The reason if it was skipped. */
  readonly comment?: string;
  /** KASAN reports printed while it ran, as indices into the machine's reports, starting at 0. */
  readonly reports: readonly number[];
}

/** A test suite that ran. */
export interface TestSuite {
  /** Its name. */
  readonly name: string;
  /** Its result: `ok` if no case failed. */
  readonly status: TestStatus;
  /** Its cases, in the order they ran. */
  readonly cases: readonly TestCase[];
}

/** Events that KUnit, which is guest code, sends while its tests run. */
export type TestEvent = CaseStarted | ReportPrinted | CaseEnded | SuiteEnded;

/** A test case starts. */
export interface CaseStarted {
  /** Discriminates the events. */
  readonly kind: "start";
  /** The case's name. */
  readonly name: string;
}

/** A KASAN report was printed while a case ran. */
export interface ReportPrinted {
  /** Discriminates the events. */
  readonly kind: "report";
  /** Index into the machine's reports, starting at 0. */
  readonly index: number;
}

/** The running test case ended. */
export interface CaseEnded {
  /** Discriminates the events. */
  readonly kind: "end";
  /** Its result. */
  readonly status: TestStatus;
  /** The reason if it was skipped, else empty. */
  readonly comment: string;
}

/** A suite ended. */
export interface SuiteEnded {
  /** Discriminates the events. */
  readonly kind: "suite";
  /** Its name. */
  readonly name: string;
  /** Its result. */
  readonly status: TestStatus;
}

/** Collects KUnit's events from any thread. Events go to `forward` or are kept here. */
export class TestLog {
  private readonly counters: Counters;
  private readonly forward: (event: TestEvent) => void;
  private readonly done: TestSuite[] = [];
  private cases: TestCase[] = [];
  private running: { name: string; reports: number[] } | undefined;
  /** Selects the tests to run: `suite`, `suite.case` or a case's name, with `*` and `?`; empty for all. */
  filter = "";

  /** Suites that have ended. */
  get suites(): readonly TestSuite[] {
    return this.done;
  }

  /**
   * @param counters - record whether a test case is running, for all threads
   * @param forward - receives the events if another thread keeps them
   */
  constructor(counters: Counters, forward?: (event: TestEvent) => void) {
    this.counters = counters;
    this.forward = forward ?? ((event) => this.apply(event));
  }

  /** Whether a test case is running. */
  get inTest(): boolean {
    return this.counters.get("inTest") !== 0;
  }

  /** Records that a case starts. */
  startCase(name: string): void {
    this.counters.set("inTest", 1);
    this.forward({ kind: "start", name });
  }

  /** Records a printed KASAN report. `index`: its index. */
  report(index: number): void {
    if (this.inTest) this.forward({ kind: "report", index });
  }

  /** Records that the running case ended. */
  endCase(status: TestStatus, comment: string): void {
    this.counters.set("inTest", 0);
    this.forward({ kind: "end", status, comment });
  }

  /** Records that a suite ended. */
  endSuite(name: string, status: TestStatus): void {
    this.forward({ kind: "suite", name, status });
  }

  /** Updates the log with an event. */
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
