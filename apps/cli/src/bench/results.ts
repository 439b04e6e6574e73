import type { TestSummary } from "./summaries.ts";

/** One run of the benchmark: on so many CPUs, in a configuration (`off`, `early` or another scheme). */
export interface Measurement {
  readonly cpus: number;
  readonly configuration: string;
  readonly tests: readonly TestSummary[];
}

/** Microseconds by configuration. */
export type Times = Readonly<Record<string, number>>;

/** The JSON of `kasan bench vmalloc`. */
export interface BenchResults {
  /** A test on so many CPUs: medians over the repeats of the workers' averages. */
  readonly rows: readonly { readonly cpus: number; readonly test: string; readonly usec: Times }[];
  /** Sums over the tests. */
  readonly totals: readonly { readonly cpus: number; readonly usec: Times }[];
}

/** The middle of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Puts repeated measurements together. Configurations, CPUs and tests keep the order in which they came. */
export function benchResults(measurements: readonly Measurement[]): BenchResults {
  const rows = unique(measurements.map(({ cpus }) => cpus)).flatMap((cpus) => rowsOf(cpus, measurements));
  const totals = unique(rows.map(({ cpus }) => cpus)).map((cpus) => {
    const usec: Record<string, number> = {};
    for (const row of rows) {
      if (row.cpus !== cpus) continue;
      for (const [name, time] of Object.entries(row.usec)) usec[name] = (usec[name] ?? 0) + time;
    }
    return { cpus, usec };
  });
  return { rows, totals };
}

function rowsOf(cpus: number, all: readonly Measurement[]): BenchResults["rows"] {
  const runs = all.filter((run) => run.cpus === cpus);
  const tests = unique(runs.flatMap((run) => run.tests.map(({ test }) => test)));
  return tests.map((test) => {
    const times = (name: string) =>
      runs
        .filter(({ configuration }) => configuration === name)
        .flatMap((run) => run.tests.filter((one) => one.test === test).map(({ usec }) => usec));
    const names = unique(runs.map(({ configuration }) => configuration));
    return { cpus, test, usec: Object.fromEntries(names.map((name) => [name, median(times(name))])) };
  });
}
