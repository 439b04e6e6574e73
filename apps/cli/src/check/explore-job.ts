import { Checker, exploredScheme, type Progress, type ScenarioResult, type SearchSnapshot } from "@kasan/explore";
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
  const checker = new Checker(data, exploredScheme(data.scheme, loaded?.schemes));
  const userProperties = loaded?.properties ?? [];
  return {
    run: (index, progress, from) => checker.run(index, { ...options, userProperties, progress, ...(from && { from }) }),
    removals: () => checker.removals(),
  };
}
