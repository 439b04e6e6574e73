import { stepAArch64 } from "./aarch64.ts";
import { AArch64Order, type OrderFeatures } from "./aarch64-order.ts";
import { type Budget, tooLarge } from "./budget.ts";
import type { AfterFault, LitmusTest } from "./litmus-test.ts";
import { mappedBy } from "./location.ts";
import { accessed, hasMarkingHardware } from "./marks.ts";
import type { Relation } from "./relation.ts";
import { Tape } from "./tape.ts";
import { firstValue, type PossibleValues, Thread, type ThreadRun } from "./thread.ts";
import { type LitmusValue, sameValue } from "./value.ts";
import { stepX86 } from "./x86.ts";
import { x86Order } from "./x86-order.ts";

/** How to run a test where it does not say. */
export interface ExecutionOptions extends OrderFeatures {
  /** what follows a fault without a handler */
  readonly afterFault: AfterFault;
}

/** Most ways of one CPU that are tried. */
const MOST_RUNS = 100_000;
/** Most effects of one CPU; the catalogues' tests have up to 30. */
const MOST_EVENTS = 100;

/** A CPU's run, with the order it keeps among its events. */
export interface OrderedRun extends ThreadRun {
  readonly order: Relation;
  readonly rules: AArch64Order | undefined;
}

/** Runs each CPU for the values that may be read, until no run writes a new one. */
export function allRuns(test: LitmusTest, options: ExecutionOptions, budget: Budget): OrderedRun[][] {
  const values = new Map<string, LitmusValue[]>();
  const instructions = test.programs.reduce((sum, { code }) => sum + code.length, 0);
  for (let round = 0; ; round++) {
    const runs = test.programs.map((_, cpu) => runsOf(test, cpu, withFirst(test, values), options));
    for (const { events } of runs.flat()) budget.take(events.length * 4);
    if (!addWritten(values, test, runs.flat()) || round > instructions)
      return runs.map((all) =>
        all.map((run) => {
          budget.takeRun(run.events.length);
          return ordered(test, run, options);
        }),
      );
  }
}

/** Locations that no run wrote have their first value. */
const withFirst =
  (test: LitmusTest, values: ReadonlyMap<string, LitmusValue[]>): PossibleValues =>
  (location) =>
    values.get(location) ?? [firstValue(test, location)];

function runsOf(test: LitmusTest, cpu: number, possible: PossibleValues, options: ExecutionOptions) {
  const step = test.architecture === "AArch64" ? stepAArch64 : stepX86;
  const runs = Tape.all(
    (tape) => new Thread(test, cpu, possible, tape).run(step, test.afterFault ?? options.afterFault),
    MOST_RUNS,
  );
  if (runs === undefined || runs.some(({ events }) => events.length > MOST_EVENTS)) throw tooLarge(test);
  return runs;
}

/** @returns whether there was something new */
function addWritten(values: Map<string, LitmusValue[]>, test: LitmusTest, runs: readonly ThreadRun[]): boolean {
  let isNew = false;
  const add = (location: string, value: LitmusValue) => {
    const known = values.get(location) ?? [firstValue(test, location)];
    values.set(location, known);
    if (known.some((other) => sameValue(other, value))) return;
    known.push(value);
    isNew = true;
  };
  for (const { events } of runs)
    for (const { kind, location, value } of events) {
      if (kind === "write") add(location, value);
      if (mappedBy(location) !== undefined && hasMarkingHardware(test))
        for (const known of values.get(location) ?? [firstValue(test, location)]) {
          const marked = accessed(known);
          if (marked !== undefined) add(location, marked);
        }
    }
  return isNew;
}

function ordered(test: LitmusTest, run: ThreadRun, features: OrderFeatures): OrderedRun {
  if (test.architecture === "X86_64") return { ...run, order: x86Order(run.events), rules: undefined };
  const rules = new AArch64Order(run.events, features);
  return { ...run, order: rules.relation(), rules };
}
