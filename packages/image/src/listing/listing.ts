import { type ListingFormat, member } from "@kasan/platform";
import { spellAddress } from "@kasan/shadow";
import type { MemoryImage } from "../image.ts";
import { type Extent, type ListingLine, listingLines, MOST_LINES, type RangeLine } from "./lines.ts";

/**
 * The listing format of an image's machine.
 *
 * @throws PlatformError `PLATFORM_MEMBER` if its architecture has none.
 */
export function formatOf(image: MemoryImage): ListingFormat {
  return member(image.architecture, "listing", "list page tables").call(image.architecture, image);
}

/** The lines of the page tables of an image, as data. Made as they are asked for. */
export function listImage(image: MemoryImage, extent: Extent = {}): Generator<ListingLine> {
  const format = formatOf(image);
  const lines = listingLines(image, format, extent);
  return shortened(format.gaps ? lines : withoutGaps(lines), format);
}

/** Leaves out what maps nothing. */
function* withoutGaps(lines: Iterable<ListingLine>): Generator<ListingLine> {
  for (const line of lines) if (line.kind !== "range" || line.state !== "unmapped") yield line;
}

/** Leaves out what is over {@link Marker.mostLines}, and says so before the next part, as the kernel does. */
function* shortened(lines: Iterable<ListingLine>, { markers }: ListingFormat): Generator<ListingLine> {
  let most = Number.POSITIVE_INFINITY;
  let count = 0;
  for (const line of lines) {
    if (line.kind === "marker") {
      if (count > most) yield { kind: "skipped", count: count - most };
      most = markers.find(({ name }) => name === line.name)?.mostLines ?? Number.POSITIVE_INFINITY;
      count = 0;
      yield line;
    } else if (++count <= most) yield line;
  }
}

/**
 * Spells a line as the kernel does in /sys/kernel/debug/page_tables/kernel. What the kernel does not see - reserved bits, tables that
 * the image does not have, tables listed before - is said in words where the protection would be.
 */
export function spellLine(format: ListingFormat, line: ListingLine): string {
  if (line.kind === "marker") return `---[ ${line.name} ]---`;
  if (line.kind === "skipped") return `... ${line.count} entr${line.count === 1 ? "y" : "ies"} skipped ... `;
  const { start, end, level, physical } = line;
  // The address after the last one there is prints as 0, as it does in the kernel.
  return `${format.range(start, end + 1n, physical)} ${whatOf(format, line, level)}`;
}

function whatOf(format: ListingFormat, line: RangeLine, level: number): string {
  switch (line.state) {
    case "mapped":
    case "unmapped":
      return format.columns(level, line.key);
    case "alias":
      return `same table as at ${spellAddress(line.aliasOf!)}`;
    case "unlisted":
      return `not listed: more than ${MOST_LINES} lines; list a part of the addresses`;
    case "bus":
      return "table outside of the image";
    case "reserved":
      return "reserved bits set";
    case "non-canonical":
      return "not canonical";
  }
}
