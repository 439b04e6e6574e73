import { type BarPart, type Cell, dataTable, escapeHtml, page, type Section, sections } from "@kasan/html";
import { REPORT_STYLE, stackHtml } from "@kasan/report";
import { formatAddress, type KasanMode } from "@kasan/shadow";
import type { ObjectState } from "../kernel/object.ts";
import type { CacheCount } from "../scan/objects.ts";
import type { NamedHolder, Scan } from "../scan/scan.ts";
import type { ShadowCount } from "../scan/shadow.ts";
import { namedGranules, vmallocText } from "../scan/text.ts";
import { STATES, stateKey } from "./state.ts";
import { IMAGE_STYLE } from "./style.ts";

/** A scan as a page: caches with a bar for each, the shadow by region, who holds most, and what is odd. */
export function scanHtml(found: Scan, kasan: KasanMode | "off", title: string): string {
  const { caches, shadow, vmalloc, holders, unknown } = found;
  const parts: Section[] = [
    ...(caches.length > 0 ? [{ title: "Caches", body: cachesHtml(caches) }] : []),
    ...(shadow.length > 0 ? [{ title: "Shadow", body: shadow.map((one) => regionHtml(one, kasan)).join("\n") }] : []),
    ...(vmalloc ? [{ title: "Shadow of vmalloc space", body: `<p>${escapeHtml(vmallocText(vmalloc))}.</p>` }] : []),
    ...(holders.length > 0
      ? [{ title: "Who allocated most of what is in use", body: holders.map(holderHtml).join("\n") }]
      : []),
    { title: "Objects whose shadow is odd", body: oddHtml(found) },
    ...(unknown.length > 0
      ? [{ title: "Not known", body: `<ul>${unknown.map((what) => `<li>${escapeHtml(what)}</li>`).join("")}</ul>` }]
      : []),
  ];
  return page(title, sections(parts), `${REPORT_STYLE}\n${IMAGE_STYLE}`);
}

function cachesHtml(caches: readonly CacheCount[]): string {
  const most = Math.max(...caches.map(({ bytes }) => bytes));
  const rows = caches.map((cache): Cell[] => {
    const { name, bytes, slabs, objects } = cache;
    const counts = [objects["in use"], objects["in quarantine"], objects.free, objects.unused, objects.unknown];
    return [name, { text: "", bar: stateBar(cache, most) }, ...[bytes, slabs, ...counts].map(String)];
  });
  const head = [
    "cache",
    "objects",
    "bytes",
    "slabs",
    "in use",
    "in quarantine",
    "free",
    "never allocated",
    "not known",
  ];
  const shown = caches.flatMap(({ objects }) =>
    (Object.keys(objects) as ObjectState[]).filter((state) => objects[state]),
  );
  return `<p class="dim">Bars are as long as a cache has bytes.</p>\n${stateKey(shown)}\n${dataTable("Caches", [head, ...rows])}`;
}

function stateBar({ bytes, objects }: CacheCount, most: number): BarPart[] {
  const total = Object.values(objects).reduce((sum, count) => sum + count, 0);
  return (Object.keys(STATES) as ObjectState[]).map((state) => ({
    fill: STATES[state].fill,
    share: total === 0 ? 0 : (bytes / most) * (objects[state] / total),
  }));
}

function regionHtml(count: ShadowCount, kasan: KasanMode | "off"): string {
  const named = namedGranules(count, kasan);
  const most = Math.max(...named.values());
  const rows = Array.from(named, ([name, granules]): Cell[] => [
    name,
    { text: "", bar: [{ fill: "amount", share: granules / most }] },
    String(granules),
  ]);
  return `<h3 class="part">Of ${escapeHtml(count.region)}: ${count.pages} pages of its own</h3>
${dataTable(`Shadow of ${count.region}`, [["meaning", "share", "granules"], ...rows])}`;
}

function holderHtml({ bytes, objects, cache, frames }: NamedHolder): string {
  const title = escapeHtml(`${bytes} bytes in ${objects} objects, ${cache}`);
  return stackHtml(title, frames, false) || `<p>${title}, by a stack that is not there</p>`;
}

function oddHtml({ odd, oddCount }: Scan): string {
  if (oddCount === 0) return "<p>There are none.</p>";
  const rows = odd.map(({ address, cache, why }) => [formatAddress(address), cache, why]);
  const more = oddCount > odd.length ? `<p>There are ${oddCount - odd.length} more.</p>` : "";
  return `${dataTable("Odd objects", [["address", "cache", "what is odd"], ...rows])}${more}`;
}
