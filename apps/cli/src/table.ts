import { type Cell, type Tone, textOf } from "@kasan/html";
import type { Painter } from "@kasan/report";

/** A table with a heading, for text and for pages. The first row is the head. */
export interface TitledTable {
  readonly title: string;
  readonly rows: readonly (readonly Cell[])[];
  /** What is to be said about it, in lines. */
  readonly note?: string;
}

/** Rows as a table: columns as wide as they must be, numbers to the right, verdicts in colours. The first row is the head. */
export function table(rows: readonly (readonly Cell[])[], paint?: Painter): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => textOf(row[column]).length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => padded(cell, widths[i], paint))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

const isNumber = (text: string) => /^[\d.,+-]+( \w+)?$/.test(text);

function padded(cell: Cell, width: number, paint: Painter | undefined): string {
  const text = textOf(cell);
  const tone = typeof cell === "string" ? undefined : cell.tone;
  const painted = paint && tone ? paint[COLOURS[tone]](text) : text;
  const blanks = " ".repeat(width - text.length);
  return isNumber(text) ? blanks + painted : painted + blanks;
}

const COLOURS: Readonly<Record<Tone, keyof Painter>> = {
  good: "green",
  partial: "green",
  bad: "red",
  alarm: "red",
  quiet: "dim",
};
