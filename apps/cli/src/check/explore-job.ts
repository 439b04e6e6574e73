import { Checker, type Progress, type ScenarioResult, type SearchSnapshot } from "@kasan/explore";
import { loadPlugin } from "./plugin.ts";
import type { CheckJob } from "./request.ts";

/** Explores scenarios of one job. */
export interface JobRunner {
  run(
    index: number,
    progress: (progress: Progress, snapshot: () => SearchSnapshot) => void,
    from?: SearchSnapshot,
  ): ScenarioResult;
  /** See `Checker.removals`. */
  removals(): string[];
}

/** Makes what explores a job's scenarios. */
export async function openJob({ data, options, plugin }: CheckJob): Promise<JobRunner> {
  const loaded = plugin === undefined ? undefined : await loadPlugin(plugin);
  const own = loaded?.schemes.find(({ name }) => name === data.scheme);
  const checker = own ? new Checker(data, own) : new Checker(data);
  const userProperties = loaded?.properties ?? [];
  return {
    run: (index, progress, from) => checker.run(index, { ...options, userProperties, progress, ...(from && { from }) }),
    removals: () => checker.removals(),
  };
}
