import { Checker, exploredScheme, type Progress, type ScenarioResult, type SearchSnapshot } from "@kasan/explore";
import { Extensions } from "../plugins/extensions.ts";
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
  /** See `Checker.watchRemovals`. */
  watchRemovals(): void;
  /** See `Checker.whyUnnoticed`. */
  whyUnnoticed(name: string): string;
}

/** Makes what explores a job's scenarios. */
export async function openJob({ data, options, plugin }: CheckJob): Promise<JobRunner> {
  const { schemes, platforms, properties: userProperties } = await Extensions.load(plugin);
  const checker = new Checker(data, exploredScheme(data.scheme, schemes), platforms);
  return {
    run: (index, progress, from) => checker.run(index, { ...options, userProperties, progress, ...(from && { from }) }),
    removals: () => checker.removals(),
    watchRemovals: () => checker.watchRemovals(),
    whyUnnoticed: (name) => checker.whyUnnoticed(name),
  };
}
