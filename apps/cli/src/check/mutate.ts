import type { CheckData } from "@kasan/explore";
import type { ProgressLine } from "../output.ts";
import { openJob } from "./explore-job.ts";
import type { CheckJob } from "./request.ts";

/** The result of leaving out a step. */
export interface Mutation {
  readonly scheme: string;
  readonly architecture: string;
  /** The step that was left out. */
  readonly without: string;
  /** Properties that noticed; none if nobody did. */
  readonly noticed: readonly string[];
}

/** Leaves out one barrier, lock or flush at a time, wherever the code asks for it, and says which properties notice. */
export async function mutate(job: CheckJob, progress: ProgressLine): Promise<Mutation[]> {
  const found = await openJob(job);
  const known = new Set<string>();
  for (const index of job.data.scenarios.keys()) found.run(index, () => {});
  for (const name of found.removals()) known.add(name);
  const mutations: Mutation[] = [];
  for (const without of known) {
    progress.show(`${job.data.scheme} on ${job.data.architecture} without ${without}`);
    mutations.push(await runWithout(job, without));
  }
  return mutations;
}

async function runWithout(job: CheckJob, without: string): Promise<Mutation> {
  const data: CheckData = { ...job.data, without };
  const runner = await openJob({ ...job, data, options: { ...job.options, stopAtFirst: true } });
  const noticed = new Set<string>();
  for (const index of data.scenarios.keys()) {
    for (const { property } of runner.run(index, () => {}).traces) noticed.add(property);
    // One that notices is enough.
    if (noticed.size > 0) break;
  }
  return { scheme: data.scheme, architecture: data.architecture, without, noticed: [...noticed] };
}

/** Mutations as a table. */
export function mutationRows(mutations: readonly Mutation[]): string[][] {
  const rows = mutations.map(({ scheme, architecture, without, noticed }) => [
    scheme,
    architecture,
    without,
    noticed.length > 0 ? noticed.join(", ") : "NOBODY",
  ]);
  return [["scheme", "on", "left out", "noticed by"], ...rows];
}
