import { dataTable, escapeHtml, page, type Section, scrollable, sections } from "@kasan/html";
import type { TitledTable } from "../table.ts";

/** A table as a part of a page. */
export function tableSection({ title, rows, note }: TitledTable): Section {
  const said = note?.split("\n").map((line) => `\n<p>${escapeHtml(line)}</p>`) ?? [];
  return { title, body: `${dataTable(title, rows)}${said.join("")}` };
}

/** A picture as a part of a page. */
export const pictureSection = (title: string, svg: string): Section => ({
  title,
  body: `<figure>${scrollable(title, svg)}</figure>`,
});

/** A page of parts. */
export const sectionPage = (title: string, parts: readonly Section[], style?: string): string =>
  page(title, sections(parts), style);
