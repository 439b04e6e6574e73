import { coursesOf, PANEL, panelsOf, type StepChart } from "./steps.ts";
import { element, label, picture } from "./svg.ts";

const COLUMNS = 3;
const WIDTH = COLUMNS * PANEL.width;
/** Room for what is to be said about all charts, and for the title of each of several. */
const TOP = 52;
const HEAD = 30;

/** Pages of shadow over time: charts below each other, each a panel for every different course that shadow takes. */
export function shadowPicture(title: string, charts: readonly StepChart[]): string {
  let y = TOP;
  const body = charts.map((chart) => {
    const head = charts.length > 1 ? HEAD : 0;
    const panels = panelsOf(coursesOf(chart));
    const name = head > 0 ? label(8, y + 20, chart.title, { class: "bold large" }) : "";
    const placed = panels.map((panel, i) => {
      const [left, top] = [(i % COLUMNS) * PANEL.width, y + head + Math.floor(i / COLUMNS) * PANEL.height];
      return element("g", { transform: `translate(${left},${top})` }, panel);
    });
    y += head + Math.ceil(panels.length / COLUMNS) * PANEL.height;
    return [name, ...placed].join("\n");
  });
  const { xLabel } = charts[0]!;
  const about = [
    label(8, 18, `Upwards: pages of shadow. To the right: ${xLabel}.`, { class: "dim" }),
    label(8, 36, "Schemes that take the same course share a panel; grey: the others.", { class: "dim" }),
  ];
  return picture(WIDTH, y, title, inWords(charts), [...about, ...body].join("\n"));
}

/** The charts for those who do not see them. */
function inWords(charts: readonly StepChart[]): string {
  const texts = charts.map((chart) => {
    const peaks = coursesOf(chart).map(({ names, peak }) => `${names.join(", ")}: ${peak}`);
    return `${chart.title}, most pages of shadow: ${peaks.join("; ")}`;
  });
  return texts.join(". ");
}
