import { scaleLinear, scaleLog } from "d3-scale";
import { element, label, picture, SERIES_COUNT, title } from "./svg.ts";

/** Bars in groups: a value for each series in each group; undefined where it cannot be told. */
export interface BarChart {
  readonly title: string;
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

/** What the values of bars are. */
export interface BarScale {
  /** Follows each value. */
  readonly unit: string;
  /** `ratio`: bars begin at 1, and their lengths are logarithmic: twice as much and half as much are as long. */
  readonly kind: "amount" | "ratio";
}

const NAMES = 226;
/** The columns, together as wide as this if they can be. */
const COLUMNS = { together: 910, least: 104, most: 250 };
const ROW = 22;
const BAR = 14;
const HEAD = 50;
const FOOT = 26;
/** Room for a value beside its bar. */
const VALUE = 56;

/** Charts below each other, which share their series: a row for each group, a column of bars for each series. */
export function barPicture(
  name: string,
  series: readonly string[],
  scale: BarScale,
  charts: readonly BarChart[],
): string {
  const column = Math.max(COLUMNS.least, Math.min(COLUMNS.most, COLUMNS.together / series.length));
  let y = 0;
  const body = charts.map((chart) => {
    const from = y;
    y += HEAD + chart.groups.length * ROW + FOOT;
    return bars(chart, series, scale, column, from);
  });
  const words = charts.map((chart) => `${chart.title}: ${lastGroup(chart, series, scale)}`).join(". ");
  return picture(NAMES + column * series.length, y, name, words, body.join("\n"));
}

function lastGroup({ groups }: BarChart, series: readonly string[], { unit }: BarScale): string {
  const group = groups.at(-1);
  return group ? `${group.name}: ${series.map((name, i) => `${name} ${shown(group.values[i], unit)}`).join(", ")}` : "";
}

const shown = (value: number | undefined, unit: string) =>
  value === undefined ? "noise" : `${value.toFixed(2)}${unit}`;

function bars(
  chart: BarChart,
  series: readonly string[],
  { unit, kind }: BarScale,
  column: number,
  top: number,
): string {
  const { groups } = chart;
  const place = placing(
    groups.flatMap(({ values }) => values.filter((value) => value !== undefined)),
    kind,
    column - VALUE,
  );
  const first = top + HEAD;
  const heads = series.map((name, s) => label(NAMES + s * column, top + HEAD - 8, name, { class: "bold" }));
  const zeros = series.map((_, s) =>
    element("path", { class: "axis", d: `M${NAMES + s * column + place.zero},${first}v${groups.length * ROW}` }),
  );
  const rows = groups.map(({ name, values }, i) => {
    const y = first + i * ROW;
    const line = element("path", { class: "grid", d: `M0,${y + ROW}H${NAMES + series.length * column}` });
    const text = label(NAMES - 12, y + 15, name, { "text-anchor": "end" });
    return [line, text, ...values.map((value, s) => bar(value, s, y))].join("");
  });
  function bar(value: number | undefined, s: number, y: number): string {
    const left = NAMES + s * column;
    const text = shown(value, unit);
    if (value === undefined) return label(left + place.zero + 4, y + 15, text, { class: "dim" });
    const end = place.at(value);
    const [x, width] = [left + Math.min(place.zero, end), Math.max(1, Math.abs(end - place.zero))];
    const box = { class: `f${s % SERIES_COUNT}`, x, y: y + (ROW - BAR) / 2, width, height: BAR };
    return (
      element("rect", box, title(`${series[s]}: ${text}`)) +
      label(left + Math.max(place.zero, end) + 4, y + 15, text, { class: "dim" })
    );
  }
  const about = kind === "ratio" ? `${chart.title}; bars begin at 1${unit}, lengths are logarithmic` : chart.title;
  return element("g", {}, label(8, top + 20, about, { class: "bold large" }), ...heads, ...rows, ...zeros);
}

/** Where values lie between 0 and `width`, and where bars begin. */
function placing(values: readonly number[], kind: BarScale["kind"], width: number) {
  const most = values.reduce((max, value) => Math.max(max, value), 0) || 1;
  if (kind === "amount") return { at: scaleLinear([0, most], [0, width]), zero: 0 };
  const positive = values.filter((value) => value > 0);
  const least = positive.reduce((min, value) => Math.min(min, value), 1);
  const log = scaleLog([least, Math.max(most, least * 2)], [0, width]).clamp(true);
  return { at: (value: number) => (value > 0 ? log(value) : 0), zero: log(1) };
}
