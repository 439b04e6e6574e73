import type { ArchitectureName, ScenarioData } from "./registry.ts";

/** Names of areas, by CPU. */
const NAMES = ["a", "b", "c", "d", "e", "f"];
/**
 * An area that was freed before the CPUs start and waits for the purge: the first purge has something to release. With its
 * guard page it has 7 pages, so that the next area's shadow lies on two pages: the one that it shares, and another.
 */
const SETUP = ["allocate z 6", "free z"];

/** A page of the region that no area of a suite comes to lie on; its shadow comes and goes with its neighbours'. */
const NOBODYS = 15;
/** Whatever its phase, a CPU may do these. */
const ALWAYS = ["purge", `stray ${NOBODYS}`];

/** What a CPU knows when it chooses its next operation. */
type Phase = "nothing" | "live" | "freed";

/**
 * All programs of a number of operations for one CPU that make sense: allocate, then use, overrun, free, a use-after-free; and at any
 * time the purge, and an access to nobody's memory.
 * Two purges or two equal accesses in a row say nothing new.
 */
function programsFor(area: string, operations: number): string[][] {
  const found: string[][] = [];
  const extend = (program: string[], phase: Phase): void => {
    if (program.length === operations) {
      found.push(program);
      return;
    }
    const own: [string, Phase][] =
      phase === "live"
        ? [
            [`use ${area}`, "live"],
            [`overrun ${area}`, "live"],
            [`free ${area}`, "freed"],
          ]
        : [[`allocate ${area} 1`, "live"]];
    if (phase === "freed") own.push([`stale ${area}`, "freed"]);
    const next = [...own, ...ALWAYS.map((operation): [string, Phase] => [operation, phase])];
    for (const [operation, then] of next) {
      if (operation !== program.at(-1)) extend([...program, operation], then);
    }
  };
  extend([], "nothing");
  return found;
}

/**
 * All combinations of programs of so many operations on so many CPUs; those that differ only in which CPU does what are one.
 */
export function allPrograms(cpus: number, operations: number): string[][][] {
  const choices = NAMES.slice(0, cpus).map((name) => programsFor(name, operations));
  const combinations: string[][][] = [];
  const extend = (chosen: number[]): void => {
    if (chosen.length === cpus) {
      combinations.push(chosen.map((choice, cpu) => choices[cpu]![choice]!));
      return;
    }
    for (let choice = chosen.at(-1) ?? 0; choice < choices[0]!.length; choice++) extend([...chosen, choice]);
  };
  extend([]);
  return combinations;
}

/** Bounds of a suite: CPUs and operations of each. */
export interface SuiteBounds {
  /** CPUs, 1 to 6. */
  readonly cpus: number;
  /** Operations of each. */
  readonly operations: number;
}

/** The bounds that are explored by default: 2 CPUs with 3 operations each, and 3 with 2. */
export const DEFAULT_BOUNDS: readonly SuiteBounds[] = [
  { cpus: 2, operations: 3 },
  { cpus: 3, operations: 2 },
];

/** All scenarios of a scheme within some bounds. */
export function suite(scheme: string, architecture: ArchitectureName, bounds = DEFAULT_BOUNDS): ScenarioData[] {
  return bounds.flatMap(({ cpus, operations }) =>
    allPrograms(cpus, operations).map((programs) => ({ scheme, architecture, setup: SETUP, programs })),
  );
}
