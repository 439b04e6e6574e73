import { type PagedFlags, type PageOutcome, runPaged } from "./page-outcome.ts";
import { type Program, pageProgram } from "./programs.ts";

/** A program and what it came to under each scheme. */
export interface PageCompared {
  readonly program: Program;
  readonly outcomes: readonly PageOutcome[];
}

/** Shadow at one mix of page cache and kernel memory. */
interface MixPoint {
  /** How many of a hundred pages are page cache. */
  readonly share: number;
  /** Bytes of shadow and of marks, by scheme. */
  readonly bytes: readonly number[];
}

/** Shadow at several mixes. */
export interface Mix {
  /** How many pages of a kind come after each other. */
  readonly run: number;
  readonly points: readonly MixPoint[];
}

/** Time that a program takes, of several runs the shortest, under each scheme. */
export interface Work {
  /** The work that is done. */
  readonly name: string;
  readonly outcomes: readonly PageOutcome[];
}

/** Hears what is run next. */
export type Progress = (what: string) => void;

/** Shares of page cache that are tried. */
const SHARES = [0, 25, 50, 75, 100];
/**
 * Pages of a kind one after the other: a page block, by which Linux keeps what it can move apart from what it cannot; a page of shadow's
 * worth; and one.
 */
const RUNS = [512, 8, 1];
/** The share of a machine's pages that is allocated. */
const OF_MEMORY = 0.5;
/** The programs that are timed, and what they do. */
const WORK = {
  hot_slab: "kmalloc, access, kfree",
  hot_cache: "access page cache",
  hot_pages: "pages of both kinds",
};
/** Times that each piece of work is run. */
const REPEATS = 3;

/** Runs programs under each scheme. */
export async function comparePrograms(
  programs: readonly Program[],
  schemes: readonly string[],
  flags: PagedFlags,
  progress: Progress,
): Promise<PageCompared[]> {
  const compared: PageCompared[] = [];
  for (const program of programs) {
    const outcomes: PageOutcome[] = [];
    for (const scheme of schemes) {
      progress(`${program.name} under ${scheme}`);
      outcomes.push(await runPaged(scheme, program, flags));
    }
    compared.push({ program, outcomes });
  }
  return compared;
}

/** {@link RUNS}, as far as the smallest share of some pages has one: with large pages, memory is few of them. */
export const runsOf = (pages: number): number[] => RUNS.map((run) => Math.min(run, pages / (SHARES.length - 1)));

/** Measures shadow at mixes of page cache and kernel memory. `pageSize`: bytes of the machine's pages. */
export async function compareMixes(
  schemes: readonly string[],
  flags: PagedFlags,
  pageSize: number,
  progress: Progress,
): Promise<Mix[]> {
  const program = await pageProgram("mix");
  const pages = Math.floor((flags.memory / pageSize) * OF_MEMORY);
  const mixes: Mix[] = [];
  for (const run of runsOf(pages)) {
    const points: MixPoint[] = [];
    for (const share of SHARES) {
      const bytes: number[] = [];
      for (const scheme of schemes) {
        progress(`${share} % page cache in runs of ${run} under ${scheme}`);
        const parameters = Object.entries({ pages, share, run }).map(([name, value]) => [name, String(value)] as const);
        const { shadow, pshadow } = await runPaged(scheme, program, flags, parameters);
        bytes.push(shadow + pshadow);
      }
      points.push({ share, bytes });
    }
    mixes.push({ run, points });
  }
  return mixes;
}

/** Measures how long work takes. */
export async function compareWork(schemes: readonly string[], flags: PagedFlags, progress: Progress): Promise<Work[]> {
  const work: Work[] = [];
  for (const [file, name] of Object.entries(WORK)) {
    const program = await pageProgram(file);
    // Schemes take turns, so that whatever else the host does meets all of them.
    const best: PageOutcome[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const [i, scheme] of schemes.entries()) {
        progress(`${name} under ${scheme}, run ${repeat + 1}`);
        const outcome = await runPaged(scheme, program, flags);
        if (!(outcome.milliseconds >= (best[i]?.milliseconds ?? Number.POSITIVE_INFINITY))) best[i] = outcome;
      }
    }
    work.push({ name, outcomes: best });
  }
  return work;
}
