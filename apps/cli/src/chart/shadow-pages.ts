import { legend, type StepChart, stepChart } from "./steps.ts";
import { picture } from "./svg.ts";

const WIDTH = 960;
const TOP = 40;

/** Pages of shadow over time: a chart, or several in two columns, whose series are the same schemes in the same order. */
export function shadowPicture(title: string, charts: readonly StepChart[]): string {
  const columns = charts.length > 1 ? 2 : 1;
  const width = WIDTH / columns;
  const height = columns > 1 ? 240 : 420;
  const rows = Math.ceil(charts.length / columns);
  const body = charts.map((chart, i) =>
    stepChart(chart, (i % columns) * width, TOP + Math.floor(i / columns) * height, width, height),
  );
  const schemes = charts[0].series.map(({ name }) => name);
  const peaks = charts[0].series.map(
    ({ name, points }) => `${name} ${points.reduce((most, [, y]) => Math.max(most, y), 0)}`,
  );
  const words = `Pages of shadow over time under ${schemes.join(", ")}. Peaks${charts.length > 1 ? ` of ${charts[0].title}` : ""}: ${peaks.join(", ")}`;
  return picture(WIDTH, TOP + rows * height, title, words, [legend(schemes, 24, 24), ...body].join("\n"));
}
