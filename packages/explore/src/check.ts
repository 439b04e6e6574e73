import type { Platforms } from "@kasan/platform";
import { exploredScheme, makeScenario, type ScenarioData } from "./registry.ts";
import { Explorer, type Outcome, type SearchOptions } from "./search/search.ts";
import { type Trace, traceOf } from "./trace/trace.ts";
import { checkCounts } from "./world/programs.ts";
import type { ExploredScheme, Scenario } from "./world/scenario.ts";
import { removalOf } from "./world/world.ts";

/** Scenarios over one machine: a scheme on an architecture, and lists of programs for its CPUs. */
export interface CheckData extends Omit<ScenarioData, "programs"> {
  /** By scenario and CPU: operations. */
  readonly scenarios: readonly (readonly (readonly string[])[])[];
}

/** What one scenario came to. */
export interface ScenarioResult {
  /** Why the search ended. */
  readonly outcome: Outcome;
  /** Different states. */
  readonly states: number;
  /** Transitions made. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** Milliseconds. */
  readonly time: number;
  /** A trace for each property that did not hold. */
  readonly traces: readonly Trace[];
}

/** What all scenarios of a {@link CheckData} came to. */
export interface CheckSummary {
  /** The scheme's name. */
  readonly scheme: string;
  /** The architecture's. */
  readonly architecture: string;
  /** How many scenarios there are. */
  readonly scenarios: number;
  /** The worst of their outcomes: `exhausted` if all were explored whole. */
  readonly bound: Outcome;
  /** Different states. */
  readonly states: number;
  /** Transitions made. */
  readonly steps: number;
  /** Length of the longest shortest path. */
  readonly depth: number;
  /** Milliseconds, all threads together. */
  readonly time: number;
  /** The first trace for each property that did not hold. */
  readonly traces: readonly Trace[];
}

/**
 * A scenario whose machine all of a check's can share, with what is learnt of it: all their areas have names in it.
 *
 * @param scheme - in place of the named one: a user's
 * @param platforms - the architectures that there are; those that ship, by default
 * @throws {@link ExploreError} `SCENARIO` if one of the check's makes no sense
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

/** Explores scenarios over one machine, one after the other, in any order. */
export class Checker {
  /** What explores them. */
  readonly explorer: Explorer;
  private readonly data: CheckData;
  /** Properties of which it is known that they do not hold. */
  private readonly broken = new Set<string>();

  /**
   * @param scheme - in place of the named one: a user's
   * @param platforms - the architectures that there are; those that ship, by default
   * @throws {@link ExploreError} `SCENARIO` if a scenario makes no sense
   */
  constructor(data: CheckData, scheme: ExploredScheme = exploredScheme(data.scheme), platforms?: Platforms) {
    this.data = data;
    this.explorer = new Explorer(sharedScenario(data, scheme, platforms));
  }

  /** Explores one scenario. Of each property, the first violation that this checker meets gets a trace. */
  run(index: number, options: SearchOptions): ScenarioResult {
    const programs = this.data.scenarios[index]!;
    const { outcome, states, steps, depth, time, found } = this.explorer.search(options, programs);
    const { scenarios: _, ...rest } = this.data;
    const traces: Trace[] = [];
    for (const violation of found) {
      if (this.broken.has(violation.name)) continue;
      this.broken.add(violation.name);
      traces.push(traceOf(this.explorer, { ...rest, programs }, violation, options.reduction ?? true));
    }
    return { outcome, states, steps, depth, time, traces };
  }

  /** What can be left out of the code that has run so far, as {@link ScenarioData.without} wants it, sorted. */
  removals(): string[] {
    const { trees } = this.explorer.world;
    const names = new Set<string>();
    for (let node = 0; node < trees.size; node++) {
      const name = removalOf(trees, node);
      if (name !== undefined) names.add(name);
    }
    return [...names].sort();
  }
}

/** What keeps a scenario from being explored whole, the worst first. */
const BOUNDS: readonly Outcome[] = ["memory", "depth", "violation"];

/** Sums scenarios up. */
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
    traces,
  };
}
