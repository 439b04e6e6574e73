import { scaleLinear } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import { element, label, SERIES_COUNT } from "./svg.ts";

/** A line that keeps each value until the next point. */
interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart of values over time. */
export interface StepChart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
}

const MARGIN = { top: 34, right: 16, bottom: 40, left: 62 };
const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 4"];

/** A number at an axis: `2k`, `500`. */
const short = (value: number, format: (value: number) => string) => (value === 0 ? "0" : format(value));

const tenths = (value: number) => Math.round(value * 10) / 10;

/** The class of a series' colour, and its dashes: lines that lie on each other, and readers without colours. */
const stroke = (i: number) => ({ class: `line s${i % SERIES_COUNT}`, "stroke-dasharray": DASHES[i % DASHES.length] });

/** A chart as a group of SVG, `width` by `height`, at a place. Every line reaches the right edge. */
export function stepChart(
  { title, xLabel, series }: StepChart,
  left: number,
  top: number,
  width: number,
  height: number,
) {
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const xStart = xs.reduce((least, x) => Math.min(least, x), xs[0] ?? 0);
  const xEnd = xs.reduce((most, x) => Math.max(most, x), xStart + 1);
  const yEnd = ys.reduce((most, y) => Math.max(most, y), 0) || 1;
  const x = scaleLinear([xStart, xEnd], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, yEnd], [height - MARGIN.bottom, MARGIN.top]).nice(5);
  const path = line()
    .x((point) => tenths(x(point[0])))
    .y((point) => tenths(y(point[1])))
    .curve(curveStepAfter);
  const lines = series.map(({ name, points }, i) => {
    const last = points.at(-1)?.[1] ?? 0;
    const d = path([[xStart, 0], ...points.map(([at, value]): [number, number] => [at, value]), [xEnd, last]]);
    return element("path", { ...stroke(i), d: d ?? "" }, element("title", {}, name));
  });
  const xTicks = x.ticks(6).map((tick) =>
    label(x(tick), height - MARGIN.bottom + 16, short(tick, x.tickFormat(6, "~s")), {
      class: "dim",
      "text-anchor": "middle",
    }),
  );
  const yTicks = y
    .ticks(5)
    .flatMap((tick) => [
      element("path", { class: "grid", d: `M${MARGIN.left},${Math.round(y(tick))}H${width - MARGIN.right}` }),
      label(MARGIN.left - 8, y(tick) + 4, short(tick, y.tickFormat(5, "~s")), { class: "dim", "text-anchor": "end" }),
    ]);
  return element(
    "g",
    { transform: `translate(${left},${top})` },
    label(MARGIN.left, 18, title, { class: "bold" }),
    ...yTicks,
    ...xTicks,
    label(width - MARGIN.right, height - 8, xLabel, { class: "dim", "text-anchor": "end" }),
    ...lines,
  );
}

/** The legend of the lines, in a row that starts at a place. */
export function legend(names: readonly string[], left: number, top: number): string {
  let x = left;
  return names
    .map((name, i) => {
      const from = x;
      x += 56 + name.length * 7;
      const sample = element("path", { ...stroke(i), d: `M${from},${top - 4}h28` });
      return sample + label(from + 34, top, name);
    })
    .join("");
}
