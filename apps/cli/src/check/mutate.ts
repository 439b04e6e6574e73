import { type Bound, type CheckData, ExploreError, summarize } from "@kasan/explore";
import type { Painter } from "@kasan/report";
import type { ProgressLine } from "../output.ts";
import { table } from "../table.ts";
import { type JobRunner, openJob } from "./explore-job.ts";
import type { CheckJob } from "./request.ts";

/** The result of leaving out a step. */
export interface Mutation {
  readonly scheme: string;
  readonly architecture: string;
  /** The step that was left out. */
  readonly without: string;
  /** Properties that noticed, of those that hold with the step; none if nobody did. */
  readonly noticed: readonly string[];
  /** How far it was explored, if nobody noticed. */
  readonly bound?: Bound;
  /** Why nobody may have noticed. */
  readonly why?: string;
}

/**
 * Leaves out one barrier, lock, flush, fill or re-check at a time, wherever the code asks for it, and says which properties notice.
 *
 * @param properties - the names of those that are looked at
 */
export async function mutate(
  job: CheckJob,
  properties: readonly string[],
  progress: ProgressLine,
): Promise<Mutation[]> {
  const { scheme, architecture } = job.data;
  // Whether a property is broken is all that matters.
  const options = { ...job.options, shorten: false };
  const runner = await openJob({ ...job, options });
  runner.watchRemovals();
  progress.show(`${scheme} on ${architecture}`);
  const whole = summarize(
    job.data,
    [...job.data.scenarios.keys()].map((index) => runner.run(index, () => {})),
  );
  // What is broken anyway notices nothing.
  const holding = properties.filter((name) => !whole.traces.some(({ property }) => property === name));
  // Code that waits for what it is not shown any more would go on for ever.
  const depth = Math.min(job.options.depth ?? Number.POSITIVE_INFINITY, 4 * whole.depth + 64);
  const changed = { ...job, options: { ...options, stopAtFirst: true, properties: holding, depth } };
  const mutations: Mutation[] = [];
  for (const without of runner.removals()) {
    progress.show(`${scheme} on ${architecture} without ${without}`);
    mutations.push({ scheme, architecture, without, ...(await runWithout(changed, without, runner)) });
  }
  return mutations;
}

type Result = Pick<Mutation, "noticed" | "bound" | "why">;

async function runWithout(job: CheckJob, without: string, unchanged: JobRunner): Promise<Result> {
  const data: CheckData = { ...job.data, without };
  try {
    const runner = await openJob({ ...job, data });
    const results = [];
    for (const index of data.scenarios.keys()) {
      const result = runner.run(index, () => {});
      // One that notices is enough.
      if (result.traces.length > 0) return { noticed: result.traces.map(({ property }) => property) };
      results.push(result);
    }
    return { noticed: [], bound: summarize(data, results).bound, why: unchanged.whyUnnoticed(without) };
  } catch (error) {
    // The set-up fails, or waits for ever.
    if (error instanceof ExploreError && error.code === "SCHEME") return { noticed: ["failure"] };
    if (error instanceof ExploreError && error.code === "SCENARIO") return { noticed: ["deadlock"] };
    throw error;
  }
}

/** Whether every mutation was noticed, or explored to the end. */
export const allExhausted = (mutations: readonly Mutation[]): boolean =>
  mutations.every(({ noticed, bound }) => noticed.length > 0 || bound === "exhausted");

/** Mutations as a table, then why nobody may notice some. */
export function mutationsText(mutations: readonly Mutation[], explored: string, paint: Painter): string {
  const rows = mutations.map(({ scheme, architecture, without, noticed, bound }) => [
    scheme,
    architecture,
    without,
    noticed.length > 0 ? noticed.join(", ") : bound === "exhausted" ? "NOBODY" : `nobody, not exhausted: ${bound}`,
  ]);
  const parts = [table([["scheme", "on", "left out", "noticed by"], ...rows], paint), `${explored}\n`];
  const unnoticed = mutations.filter(({ noticed }) => noticed.length === 0);
  if (unnoticed.length > 0) {
    const lines = unnoticed.map(
      ({ scheme, architecture, without, why }) => `  ${scheme} on ${architecture}: ${without}\n      ${why}\n`,
    );
    parts.push(`${paint.bold("Why nobody may notice:")}\n${lines.join("")}`);
  }
  return parts.join("\n");
}
