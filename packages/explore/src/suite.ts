import { PAGE_SCHEMES } from "@kasan/shadow";
import { ExploreError } from "./error.ts";
import type { ScenarioData } from "./registry.ts";

/** Names of areas, by CPU. */
const NAMES = ["a", "b", "c", "d", "e", "f"];
/**
 * An area that was freed before the CPUs start and waits for the purge: the first purge has something to release. With its
 * guard page it has 7 pages, so that the next area's shadow lies on two pages: the one that it shares, and another.
 */
const SETUP = ["allocate z 6", "free z"];

/** Pages of vmalloc space that the suites are for: no fewer. */
export const SUITE_PAGES = 16;

/** A page of the region that no area of a suite comes to lie on; its shadow comes and goes with its neighbours'. */
const NOBODYS = SUITE_PAGES - 1;
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

/** All programs of a number of operations: extends each by what may follow it, whatever is not the same again. */
function extended<Phase>(
  operations: number,
  start: Phase,
  follow: (phase: Phase) => readonly (readonly [operation: string, then: Phase])[],
): string[][] {
  const found: string[][] = [];
  const extend = (program: string[], phase: Phase): void => {
    if (program.length === operations) {
      found.push(program);
      return;
    }
    for (const [operation, then] of follow(phase))
      if (operation !== program.at(-1)) extend([...program, operation], then);
  };
  extend([], start);
  return found;
}

/**
 * All programs for one CPU over the two pages of a group that are in play: it takes a page of its own, as kernel or user memory, and gives
 * it back, and at any time accesses either.
 */
const pageProgramsFor = (page: number, operations: number): string[][] =>
  extended(operations, false, (taken) => [
    ...(taken
      ? [[`give ${page}`, false] as const]
      : [[`take kernel ${page}`, true] as const, [`take user ${page}`, true] as const]),
    ["access 0", taken] as const,
    ["access 1", taken] as const,
  ]);

/** All programs over one page that CPUs compete for: what cannot be done is left out as it comes. */
const sharedPageProgramsFor = (operations: number): string[][] =>
  extended(operations, undefined, () =>
    ["take kernel 0", "take user 0", "give 0", "access 0"].map((operation) => [operation, undefined] as const),
  );

/** All combinations of such programs; those that differ only in which CPU does what are one. */
export function allPagePrograms(cpus: number, operations: number): string[][][] {
  const own = Array.from({ length: cpus }, (_, cpu) => pageProgramsFor(cpu % 2, operations));
  const shared = sharedPageProgramsFor(operations);
  return [...combine(own), ...combine(own.map(() => shared))];
}

/**
 * All combinations of programs of so many operations on so many CPUs; those that differ only in which CPU does what are one.
 */
export function allPrograms(cpus: number, operations: number): string[][][] {
  return combine(NAMES.slice(0, cpus).map((name) => programsFor(name, operations)));
}

/** Most scenarios for one bound: whoever asks for more than a million waits for years. */
const MAX_COMBINATIONS = 2 ** 20;

/** One program for each CPU, of lists that are the same but for names; the later CPU's comes no earlier in its list. */
function combine(choices: readonly string[][][]): string[][][] {
  // Choices with repetition, of which the order does not matter.
  const count = choices.reduce((product, { length }, cpu) => (product * (length + cpu)) / (cpu + 1), 1);
  if (count > MAX_COMBINATIONS) {
    const bound = `${choices.length} CPUs x ${choices[0]![0]!.length} operations`;
    throw new ExploreError("SCENARIO", `${bound}: ${count.toExponential(0)} scenarios; give fewer CPUs or operations`);
  }
  const combinations: string[][][] = [];
  const extend = (chosen: number[]): void => {
    if (chosen.length === choices.length) {
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

/**
 * All scenarios of a scheme within some bounds.
 *
 * @param pages - whether it is one for the direct map; by default, if it goes by the name of one that ships
 * @throws {@link ExploreError} `SCENARIO` if they are more than a million
 */
export function suite(
  scheme: string,
  architecture: string,
  bounds = DEFAULT_BOUNDS,
  pages = Object.hasOwn(PAGE_SCHEMES, scheme),
): ScenarioData[] {
  const all = pages ? allPagePrograms : allPrograms;
  const setup = pages ? [] : SETUP;
  return bounds.flatMap(({ cpus, operations }) =>
    all(cpus, operations).map((programs) => ({ scheme, architecture, setup, programs })),
  );
}
