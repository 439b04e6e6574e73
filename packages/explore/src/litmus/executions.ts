import { Budget } from "./budget.ts";
import { Candidate, type Execution } from "./candidate.ts";
import type { LitmusTest } from "./litmus-test.ts";
import { accessed, spontaneousMarks } from "./marks.ts";
import { allRuns, type ExecutionOptions, type OrderedRun } from "./runs.ts";
import { firstValue } from "./thread.ts";
import { type LitmusValue, valueText } from "./value.ts";

/**
 * Finds every execution of a test that its architecture allows.
 *
 * Each CPU runs alone for all values that its reads could give. For each combination of those runs, each read gets a write
 * that it reads from, and the writes of each location an order. What remains is an execution if the order of effects has no
 * cycle. The work is exponential in the number of reads.
 *
 * @param test - the test
 * @param options - what the test does not say
 * @param found - is told each execution
 * @throws {@link ExploreError} LITMUS if there are too many
 */
export function executions(test: LitmusTest, options: ExecutionOptions, found: (execution: Execution) => void): void {
  const budget = new Budget(test);
  const threads = allRuns(test, options, budget).map((runs) => runs.map((run) => exchange(test, run)));
  const combine = (chosen: readonly Exchange[]): void => {
    const next = threads[chosen.length];
    if (next === undefined) {
      const runs = chosen.map(({ run }) => run);
      for (const marks of spontaneousMarks(test, runs)) new Candidate(test, runs, marks, budget).executions(found);
      return;
    }
    const later = threads.slice(chosen.length + 1).flat();
    for (const run of next) {
      budget.take();
      const together = [...chosen, run];
      if (isPossible(together, later)) combine(together);
    }
  };
  combine([]);
}

/** A CPU's run with what it takes from others and what it gives them: locations with values. */
interface Exchange {
  readonly run: OrderedRun;
  readonly takes: ReadonlySet<string>;
  readonly gives: ReadonlySet<string>;
}

function exchange(test: LitmusTest, run: OrderedRun): Exchange {
  const gives = new Set<string>();
  const give = (location: string, value: LitmusValue) => {
    gives.add(`${location}=${valueText(value)}`);
    const marked = accessed(value);
    if (marked !== undefined) gives.add(`${location}=${valueText(marked)}`);
  };
  for (const { kind, location, value } of run.events) {
    if (kind === "write") give(location, value);
    if (kind === "read") give(location, firstValue(test, location));
  }
  const takes = run.events
    .filter(({ kind }) => kind === "read")
    .map(({ location, value }) => `${location}=${valueText(value)}`)
    .filter((taken) => !gives.has(taken));
  return { run, takes: new Set(takes), gives };
}

/** @returns whether each value that is taken could be given, by those chosen or in some run of the CPUs that are left */
function isPossible(chosen: readonly Exchange[], left: readonly Exchange[]): boolean {
  const given = (taken: string) =>
    chosen.some(({ gives }) => gives.has(taken)) || left.some(({ gives }) => gives.has(taken));
  return chosen.every(({ takes }) => [...takes].every(given));
}
