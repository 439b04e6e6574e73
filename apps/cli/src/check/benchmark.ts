import type { CheckSummary } from "@kasan/explore";
import { duration } from "../duration.ts";
import type { ProgressLine } from "../output.ts";
import type { CheckJob } from "./request.ts";
import { runJobs } from "./run-jobs.ts";

/** One row: a scheme on an architecture, explored with the reduction and without. */
export interface BenchmarkRow {
  readonly reduced: CheckSummary;
  readonly full: CheckSummary;
}

/** Explores each job both ways. */
export async function runBenchmark(
  jobs: readonly CheckJob[],
  options: { readonly threads: number; readonly progress: ProgressLine },
): Promise<BenchmarkRow[]> {
  const both = (reduction: boolean) =>
    runJobs(
      jobs.map((job) => ({ ...job, options: { ...job.options, reduction, shorten: false } })),
      { ...options, checkpoint: undefined },
    );
  const [reduced, full] = [await both(true), await both(false)];
  return reduced.map((summary, index) => ({ reduced: summary, full: full[index] }));
}

const brokenBy = ({ traces }: CheckSummary): string[] => traces.map(({ property }) => property).sort();

const counts = ({ states, steps, time }: CheckSummary): string[] => [String(states), String(steps), duration(time)];

/** The rows as text. */
export function benchmarkRows(rows: readonly BenchmarkRow[]): string[][] {
  const lines = rows.map(({ reduced, full }) => [
    reduced.scheme,
    reduced.architecture,
    brokenBy(reduced).join(", ") || "nothing",
    ...counts(reduced),
    ...counts(full),
    (full.states / Math.max(reduced.states, 1)).toFixed(1),
  ]);
  const head = ["scheme", "on", "breaks", "states", "steps", "time", "states, unreduced", "steps", "time", "x states"];
  return [head, ...lines];
}

/** The rows as an object, of schema/check-benchmark.schema.json. */
export function benchmarkJson(rows: readonly BenchmarkRow[], what: string): unknown {
  const part = ({ bound, states, steps, time }: CheckSummary) => ({ bound, states, steps, time });
  return {
    version: 1,
    explored: what,
    rows: rows.map(({ reduced, full }) => ({
      scheme: reduced.scheme,
      architecture: reduced.architecture,
      breaks: brokenBy(reduced),
      reduced: part(reduced),
      unreduced: part(full),
    })),
  };
}
