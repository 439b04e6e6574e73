import { escapeHtml, key, page, type Section, sections } from "@kasan/html";
import { PageFlags } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";
import type { MemoryImage } from "../image.ts";
import type { FilteredLine } from "../listing/filter.ts";
import { unlisted } from "../listing/lines.ts";
import { formatOf, spellLine } from "../listing/listing.ts";
import { IMAGE_STYLE } from "./style.ts";

const KEY = [
  ["unmapped", "nothing mapped"],
  ["r", "read-only"],
  ["rw", "writable"],
  ["rx", "executable"],
  ["rwx", "writable and executable"],
  ["alias", "a table listed before"],
  ["odd", "damaged"],
] as const;

type Fill = (typeof KEY)[number][0];

/**
 * The address space as a map: one bar for each region in which something is mapped, with the lines of the listing below it. Widths grow
 * with the logarithm of the size, so that a page beside a terabyte can be seen.
 */
export function mapHtml(image: MemoryImage, lines: Iterable<FilteredLine>, title: string): string {
  const { machine } = image;
  const regions = new Map<string, FilteredLine[]>();
  for (const line of upToMost(lines)) {
    const list = regions.get(line.region);
    if (list) list.push(line);
    else regions.set(line.region, [line]);
  }
  const root = machine.roots.at(-1)!.toString(16);
  const about = `${machine.platform.name}, root table at physical 0x${root} (${machine.rootFrom}), KASAN: ${machine.kasan}`;
  const mapped = [...regions].filter(([, list]) =>
    list.some(({ state }) => state !== "unmapped" && state !== "non-canonical"),
  );
  const shown = new Set(mapped.flatMap(([, list]) => list.map(classOf)));
  const fills = KEY.filter(([fill]) => shown.has(fill)).map(([fill, text]) => ({ fill, text }));
  const parts = mapped.map(([name, list]) => section(image, name, list));
  return page(
    title,
    `<p class="dim">${escapeHtml(about)}</p>\n${key(fills)}<p>Not to scale: widths grow with the logarithm of the size.</p>\n${sections(parts)}`,
    IMAGE_STYLE,
  );
}

/** Lines on a page, of which browsers can show some ten thousands. */
const MOST_ON_PAGE = 20_000;

function* upToMost(lines: Iterable<FilteredLine>): Generator<FilteredLine> {
  let count = 0;
  for (const line of lines) {
    if (++count <= MOST_ON_PAGE) yield line;
    else return yield { ...line, ...unlisted(line.start, 2n ** 64n - 1n), flags: 0, pageBytes: 0 };
  }
}

function section(image: MemoryImage, name: string, lines: readonly FilteredLine[]): Section {
  const format = formatOf(image);
  const first = formatAddress(lines[0]!.start);
  const last = formatAddress(lines.at(-1)!.end);
  const texts = lines.map((line) => spellLine(format, line));
  const bars = lines.map((line, i) => {
    const width = Math.max(1, Math.log2(Number(line.end - line.start + 1n)) - 10).toFixed(1);
    return `<span class="${classOf(line)}" style="flex-grow:${width}" title="${escapeHtml(texts[i]!)}"></span>`;
  });
  const body = `<p class="dim"><code>${first}-${last}</code>, ${lines.length} ranges</p>
<div class="map" role="img" aria-label="${lines.length} ranges of ${escapeHtml(name)}, not to scale">${bars.join("")}</div>
<details><summary>Listing</summary><pre tabindex="0">${escapeHtml(texts.join("\n"))}</pre></details>`;
  return { title: name, body };
}

function classOf({ state, flags }: FilteredLine): Fill {
  if (state === "unmapped" || state === "non-canonical") return "unmapped";
  if (state !== "mapped") return state === "alias" ? "alias" : "odd";
  const write = (flags & PageFlags.WRITE) !== 0;
  if (flags & PageFlags.EXEC) return write ? "rwx" : "rx";
  return write ? "rw" : "r";
}
