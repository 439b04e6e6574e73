import { Budget } from "./budget.ts";
import { Candidate, type Execution } from "./candidate.ts";
import type { LitmusTest } from "./litmus-test.ts";
import { spontaneousMarks } from "./marks.ts";
import { allRuns, type ExecutionOptions, type OrderedRun } from "./runs.ts";

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
  const threads = allRuns(test, options);
  const budget = new Budget(test);
  const combine = (chosen: readonly OrderedRun[]): void => {
    const next = threads[chosen.length];
    if (next !== undefined) {
      for (const run of next) combine([...chosen, run]);
      return;
    }
    for (const marks of spontaneousMarks(test, chosen)) new Candidate(test, chosen, marks, budget).executions(found);
  };
  combine([]);
}
