import { scaleLinear } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import { element, label, title } from "./svg.ts";

/** Values that stay until the next point. */
type Course = readonly (readonly [x: number, y: number])[];

/** A chart of values over time, a whole number each. */
export interface StepChart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: Course;
    /** The highest value, which may lie between the points. */
    readonly peak: number;
  }[];
}

/** A course, and all that take it: lines on each other would look like one. */
interface SharedCourse {
  readonly names: readonly string[];
  readonly points: Course;
  readonly peak: number;
}

/** The different courses of a chart. */
export function coursesOf({ series }: StepChart): SharedCourse[] {
  const courses = new Map<string, SharedCourse & { names: string[] }>();
  for (const { name, points, peak } of series) {
    const key = `${peak} ${points.join(" ")}`;
    const known = courses.get(key);
    if (known) known.names.push(name);
    else courses.set(key, { names: [name], points, peak });
  }
  return [...courses.values()];
}

/** The size of a panel. */
export const PANEL = { width: 320, height: 198 };
const MARGIN = { top: 66, right: 14, bottom: 26, left: 46 };
const TICKS = 4;
/** Characters of a title that fit beside each other, and rows of them. */
const TITLE_CHARACTERS = 44;
const LINE = 16;

/** A panel for each course of a chart, the others behind it in grey. All have the same axes. */
export function panelsOf(courses: readonly SharedCourse[]): string[] {
  const xs = courses.flatMap(({ points }) => points.map(([x]) => x));
  const xStart = xs.reduce((least, x) => Math.min(least, x), xs[0] ?? 0);
  const xEnd = xs.reduce((most, x) => Math.max(most, x), xStart + 1);
  const yEnd = courses.reduce((most, { peak }) => Math.max(most, peak), 0) || 1;
  const x = scaleLinear([xStart, xEnd], [MARGIN.left, PANEL.width - MARGIN.right]);
  const y = scaleLinear([0, yEnd], [PANEL.height - MARGIN.bottom, MARGIN.top]).nice(TICKS);
  const path = line()
    .x((point) => tenths(x(point[0])))
    .y((point) => tenths(y(point[1])))
    .curve(curveStepAfter);
  // Every line begins at the left edge and reaches the right one.
  const lines = courses.map(
    ({ points }) =>
      path([
        [xStart, 0],
        ...points.map(([at, value]): [number, number] => [at, value]),
        [xEnd, points.at(-1)?.[1] ?? 0],
      ]) ?? "",
  );
  const axes = [
    ...x.ticks(TICKS).map((tick) => {
      const place = { class: "dim", "text-anchor": "middle" };
      return label(x(tick), PANEL.height - MARGIN.bottom + 16, short(tick, x.tickFormat(TICKS, "~s")), place);
    }),
    ...y
      .ticks(TICKS)
      .filter(Number.isInteger)
      .flatMap((tick) => [
        element("path", { class: "grid", d: `M${MARGIN.left},${Math.round(y(tick))}H${PANEL.width - MARGIN.right}` }),
        label(MARGIN.left - 6, y(tick) + 4, short(tick, y.tickFormat(TICKS, "~s")), {
          class: "dim",
          "text-anchor": "end",
        }),
      ]),
  ];
  return courses.map((course, own) => {
    const others = lines.filter((_, i) => i !== own).map((d) => element("path", { class: "line other", d }));
    const mine = element("path", { class: "line s2", d: lines[own]! }, title(course.names.join(", ")));
    return [...heading(course), ...axes, ...others, mine].join("");
  });
}

/** The names of a course, in one line or two, and its highest and last value. */
function heading({ names, points, peak }: SharedCourse): string[] {
  const rows = wrapped(names);
  const numbers = `peak ${peak}, at the end ${points.at(-1)?.[1] ?? 0}`;
  return [
    ...rows.map((row, i) => label(8, LINE * (i + 1), row, { class: "bold" })),
    label(8, LINE * (rows.length + 1), numbers, { class: "dim" }),
  ];
}

/** Names in two rows at most; what has no room there is told when the line is pointed at. */
function wrapped(names: readonly string[]): string[] {
  const rows = [""];
  for (const name of names) {
    const longer = `${rows.at(-1)}${rows.at(-1) === "" ? "" : ", "}${name}`;
    if (longer.length <= TITLE_CHARACTERS || rows.at(-1) === "") rows[rows.length - 1] = longer;
    else rows.push(name);
  }
  return rows.slice(0, 2).map((row, i) => (rows.length > i + 1 ? `${row}${i === 1 ? ", …" : ","}` : row));
}

/** A number at an axis: `2k`, `500`. */
const short = (value: number, format: (value: number) => string) => (value === 0 ? "0" : format(value));

const tenths = (value: number) => Math.round(value * 10) / 10;
