import type { TestSummary } from "./summaries.ts";

/** One run of the benchmark: on so many CPUs, in a configuration (`off`, `early` or another scheme). */
export interface Measurement {
  readonly cpus: number;
  readonly configuration: string;
  readonly tests: readonly TestSummary[];
}

/** Microseconds by configuration. */
export type Times = Readonly<Record<string, number>>;

/** Shortest and longest time of the repeats, by configuration. */
type Spreads = Readonly<Record<string, readonly [least: number, most: number]>>;

/** Times, and how far those of the repeats lie apart. */
export interface Timed {
  readonly usec: Times;
  readonly spread: Spreads;
}

/** The JSON of `kasan bench vmalloc`. */
export interface BenchResults {
  /** A test on so many CPUs: medians over the repeats of the workers' averages. */
  readonly rows: readonly (Timed & { readonly cpus: number; readonly test: string })[];
  /** Sums over the tests; the spread is that of the repeats' sums. */
  readonly totals: readonly (Timed & { readonly cpus: number })[];
}

/**
 * How many times as long one configuration took as another; undefined if there is no telling: the other took no time, or some
 * repeats of the slower one were no slower than some of the other. Of single runs the spread is not known.
 */
export function ratioOf({ usec, spread }: Timed, name: string, to: string): number | undefined {
  if (!(usec[to] > 0)) return undefined;
  const [least, most] = spread[name];
  const [leastTo, mostTo] = spread[to];
  const apart = most < leastTo || mostTo < least;
  const exact = least === most && leastTo === mostTo;
  return apart || exact ? usec[name] / usec[to] : undefined;
}

/** The middle of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

const spreadOf = (times: readonly number[]): [number, number] => [Math.min(...times), Math.max(...times)];

/** Puts repeated measurements together. Configurations, CPUs and tests keep the order in which they came. */
export function benchResults(measurements: readonly Measurement[]): BenchResults {
  const rows = unique(measurements.map(({ cpus }) => cpus)).flatMap((cpus) => rowsOf(cpus, measurements));
  const totals = unique(rows.map(({ cpus }) => cpus)).map((cpus) => {
    const usec: Record<string, number> = {};
    for (const row of rows) {
      if (row.cpus !== cpus) continue;
      for (const [name, time] of Object.entries(row.usec)) usec[name] = (usec[name] ?? 0) + time;
    }
    const sums = (name: string) =>
      measurements
        .filter((run) => run.cpus === cpus && run.configuration === name)
        .map(({ tests }) => tests.reduce((sum, one) => sum + one.usec, 0));
    const spread = Object.fromEntries(Object.keys(usec).map((name) => [name, spreadOf(sums(name))]));
    return { cpus, usec, spread };
  });
  return { rows, totals };
}

function rowsOf(cpus: number, all: readonly Measurement[]): BenchResults["rows"] {
  const runs = all.filter((run) => run.cpus === cpus);
  const tests = unique(runs.flatMap((run) => run.tests.map(({ test }) => test)));
  const names = unique(runs.map(({ configuration }) => configuration));
  return tests.map((test) => {
    const times = (name: string) =>
      runs
        .filter(({ configuration }) => configuration === name)
        .flatMap((run) => run.tests.filter((one) => one.test === test).map(({ usec }) => usec));
    const each = <T>(of: (times: readonly number[]) => T) =>
      Object.fromEntries(names.map((name) => [name, of(times(name))]));
    return { cpus, test, usec: each(median), spread: each(spreadOf) };
  });
}
