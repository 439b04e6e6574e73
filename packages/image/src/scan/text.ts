import { formatFrame } from "@kasan/report";
import { formatAddress, KASAN_TAG_INVALID, type KasanMode, meaningOf } from "@kasan/shadow";
import type { CacheCount } from "./objects.ts";
import type { Scan } from "./scan.ts";
import type { ShadowCount } from "./shadow.ts";
import type { KeptShadow } from "./vmalloc-shadow.ts";

/** Caches that are listed. */
const MOST_CACHES = 20;

/** A scan for people. */
export function scanText(found: Scan, kasan: KasanMode | "off"): string {
  const { shadow, caches, holders, vmalloc, odd, oddCount, unknown } = found;
  const lines = [
    ...shadow.flatMap((count) => shadowLines(count, kasan)),
    ...(vmalloc ? ["", vmallocText(vmalloc)] : []),
    ...(caches.length > 0 ? ["", ...cacheLines(caches)] : []),
    ...(holders.length > 0 ? ["", "allocated most of what is in use:"] : []),
    ...holders.flatMap(({ objects, bytes, cache, frames }) => [
      `  ${bytes} bytes in ${objects} objects, ${cache}`,
      ...frames.map((frame) => `    ${formatFrame(frame)}`),
    ]),
    ...(shadow.length > 0 && caches.length > 0 ? ["", oddText(oddCount)] : []),
    ...odd.map(({ address, cache, why }) => `  ${formatAddress(address)}, ${cache}: ${why}`),
    ...(unknown.length > 0 ? [""] : []),
    ...unknown.map((what) => `not known ${what}`),
  ];
  return `${lines.join("\n").trimStart()}\n`;
}

const oddText = (count: number) => (count === 0 ? "no object's shadow is odd" : `${count} objects have odd shadow:`);

function shadowLines(count: ShadowCount, kasan: KasanMode | "off"): string[] {
  const rows = Array.from(
    namedGranules(count, kasan),
    ([name, granules]) => `  ${String(granules).padStart(10)}  ${name}`,
  );
  return [`shadow of ${count.region}: ${count.pages} pages of its own; granules:`, ...rows];
}

/** How many granules of a region have each meaning. */
export function namedGranules({ granules }: ShadowCount, kasan: KasanMode | "off"): Map<string, number> {
  const named = new Map<string, number>();
  for (const [byte, count] of granules) {
    const name = meaningIn(byte, kasan);
    named.set(name, (named.get(name) ?? 0) + count);
  }
  return named;
}

/** The shadow of vmalloc space in words. */
export const vmallocText = ({ pages, areas, used }: KeptShadow): string =>
  `${pages} pages of shadow are mapped for vmalloc space; ${areas} areas need ${used} of them`;

/** What a shadow byte means, in words that can be counted: partial granules are one kind, and so are tags. */
export function meaningIn(byte: number, kasan: KasanMode | "off"): string {
  if (kasan === "sw_tags")
    return byte === KASAN_TAG_INVALID ? "fe: not to be accessed, freed or never allocated" : "tagged";
  if (byte > 0 && byte < 8) return "the first 1 to 7 bytes may be accessed";
  return `${byte.toString(16).padStart(2, "0")}: ${meaningOf(byte, { mode: "generic" }).meaning}`;
}

function cacheLines(caches: readonly CacheCount[]): string[] {
  const rows = caches.slice(0, MOST_CACHES).map(({ name, bytes, slabs, objects }) => {
    const counts = [objects["in use"], objects["in quarantine"], objects.free + objects.unused];
    return `${name.padEnd(24)} ${[bytes, slabs, ...counts].map((count) => String(count).padStart(10)).join(" ")}`;
  });
  const titles = ["bytes", "slabs", "in use", "quarantine", "free"].map((title) => title.padStart(10)).join(" ");
  const more = caches.length > MOST_CACHES ? [`… and ${caches.length - MOST_CACHES} caches more`] : [];
  return [`${"cache".padEnd(24)} ${titles}`, ...rows, ...more];
}
