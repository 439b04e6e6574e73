import { KasanError } from "@kasan/shadow";
import type { ScenarioData } from "../registry.ts";
import { Explorer, type Found, type SearchOptions } from "../search/search.ts";
import { pageProgramsOf, programsOf } from "../world/programs.ts";

/** A violation, and what explores the scenario in which it was found. */
export interface Case {
  /** Explores the scenario. */
  readonly explorer: Explorer;
  /** The scenario. */
  readonly data: ScenarioData;
  /** The violation. */
  readonly found: Found;
}

/** Options of a search that decide what it finds. */
export type FindOptions = Pick<SearchOptions, "reduction" | "preemptions" | "userProperties">;

/** Most transitions for all attempts on one violation: a few seconds. */
const MAX_TRANSITIONS = 2 ** 21;
/** Most memory for the states of an attempt, in bytes. */
const MAX_MEMORY = 2 ** 28;

/** Thrown when no transitions are left. */
const SPENT = new Error("no transitions are left");

/** An operation and its CPU; -1: of the set-up. */
type Operation = readonly [cpu: number, text: string];

/**
 * Leaves out operations that a violation does not need, then CPUs that have none left (delta debugging): each attempt explores what
 * is left. Gives up after a bounded number of transitions, with what was reached until then.
 */
export function withFewerOperations(whole: Case, options: FindOptions): Case {
  const { setup, programs } = whole.data;
  const attempts = new Attempts(whole, options);
  const operations = [setup, ...programs].flatMap((texts, index) => texts.map((text): Operation => [index - 1, text]));
  leaveOut(operations, (rest) =>
    attempts.breaks(
      of(-1, rest),
      [...programs.keys()].map((cpu) => of(cpu, rest)),
    ),
  );
  const { data } = attempts.best;
  const busy = data.programs.filter((program) => program.length > 0);
  if (busy.length > 0 && busy.length < data.programs.length) attempts.breaks(data.setup, busy);
  return attempts.best;
}

const of = (cpu: number, operations: readonly Operation[]): string[] =>
  operations.filter(([one]) => one === cpu).map(([, text]) => text);

/** Leaves out parts of a list, from half of it down to single items, as long as what is left will do. */
function leaveOut<T>(list: readonly T[], willDo: (rest: readonly T[]) => boolean): void {
  let rest = list;
  for (let size = Math.ceil(rest.length / 2); size >= 1; ) {
    const before = rest.length;
    for (let end = rest.length; end > 0; end -= size) {
      const without = [...rest.slice(0, Math.max(0, end - size)), ...rest.slice(end)];
      if (willDo(without)) rest = without;
    }
    // A single item may have become needless because another one is gone.
    if (size > 1) size = Math.ceil(size / 2);
    else if (rest.length === before) return;
  }
}

/** Explores smaller scenarios for the same violation, and keeps the smallest that has it. */
class Attempts {
  best: Case;
  private readonly options: FindOptions;
  private left = MAX_TRANSITIONS;

  constructor(whole: Case, options: FindOptions) {
    this.best = whole;
    this.options = options;
  }

  /** Whether these operations break the property, too, in no more transitions; if so, they are the best. */
  breaks(setup: readonly string[], programs: readonly (readonly string[])[]): boolean {
    // A trace with nothing but a set-up shows nothing.
    if (this.left <= 0 || programs.every((program) => program.length === 0)) return false;
    try {
      const smaller = this.explore(setup, programs);
      if (smaller) this.best = smaller;
      return smaller !== undefined;
    } catch (error) {
      // What is left makes no sense, fails, or takes too long.
      if (error instanceof KasanError || error === SPENT) return false;
      throw error;
    }
  }

  private explore(setup: readonly string[], programs: readonly (readonly string[])[]): Case | undefined {
    const { explorer, data, found } = this.best;
    const { scenario } = explorer.world;
    const look = scenario.scheme.pages ? pageProgramsOf : programsOf;
    // As the replay of its trace will make it.
    const smaller = new Explorer({ ...scenario, ...look(setup, programs, scenario.pages) });
    const before = this.left;
    const result = smaller.search({
      ...this.options,
      properties: [found.name],
      depth: found.codes.length + 1,
      memory: MAX_MEMORY,
      progress: ({ steps }) => {
        this.left = before - steps;
        if (this.left <= 0) throw SPENT;
      },
    });
    this.left = before - result.steps;
    const again = result.found.find(({ name }) => name === found.name);
    return again && { explorer: smaller, data: { ...data, setup, programs }, found: again };
  }
}
