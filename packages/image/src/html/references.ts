import { type Cell, dataTable, escapeHtml, page, type Section, sections } from "@kasan/html";
import { formatAddress } from "@kasan/shadow";
import type { Reference, References } from "../find/find.ts";
import { ownerText } from "../find/text.ts";
import { IMAGE_STYLE } from "./style.ts";

/** What points to addresses as a page: for each, how many references each cache has, with a bar, then all of them. */
export function referencesHtml(found: readonly References[], title: string): string {
  return page(title, sections(found.map(part)), IMAGE_STYLE);
}

function part({ target: [from, to], found, more, own, unknown }: References): Section {
  const title = `${formatAddress(from)}-${formatAddress(to)}`;
  const doubt =
    unknown === undefined ? "" : `<p>It is not known whether that is all of an object: ${escapeHtml(unknown)}</p>`;
  const itself = `${own > 0 ? `<p>${own} of its own words point there, too.</p>` : ""}${doubt}`;
  if (found.length === 0) return { title, body: `<p>Nothing points there.</p>${itself}` };
  const rows = found.map((reference): Cell[] => [
    formatAddress(reference.address),
    formatAddress(reference.value),
    ownerText(reference),
  ]);
  const body = `${countsTable(title, found)}
<h3>All of them</h3>
${dataTable(`References to ${title}`, [["address", "points to", "where"], ...rows])}
${more ? "<p>There are more.</p>" : ""}${itself}`;
  return { title, body };
}

function countsTable(title: string, found: readonly Reference[]): string {
  const counts = new Map<string, number>();
  for (const reference of found) {
    const holder = holderOf(reference);
    counts.set(holder, (counts.get(holder) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const most = sorted[0]![1];
  const rows = sorted.map(([holder, count]): Cell[] => [
    holder,
    { text: "", bar: [{ fill: "amount", share: count / most }] },
    String(count),
  ]);
  return dataTable(`Who refers to ${title}`, [["in", "share", "references"], ...rows]);
}

function holderOf({ object, variable, task, areaBy }: Reference): string {
  if (object) return object.cache;
  if (variable) return "variables";
  return task ? "stacks" : areaBy ? "vmalloc areas" : "memory of no slab";
}
