import { PAGE_SCHEMES } from "@kasan/shadow";
import { ExploreError } from "./error.ts";
import type { ScenarioData } from "./registry.ts";

/** Names of areas, by CPU. */
const NAMES = ["a", "b", "c", "d", "e", "f"];
/**
 * An area freed before the CPUs start and waiting for the purge, so that the first purge has something to release. Including its
 * guard page it has 7 pages, so that the next area's shadow is on two pages: the shared one, and another.
 */
const SETUP = ["allocate z 6", "free z"];

/** Pages of vmalloc space that the suites require. */
export const SUITE_PAGES = 16;

/** A page that no area of a suite uses; its shadow comes and goes with that of its neighbours. */
const NOBODYS = SUITE_PAGES - 1;
/** Operations that a CPU may do in every phase. */
const ALWAYS = ["purge", `stray ${NOBODYS}`];

/** The state of a CPU's area, which decides its next operation. */
type Phase = "nothing" | "live" | "freed";

/**
 * All sensible programs with the given number of operations for one CPU: allocate, then use, overrun, free, a use-after-free; and
 * at any time a purge, and an access to unowned memory. Two purges or two equal accesses in a row add nothing.
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
 * All programs with the given number of operations: extends each by every operation that may follow it and does not repeat the
 * last.
 */
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

/** What a CPU's page is in use as. */
type Use = "nothing" | "kernel" | "user";

/**
 * All programs for one CPU over the two active pages of a group: it takes its own page, as kernel or user memory, and gives it
 * back, and accesses either page at any time, and a redzone of its own kernel memory.
 */
const pageProgramsFor = (page: number, operations: number): string[][] =>
  extended<Use>(operations, "nothing", (use) => [
    ...(use === "nothing"
      ? [[`take kernel ${page}`, "kernel"] as const, [`take user ${page}`, "user"] as const]
      : [[`give ${page}`, "nothing"] as const]),
    ...(use === "kernel" ? [[`redzone ${page}`, use] as const] : []),
    ["access 0", use] as const,
    ["access 1", use] as const,
  ]);

/** All programs over one page that CPUs compete for; impossible operations are skipped at run time. */
const sharedPageProgramsFor = (operations: number): string[][] =>
  extended(operations, undefined, () =>
    ["take kernel 0", "take user 0", "give 0", "access 0"].map((operation) => [operation, undefined] as const),
  );

/** All combinations of such programs, up to a permutation of the CPUs. */
export function allPagePrograms(cpus: number, operations: number): string[][][] {
  const own = Array.from({ length: cpus }, (_, cpu) => pageProgramsFor(cpu % 2, operations));
  const shared = sharedPageProgramsFor(operations);
  return [...combine(own), ...combine(own.map(() => shared))];
}

/** All combinations of programs with the given number of operations and CPUs, up to a permutation of the CPUs. */
export function allPrograms(cpus: number, operations: number): string[][][] {
  return combine(NAMES.slice(0, cpus).map((name) => programsFor(name, operations)));
}

/** Maximum number of scenarios for one bound; more than a million would take years. */
const MAX_COMBINATIONS = 2 ** 20;

/** One program for each CPU, from lists that are equal except for names; a later CPU's program comes no earlier in its list. */
function combine(choices: readonly string[][][]): string[][][] {
  // Combinations with repetition.
  const count = choices.reduce((product, { length }, cpu) => (product * (length + cpu)) / (cpu + 1), 1);
  if (count > MAX_COMBINATIONS) {
    const bound = `${choices.length} CPUs x ${choices[0][0].length} operations`;
    throw new ExploreError("SCENARIO", `${bound}: ${count.toExponential(0)} scenarios; give fewer CPUs or operations`);
  }
  const combinations: string[][][] = [];
  const extend = (chosen: number[]): void => {
    if (chosen.length === choices.length) {
      combinations.push(chosen.map((choice, cpu) => choices[cpu][choice]));
      return;
    }
    for (let choice = chosen.at(-1) ?? 0; choice < choices[0].length; choice++) extend([...chosen, choice]);
  };
  extend([]);
  return combinations;
}

/** Bounds of a suite: number of CPUs, and operations per CPU. */
export interface SuiteBounds {
  /** Number of CPUs, 1 to 6. */
  readonly cpus: number;
  /** Number of operations per CPU. */
  readonly operations: number;
}

/** The default bounds: 2 CPUs with 3 operations each, and 3 with 2. */
export const DEFAULT_BOUNDS: readonly SuiteBounds[] = [
  { cpus: 2, operations: 3 },
  { cpus: 3, operations: 2 },
];

/**
 * All scenarios of a scheme within the given bounds.
 *
 * @param pages - whether the scheme is for the direct map; by default, whether its name is that of a shipped one
 * @throws {@link ExploreError} `SCENARIO` if there are more than a million
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
