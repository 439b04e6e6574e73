import { type BarPart, bar as barHtml } from "./bar.ts";
import { escapeHtml } from "./escape.ts";
import { mark, type Tone } from "./mark.ts";
import { scrollable } from "./scroll.ts";

/** The text of a cell, perhaps a verdict, or a link. */
export type Cell = string | MarkedCell;

/** A cell that is more than its text. */
export interface MarkedCell {
  /** What it says. */
  readonly text: string;
  /** What the text is as a verdict. */
  readonly tone?: Tone;
  /** Where it leads. */
  readonly href?: string;
  /** A bar in front of the text. */
  readonly bar?: readonly BarPart[];
}

/** Addresses, as the kernel prints them, and other numbers of base 16. */
const HEX = /^(?:0x[0-9a-f]+|[0-9a-f]{8}|[0-9a-f]{16})$/;
/** What tells them from numbers of base 10. */
const SURELY_HEX = /[a-fx]|^\d{16}$/;
/** Numbers, with what they count, or two of them. */
const NUMBER = /^-?[\d.,]+(?:-[\d.,]+)?(?: ?(?:%|x|[KMGTPE]?B|bytes?|[mnµ]?s))?$/;

/** The text of a cell. */
export const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text);

/**
 * A table that scrolls by itself. The first row is its head, the first cell of each other row names the row. Columns of numbers stand to the
 * right, those of addresses in digits of one width.
 *
 * @param label - what it shows, for those who hear the page; escaped here
 */
export function dataTable(label: string, rows: readonly (readonly Cell[])[]): string {
  const [head, ...body] = rows as [readonly Cell[], ...(readonly Cell[])[]];
  const kinds = head.map((_, column) => kindOf(body.map((row) => textOf(row[column]!))));
  const line = (row: readonly Cell[], scope: "col" | "row") =>
    `<tr>${row.map((one, i) => cell(one, kinds[i]!, scope === "col" || i === 0 ? scope : undefined)).join("")}</tr>`;
  const lines = body.map((row) => line(row, "row"));
  return scrollable(
    label,
    `<table class="index"><thead>${line(head, "col")}</thead>\n<tbody>${lines.join("\n")}</tbody></table>`,
  );
}

/** What a column holds. */
function kindOf(texts: readonly string[]): "" | "hex" | "number" {
  const filled = texts.filter((text) => text !== "");
  if (filled.length === 0) return "";
  if (filled.every((text) => HEX.test(text)) && filled.some((text) => SURELY_HEX.test(text))) return "hex";
  return filled.every((text) => NUMBER.test(text)) ? "number" : "";
}

function cell(one: Cell, kind: string, scope: "col" | "row" | undefined): string {
  const { text, tone, href, bar } = typeof one === "string" ? { text: one } : one;
  const words = tone === undefined ? escapeHtml(text) : mark(tone, text);
  const content = href === undefined ? words : `<a href="${escapeHtml(href)}">${words}</a>`;
  // A heading without words is none.
  const name = scope === undefined || text === "" ? "td" : "th";
  const scoped = name === "th" ? ` scope="${scope}"` : "";
  const drawn = bar ? barHtml(bar) : "";
  return `<${name}${scoped}${kind === "" ? "" : ` class="${kind}"`}>${drawn}${content}</${name}>`;
}
