import { type BenchResults, ratioOf, type Timed, type Times } from "./results.ts";

/** The configuration that others are compared with, and KASAN as it was without shadow for vmalloc. */
const BASELINE = "off";
const ORIGINAL = "early";

const micros = (time: number): string => String(Math.round(time));

/** The columns of a configuration's time. */
const timeOf = ({ usec, spread }: Timed, name: string): string[] => [
  micros(usec[name]),
  spread[name].map(micros).join("-"),
];

/** How many times as long it took, if that can be told. */
function times(row: Timed, name: string, to: string): string {
  if (!(row.usec[to] > 0)) return "";
  return ratioOf(row, name, to)?.toFixed(2) ?? "noise";
}

/** What the columns and words of {@link publishedTable} say, in a line. */
export const spreadNote = (repeat: number): string =>
  repeat === 1
    ? "One repeat: how far its times spread is not known, and with it what the ratios are worth; give --repeat more."
    : "spread: shortest and longest of the repeats; noise: they overlap, so that there is no telling which takes longer.";

/** Configurations other than the two that have columns of their own. */
const schemesOf = (usec: Times): string[] => Object.keys(usec).filter((name) => name !== BASELINE && name !== ORIGINAL);

/**
 * The table in which the series that gave vmalloc real shadow was published, microseconds, for some CPUs: test, no KASAN,
 * KASAN original (the early shadow), and each scheme, with how many times as long each took. Each time has its spread. The first
 * row is the head.
 */
export function publishedTable({ rows, totals }: BenchResults, cpus: number): string[][] {
  const own = rows.filter((row) => row.cpus === cpus);
  const total = totals.find((row) => row.cpus === cpus) ?? { usec: {}, spread: {} };
  const schemes = schemesOf(total.usec);
  const head = [
    "test",
    "no KASAN",
    "spread",
    "KASAN original",
    "spread",
    "x baseline",
    ...schemes.flatMap((scheme) => [`KASAN vmalloc: ${scheme}`, "spread", "x baseline", "x KASAN"]),
  ];
  const line = (name: string, row: Timed) => [
    name,
    ...timeOf(row, BASELINE),
    ...timeOf(row, ORIGINAL),
    times(row, ORIGINAL, BASELINE),
    ...schemes.flatMap((s) => [...timeOf(row, s), times(row, s, BASELINE), times(row, s, ORIGINAL)]),
  ];
  return [head, ...own.map((row) => line(row.test, row)), line("total", total)];
}

/** `1 CPU`, `2 CPUs`. */
export const cpusTitle = (cpus: number): string => `${cpus} CPU${cpus === 1 ? "" : "s"}`;
