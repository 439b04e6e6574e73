import { scaleLinear } from "d3-scale";
import { element, label, picture, SERIES_COUNT } from "./svg.ts";

/** Bars in groups: a value for each series in each group. */
export interface BarChart {
  readonly title: string;
  readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const WIDTH = 960;
const NAMES = 240;
const RIGHT = 60;
const BAR = 12;
const GAP = 10;
const HEAD = 34;

const groupHeight = (series: number) => series * BAR + GAP;
const chartHeight = ({ groups }: BarChart, series: number) => HEAD + groups.length * groupHeight(series) + 16;

/** Charts of bars below each other, which share their series. `unit` follows each value. */
export function barPicture(
  title: string,
  series: readonly string[],
  unit: string,
  charts: readonly BarChart[],
): string {
  const top = 44;
  let y = top;
  const body = charts.map((chart) => {
    const from = y;
    y += chartHeight(chart, series.length);
    return bars(chart, series, unit, from);
  });
  const words = charts.map((chart) => `${chart.title}: ${lastGroup(chart, series, unit)}`).join(". ");
  return picture(WIDTH, y, title, words, [keys(series), ...body].join("\n"));
}

function lastGroup({ groups }: BarChart, series: readonly string[], unit: string): string {
  const group = groups.at(-1);
  return group ? `${group.name}: ${series.map((name, i) => `${name} ${shown(group.values[i], unit)}`).join(", ")}` : "";
}

const shown = (value: number, unit: string) => `${value.toFixed(2)}${unit}`;

function bars({ title, groups }: BarChart, series: readonly string[], unit: string, top: number): string {
  const most = groups.flatMap(({ values }) => values).reduce((max, value) => Math.max(max, value), 0) || 1;
  const x = scaleLinear([0, most], [NAMES, WIDTH - RIGHT]);
  const parts = groups.flatMap(({ name, values }, i) => {
    const from = top + HEAD + i * groupHeight(series.length);
    const middle = from + (series.length * BAR) / 2 + 4;
    return [label(NAMES - 8, middle, name, { "text-anchor": "end" }), ...values.map((value, s) => bar(value, s, from))];
  });
  function bar(value: number, s: number, from: number): string {
    const y = from + s * BAR;
    const box = { class: `f${s % SERIES_COUNT}`, x: NAMES, y, width: x(value) - NAMES, height: BAR - 2 };
    const text = shown(value, unit);
    return (
      element("rect", box, element("title", {}, `${series[s]}: ${text}`)) +
      label(x(value) + 4, y + BAR - 3, text, { class: "dim" })
    );
  }
  return element("g", {}, label(24, top + 18, title, { class: "bold" }), ...parts);
}

function keys(series: readonly string[]): string {
  let x = 24;
  return series
    .map((name, i) => {
      const from = x;
      x += 40 + name.length * 7;
      return (
        element("rect", { class: `f${i % SERIES_COUNT}`, x: from, y: 16, width: 12, height: 12 }) +
        label(from + 18, 26, name)
      );
    })
    .join("");
}
