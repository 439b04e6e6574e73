import { escapeHtml } from "@kasan/html";

/** Attributes of an element. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An element of SVG, its text escaped by whoever made it. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeHtml(String(round(value)))}"`);
  return children.length === 0
    ? `<${name}${list.join("")}/>`
    : `<${name}${list.join("")}>${children.join("")}</${name}>`;
}

const round = (value: string | number) => (typeof value === "number" ? Math.round(value * 100) / 100 : value);

/** Text at a place. */
export const label = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escapeHtml(text));

/** What is shown of an element when it is pointed at. */
export const title = (text: string): string => element("title", {}, escapeHtml(text));

/** A whole picture, readable in light and dark, with words for those who do not see it. */
export function picture(width: number, height: number, name: string, description: string, body: string): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    // Never smaller, so that all words can be read: it scrolls instead.
    style: `width:${width}px;height:auto;max-width:none`,
    "aria-label": `${name}. ${description}`,
  };
  const words = [title(name), element("desc", {}, escapeHtml(description))];
  const paper = element("rect", { class: "paper", width, height });
  return element("svg", attributes, ...words, element("style", {}, STYLE), paper, `\n${body}\n`);
}

/** Colours that differ in lightness too, one for each series. */
const SERIES = ["#57606a", "#b35900", "#0969da", "#1a7f37", "#8250df", "#bf3989", "#9a6700"];
const SERIES_DARK = ["#9198a1", "#f0883e", "#58a6ff", "#3fb950", "#bc8cff", "#f778ba", "#d29922"];

/** How many series can be told apart. */
export const SERIES_COUNT = SERIES.length;

const rules = (colours: readonly string[]) =>
  colours.map((colour, i) => `.s${i}{stroke:${colour}}.f${i}{fill:${colour}}`).join("");
const STYLE = `svg{font:12px system-ui,sans-serif;fill:#1b1f24}.paper{fill:#fff}.axis{stroke:#8b949e;fill:none}.grid{stroke:#d1d9e0;fill:none}.dim{fill:#59636e}.mono{font-family:ui-monospace,monospace}.bold{font-weight:600}.large{font-size:14px}.line{fill:none;stroke-width:2}.other{stroke:#d1d9e0;stroke-width:1.5}.box{stroke:#8b949e}.band{opacity:.18;stroke:none}.none{fill:#eaeef2}${rules(SERIES)}
@media (prefers-color-scheme:dark){svg{fill:#e6edf3}.paper{fill:#0f1318}.grid{stroke:#30363d}.other{stroke:#3d444d}.dim{fill:#9198a1}.none{fill:#21262d}${rules(SERIES_DARK)}}`;
