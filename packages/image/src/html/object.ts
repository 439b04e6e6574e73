import { type Cell, dataTable, escapeHtml } from "@kasan/html";
import { formatFrame, stackHtml, type Track } from "@kasan/report";
import { formatAddress } from "@kasan/shadow";
import type { ObjectPointer } from "../find/pointers.ts";
import type { FoundLife, FoundOwner } from "../finding/finding.ts";
import { ownerTracks, trackText } from "../finding/text.ts";
import type { SlabObject } from "../kernel/neighbours.ts";
import type { ObjectState } from "../kernel/object.ts";
import { STATES, stateKey, stateText } from "./state.ts";

/** Where objects are on the page: the link to each, by its first address. */
export type Links = ReadonlyMap<bigint, string>;

/** Objects of a slab that are drawn, and rows on either side of the object in the table. */
const MOST_DRAWN = 256;
const ROWS_ASIDE = 2;
/** Pointers that are shown at once. */
const MOST_UNFOLDED = 12;

/** The object among those of its slab: all of them as a picture, the nearest as a table. */
export function slabHtml(own: FoundLife, slab: readonly SlabObject[], links: Links): string {
  if (slab.length === 0) return "";
  const from = Math.max(0, Math.min(own.index - MOST_DRAWN / 2, slab.length - MOST_DRAWN));
  const drawn = slab.slice(from, from + MOST_DRAWN);
  const cells = drawn.map(
    ({ index, state }) =>
      `<span class="${STATES[state].fill}${index === own.index ? " own" : ""}">${STATES[state].letter}</span>`,
  );
  const left = slab.length > drawn.length ? `, objects ${from + 1} to ${from + drawn.length} are shown` : "";
  const summary = `${slab.length} objects: ${countsText(slab)}${left}; this one is number ${own.index + 1}`;
  const near = slab.filter(({ index }) => Math.abs(index - own.index) <= ROWS_ASIDE);
  const rows = near.map(({ index, address, state }): Cell[] => [
    index === own.index ? `${index + 1}, this one` : `${index + 1}`,
    placeCell(address, links, index !== own.index),
    stateText(state),
  ]);
  return `<h3 class="part">Its slab</h3>
<p>${escapeHtml(summary)}.</p>
<div class="slab" role="img" aria-label="${escapeHtml(summary)}">${cells.join("")}</div>
${stateKey(
  drawn.map(({ state }) => state),
  true,
)}
${dataTable(`Objects beside ${formatAddress(own.address)}`, [["object", "address", "state"], ...rows])}`;
}

function countsText(slab: readonly SlabObject[]): string {
  const counts = new Map<ObjectState, number>();
  for (const { state } of slab) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Array.from(counts, ([state, count]) => `${count} ${stateText(state)}`).join(", ");
}

/** Who allocated an object and who freed it, side by side. */
export function tracksHtml({ allocated, freed, work }: FoundLife): string {
  const tracks = [
    ...(allocated ? [track(`Allocated ${trackText(allocated)}`, allocated)] : []),
    ...(freed ? [track(`Freed ${trackText(freed)}`, freed)] : []),
    ...work.map((stack) => stackHtml("Used in work that was queued here", stack, true)),
  ];
  if (tracks.length === 0) return "";
  return `<h3 class="part">Who allocated and freed it</h3>\n<div class="tracks">${tracks.join("\n")}</div>`;
}

/** Who allocated a page and who freed it, side by side. */
export function ownerHtml(owner: FoundOwner): string {
  const tracks = ownerTracks(owner).map((one) => track(one.did.charAt(0).toUpperCase() + one.did.slice(1), one.track));
  return `<h3 class="part">Who allocated and freed its page</h3>\n<div class="tracks">${tracks.join("\n")}</div>`;
}

function track(title: string, { stack = [] }: Track): string {
  const text = escapeHtml(title);
  return `<div>${stackHtml(text, stack, true) || `<p>${text}</p>`}</div>`;
}

/** Where an object's words lead, with links to what else is on the page. Many are folded. */
export function pointersHtml(own: FoundLife, pointers: readonly ObjectPointer[], links: Links): string {
  const away = pointers.filter(({ object }) => object?.address !== own.address);
  const inside = pointers.length - away.length;
  const itself =
    inside === 0
      ? ""
      : `<p>${plural(inside, "word leads", "words lead")} into the object itself, as empty lists do.</p>`;
  if (away.length === 0) return itself;
  const named = away.some((one) => nameOf(one) !== undefined);
  const rows = away.map((one): Cell[] => [
    String(one.offset),
    ...(named ? [nameOf(one) ?? ""] : []),
    one.object ? placeCell(one.object.address, links, true, one.value) : formatAddress(one.value),
    one.symbol ? formatFrame(one.symbol) : `${one.object!.cache}, ${stateText(one.object!.state)}`,
  ]);
  const head = ["offset", ...(named ? ["member"] : []), "value", "leads to"];
  return `<details${away.length > MOST_UNFOLDED ? "" : " open"}><summary>What it points to: ${plural(away.length, "word", "words")}</summary>
${dataTable(`Pointers in ${formatAddress(own.address)}`, [head, ...rows])}${itself}</details>`;
}

/** What a word of an object is called. */
const nameOf = ({ member, link }: Pick<ObjectPointer, "member" | "link">) => (link ? `the ${link}'s link` : member);

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** The words of objects of this page that point to an object. */
export function pointedFrom(own: FoundLife, all: ReadonlyMap<bigint, readonly ObjectPointer[]>, links: Links): string {
  const items = Array.from(all).flatMap(([address, pointers]) =>
    pointers
      .filter(({ object }) => object?.address === own.address && address !== own.address)
      .map((one) => {
        const where = nameOf(one) ?? `${one.offset} bytes into it`;
        return `<li><a href="${links.get(address)}"><code>${formatAddress(address)}</code></a>: ${escapeHtml(where)}</li>`;
      }),
  );
  if (items.length === 0) return "";
  return `<h3 class="part">What points to it on this page</h3>\n<ul>${items.join("")}</ul>`;
}

/** An address, with a link to its place on the page, if it has one. */
function placeCell(object: bigint, links: Links, isLinked: boolean, shown = object): Cell {
  const href = isLinked ? links.get(object) : undefined;
  return href === undefined ? formatAddress(shown) : { text: formatAddress(shown), href };
}
