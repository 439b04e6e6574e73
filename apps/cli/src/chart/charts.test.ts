import { expect, test } from "vitest";
import { barPicture } from "./bars.ts";
import { shadowPicture } from "./shadow-pages.ts";

const series = (name: string, ...points: [number, number][]) => ({ name, points, peak: points.at(-1)![1] });
const chart = (...all: ReturnType<typeof series>[]) => ({ title: "t", xLabel: "events", series: all });
const texts = (svg: string, className: string) =>
  [...svg.matchAll(/<text [^>]*class="([^"]*)"[^>]*>([^<]*)</g)].flatMap(([, own, text]) =>
    own === className ? [text!] : [],
  );

test("series that take the same course share a panel, in which the others are grey", () => {
  const svg = shadowPicture("p", [
    chart(series("a", [0, 1], [9, 2]), series("b", [0, 1], [9, 3]), series("c", [0, 1], [9, 2])),
  ]);
  expect(texts(svg, "bold")).toEqual(["a, c", "b"]);
  expect(svg.match(/class="line s2"/g)).toHaveLength(2);
  expect(svg.match(/class="line other"/g)).toHaveLength(2);
});

test("names that have no room are told where the line is pointed at", () => {
  const names = Array.from({ length: 12 }, (_, i) => `scheme-${i}-of-many`);
  const svg = shadowPicture("p", [chart(...names.map((name) => series(name, [0, 1])))]);
  expect(texts(svg, "bold").at(-1)).toMatch(/, …$/);
  expect(svg).toContain(`<title>${names.join(", ")}</title>`);
});

test("pages are whole at the axis", () => {
  const svg = shadowPicture("p", [chart(series("a", [0, 0], [1000, 1]))]);
  const values = [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, text]) => text);
  expect(values).toEqual(["0", "1"]);
});

test("ratios begin at 1: half as long and twice as long are bars of one length", () => {
  const svg = barPicture("p", ["a"], { unit: "x", kind: "ratio" }, [
    { title: "t", groups: [0.5, 2, 0].map((value) => ({ name: `${value}`, values: [value] })) },
  ]);
  const bars = [...svg.matchAll(/<rect class="f0" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(
    ([, x, width]) => [Number(x), Number(width)] as const,
  );
  const [half, twice, nothing] = bars as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  expect(half[1]).toBeCloseTo(twice[1]);
  expect(half[0] + half[1]).toBeCloseTo(twice[0]);
  expect(nothing).toEqual(half);
});

test("what cannot be told has a word, and no bar", () => {
  const svg = barPicture("p", ["a", "b"], { unit: "x", kind: "ratio" }, [
    { title: "t", groups: [{ name: "g", values: [2, undefined] }] },
  ]);
  expect(svg.match(/<rect class="f/g)).toHaveLength(1);
  expect(svg).toContain("g: a 2.00x, b noise");
  expect(svg).not.toContain("NaN");
});
