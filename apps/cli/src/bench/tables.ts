import type { BenchResults, Times } from "./results.ts";

/** The configuration that others are compared with, and KASAN as it was without shadow for vmalloc. */
const BASELINE = "off";
const ORIGINAL = "early";

const ratio = (time: number, to: number): string => (to > 0 ? (time / to).toFixed(2) : "");
const micros = (time: number): string => String(Math.round(time));

/** Configurations other than the two that have columns of their own. */
const schemesOf = (usec: Times): string[] => Object.keys(usec).filter((name) => name !== BASELINE && name !== ORIGINAL);

/**
 * The table in which the series that gave vmalloc real shadow was published, microseconds, for some CPUs: test, no KASAN,
 * KASAN original (the early shadow), and each scheme, with how many times as long each took. The first row is the head.
 */
export function publishedTable({ rows, totals }: BenchResults, cpus: number): string[][] {
  const own = rows.filter((row) => row.cpus === cpus);
  const total = totals.find((row) => row.cpus === cpus) ?? { usec: {} };
  const schemes = schemesOf(total.usec);
  const head = [
    "test",
    "no KASAN",
    "KASAN original",
    "x baseline",
    ...schemes.flatMap((scheme) => [`KASAN vmalloc: ${scheme}`, "x baseline", "x KASAN"]),
  ];
  const line = (name: string, usec: Times) => {
    const { [BASELINE]: off, [ORIGINAL]: early } = usec;
    const columns = schemes.flatMap((s) => [micros(usec[s]), ratio(usec[s], off), ratio(usec[s], early)]);
    return [name, micros(off), micros(early), ratio(early, off), ...columns];
  };
  return [head, ...own.map(({ test, usec }) => line(test, usec)), line("total", total.usec)];
}

/** `1 CPU`, `2 CPUs`. */
export const cpusTitle = (cpus: number): string => `${cpus} CPU${cpus === 1 ? "" : "s"}`;
