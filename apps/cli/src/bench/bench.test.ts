import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benchResults, median } from "./results.ts";
import { schedule } from "./run.ts";
import { parseSummaries } from "./summaries.ts";
import { publishedTable } from "./tables.ts";

const summary = (test: string, usec: number, failed = 0) =>
  `Summary: ${test} passed: ${1 - failed} failed: ${failed} repeat: 1 loops: 10 avg: ${usec} usec`;

describe("the module's summaries", () => {
  it("are averages over the workers, in the order of the log", () => {
    const lines = [
      summary("b_test", 10),
      summary("a_test", 100, 1),
      "All test took worker0=5 cycles",
      `[    1.5] ${summary("b_test", 25)}`,
      summary("a_test", 300, 1),
    ];
    expect(parseSummaries(lines)).toEqual([
      { test: "b_test", usec: 17.5, failed: 0 },
      { test: "a_test", usec: 200, failed: 2 },
    ]);
  });

  it("are not looked for in what is none", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        expect(parseSummaries(lines.map((line) => line.replaceAll("Summary", "")))).toEqual([]);
      }),
    );
  });
});

const measurement = (cpus: number, configuration: string, usec: Record<string, number>) => ({
  cpus,
  configuration,
  tests: Object.entries(usec).map(([test, time]) => ({ test, usec: time, failed: 0 })),
});

const MEASURED = [
  measurement(1, "off", { a: 10, b: 100 }),
  measurement(1, "off", { a: 30, b: 100 }),
  measurement(1, "off", { a: 20, b: 100 }),
  measurement(1, "early", { a: 40, b: 200 }),
  measurement(1, "lazy", { a: 50, b: 310 }),
  measurement(2, "off", { a: 1 }),
  measurement(2, "early", { a: 2 }),
];

describe("results", () => {
  const results = benchResults(MEASURED);

  it("are medians by test and CPUs, and their sums, each with its spread", () => {
    const spread = (off: number[], early: number[], lazy?: number[]) => ({ off, early, ...(lazy && { lazy }) });
    expect(results.rows).toEqual([
      { cpus: 1, test: "a", usec: { off: 20, early: 40, lazy: 50 }, spread: spread([10, 30], [40, 40], [50, 50]) },
      {
        ...{ cpus: 1, test: "b", usec: { off: 100, early: 200, lazy: 310 } },
        spread: spread([100, 100], [200, 200], [310, 310]),
      },
      { cpus: 2, test: "a", usec: { off: 1, early: 2 }, spread: spread([1, 1], [2, 2]) },
    ]);
    expect(results.totals).toEqual([
      { cpus: 1, usec: { off: 120, early: 240, lazy: 360 }, spread: spread([110, 130], [240, 240], [360, 360]) },
      { cpus: 2, usec: { off: 1, early: 2 }, spread: spread([1, 1], [2, 2]) },
    ]);
  });

  it("are shown as the series was published", () => {
    expect(publishedTable(results, 1).map((row) => row.join("|"))).toEqual([
      "test|no KASAN|spread|KASAN original|spread|x baseline|KASAN vmalloc: lazy|spread|x baseline|x KASAN",
      "a|20|10-30|40|40-40|2.00|50|50-50|2.50|1.25",
      "b|100|100-100|200|200-200|2.00|310|310-310|3.10|1.55",
      "total|120|110-130|240|240-240|2.00|360|360-360|3.00|1.50",
    ]);
    expect(publishedTable(results, 2)[0].slice(-3)).toEqual(["KASAN original", "spread", "x baseline"]);
  });

  it("have no ratio that the spread swallows", () => {
    const runs = (configuration: string, ...times: number[]) =>
      times.map((a) => measurement(1, configuration, { a, b: 10 * a }));
    const noisy = benchResults([...runs("off", 10, 30, 12), ...runs("early", 20, 29, 25), ...runs("lazy", 90, 31, 80)]);
    const [, a, , total] = publishedTable(noisy, 1).map((row) => row.join("|"));
    expect(a).toBe("a|12|10-30|25|20-29|noise|80|31-90|6.67|3.20");
    expect(total).toBe("total|132|110-330|275|220-319|noise|880|341-990|6.67|3.20");
  });

  it("a time of 0 has no ratio", () => {
    const none = benchResults([measurement(1, "off", { a: 0 }), measurement(1, "early", { a: 2 })]);
    expect(publishedTable(none, 1)[1].at(-1)).toBe("");
  });
});

it("the median has as many numbers below as above", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
      const middle = median(numbers);
      const below = numbers.filter((number) => number < middle).length;
      const above = numbers.filter((number) => number > middle).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(numbers.length / 2);
    }),
  );
});

it("each repeat has every configuration once on each number of CPUs, and begins with another one", () => {
  const runs = schedule({ cpus: [1, 2], configurations: ["off", "early", "lazy"], repeat: 2 });
  expect(runs.map(({ on, configuration, round }) => `${round}.${on} ${configuration}`)).toEqual([
    ...["0.1 off", "0.1 early", "0.1 lazy", "0.2 off", "0.2 early", "0.2 lazy"],
    ...["1.1 early", "1.1 lazy", "1.1 off", "1.2 early", "1.2 lazy", "1.2 off"],
  ]);
});
