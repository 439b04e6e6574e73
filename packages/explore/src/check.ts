import type { Platforms } from "@kasan/platform";
import { exploredScheme, makeScenario, type ScenarioData } from "./registry.ts";
import { removalOf } from "./removals/removal.ts";
import { RemovalWatch } from "./removals/watch.ts";
import { whyUnnoticed } from "./removals/why.ts";
import { Explorer, type Outcome, type SearchOptions, type SearchResult } from "./search/search.ts";
import { type Trace, type TraceOptions, traceOf } from "./trace/trace.ts";
import { checkCounts } from "./world/programs.ts";
import type { ExploredScheme, Scenario } from "./world/scenario.ts";

/** Scenarios over one machine: a scheme on an architecture, and lists of programs for its CPUs. */
export interface CheckData extends Omit<ScenarioData, "programs"> {
  /** Operations, by scenario and CPU. */
  readonly scenarios: readonly (readonly (readonly string[])[])[];
}

/** How far a search went: why it ended, or `preemptions` if it left out interleavings with more of them than it was to look at. */
export type Bound = Outcome | "preemptions";

/** Result of one scenario. */
export interface ScenarioResult {
  /** Why the search ended. */
  readonly outcome: Bound;
  /** Number of distinct states. */
  readonly states: number;
  /** Number of transitions made. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** Duration in milliseconds. */
  readonly time: number;
  /** Whether loads were taken in the program's order although the processor need not keep it: the model's limit. */
  readonly loadsInOrder: boolean;
  /** A trace for each violated property. */
  readonly traces: readonly Trace[];
}

/** Result of all scenarios of a {@link CheckData}. */
export interface CheckSummary {
  /** The scheme's name. */
  readonly scheme: string;
  /** The architecture's name. */
  readonly architecture: string;
  /** Number of scenarios. */
  readonly scenarios: number;
  /** The worst of their outcomes: `exhausted` if all were explored completely. */
  readonly bound: Bound;
  /** Number of distinct states. */
  readonly states: number;
  /** Number of transitions made. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** Duration in milliseconds, summed over all threads. */
  readonly time: number;
  /** Whether loads were taken in the program's order although the processor need not keep it: the model's limit. */
  readonly loadsInOrder: boolean;
  /** The first trace for each violated property. */
  readonly traces: readonly Trace[];
}

/**
 * A scenario that names all areas of a check, so that all the check's scenarios can share its machine and what is learned about the
 * code.
 *
 * @param scheme - a user's scheme, replaces the named one
 * @param platforms - the known architectures; by default, the built-in ones
 * @throws {@link ExploreError} `SCENARIO` if one of the check's scenarios is invalid
 */
export function sharedScenario(
  data: CheckData,
  scheme: ExploredScheme = exploredScheme(data.scheme),
  platforms?: Platforms,
): Scenario {
  const { scenarios, ...rest } = data;
  for (const programs of scenarios) checkCounts(rest.setup, programs);
  return makeScenario({ ...rest, programs: [[...new Set(scenarios.flat(2))]] }, scheme, platforms);
}

/** Explores scenarios over one machine, one at a time, in any order. */
export class Checker {
  /** The explorer used. */
  readonly explorer: Explorer;
  private readonly data: CheckData;
  /** Properties already found to be violated. */
  private readonly broken = new Set<string>();
  private watch: RemovalWatch | undefined;

  /**
   * @param scheme - a user's scheme, replaces the named one
   * @param platforms - the known architectures; by default, the built-in ones
   * @throws {@link ExploreError} `SCENARIO` if a scenario is invalid
   */
  constructor(data: CheckData, scheme: ExploredScheme = exploredScheme(data.scheme), platforms?: Platforms) {
    this.data = data;
    this.explorer = new Explorer(sharedScenario(data, scheme, platforms));
  }

  /**
   * Explores one scenario. Only the first violation of each property that this checker finds gets a trace.
   *
   * @param options - of the search, and of the traces
   */
  run(index: number, options: SearchOptions & TraceOptions): ScenarioResult {
    const programs = this.data.scenarios[index];
    const { outcome, states, steps, depth, time, found } = this.search(options, programs);
    const { scenarios: _, ...rest } = this.data;
    const traces: Trace[] = [];
    for (const violation of found) {
      if (this.broken.has(violation.name)) continue;
      this.broken.add(violation.name);
      traces.push(traceOf(this.explorer, { ...rest, programs }, violation, options));
    }
    const all = outcome === "exhausted" && options.preemptions !== undefined ? "preemptions" : outcome;
    const loadsInOrder = !this.explorer.world.model.storesInOrder;
    return { outcome: all, states, steps, depth, time, loadsInOrder, traces };
  }

  private search(options: SearchOptions, programs: readonly (readonly string[])[]): SearchResult {
    const { explorer, watch } = this;
    if (!watch) return explorer.search(options, programs);
    watch.begin();
    explorer.world.watch = watch;
    try {
      return explorer.search(options, programs);
    } finally {
      explorer.world.watch = undefined;
      watch.end();
    }
  }

  /** From now on, notes what the steps do that can be left out, for {@link Checker.whyUnnoticed}. Takes some time. */
  watchRemovals(): void {
    this.watch ??= new RemovalWatch(this.explorer.world);
  }

  /**
   * Why nobody may notice that a step is left out, in words, as far as what has run since {@link Checker.watchRemovals} tells.
   *
   * @param name - one of {@link Checker.removals}
   */
  whyUnnoticed(name: string): string {
    if (!this.watch) return "what it does was not watched";
    return whyUnnoticed(this.explorer.world, name, this.watch.facts(name));
  }

  /** The steps that can be left out of the code that has run so far, sorted, as names for {@link ScenarioData.without}. */
  removals(): string[] {
    const { world } = this.explorer;
    const names = new Set<string>();
    for (let node = 0; node < world.trees.size; node++) {
      const name = removalOf(world, node);
      if (name !== undefined) names.add(name);
    }
    return [...names].sort();
  }
}

/** Outcomes other than a complete exploration, worst first. */
const BOUNDS: readonly Bound[] = ["memory", "depth", "preemptions", "violation"];

/** Combines the results of scenarios. */
export function summarize(data: CheckData, results: readonly ScenarioResult[]): CheckSummary {
  const traces: Trace[] = [];
  for (const { traces: some } of results) {
    for (const trace of some) if (!traces.some(({ property }) => property === trace.property)) traces.push(trace);
  }
  const outcomes = results.map(({ outcome }) => outcome);
  return {
    scheme: data.scheme,
    architecture: data.architecture,
    scenarios: results.length,
    bound: BOUNDS.find((bound) => outcomes.includes(bound)) ?? "exhausted",
    states: results.reduce((sum, { states }) => sum + states, 0),
    steps: results.reduce((sum, { steps }) => sum + steps, 0),
    depth: Math.max(0, ...results.map(({ depth }) => depth)),
    time: results.reduce((sum, { time }) => sum + time, 0),
    loadsInOrder: results.some((result) => result.loadsInOrder),
    traces,
  };
}

/** What an exploration says of a property. `not exhausted`: nothing explored violates it, but not everything was explored. */
export type Verdict = "holds" | "broken" | "not exhausted";

/** The verdict on a property that was checked. */
export function verdictOn({ traces, bound }: Pick<CheckSummary, "traces" | "bound">, property: string): Verdict {
  if (traces.some((trace) => trace.property === property)) return "broken";
  return bound === "exhausted" ? "holds" : "not exhausted";
}
