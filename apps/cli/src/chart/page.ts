import { escapeHtml, page, scrollable } from "@kasan/html";

/** A table for a page: a heading, and rows of which the first is the head. */
export function tableSection(title: string, rows: readonly (readonly string[])[], note?: string): string {
  const [head, ...body] = rows;
  const cells = (row: readonly string[], tag: "th" | "td", scope: string) =>
    row.map((cell, i) => {
      // A heading without words is none.
      const name = cell === "" ? "td" : i === 0 ? "th" : tag;
      const attribute = name === "th" ? ` scope="${tag === "th" ? scope : "row"}"` : "";
      return `<${name}${attribute}>${escapeHtml(cell)}</${name}>`;
    });
  const line = (row: readonly string[], tag: "th" | "td") => `<tr>${cells(row, tag, "col").join("")}</tr>`;
  return `<h2>${escapeHtml(title)}</h2>
${scrollable(
  title,
  `<table class="index"><thead>${line(head, "th")}</thead>\n<tbody>${body.map((row) => line(row, "td")).join("\n")}</tbody></table>`,
)}${note === undefined ? "" : `\n<p><strong>${escapeHtml(note)}</strong></p>`}`;
}

/** A page that needs nothing else: a picture, then tables. */
export function picturePage(title: string, svg: string, sections: readonly string[]): string {
  return page(title, [`<figure>${scrollable(title, svg)}</figure>`, ...sections].join("\n"));
}
