import { formatAddress } from "@kasan/shadow";
import type { MemoryImage } from "../image.ts";
import { arm64Listing } from "./arm64.ts";
import type { ListingFormat, ListingOf } from "./format.ts";
import { type Extent, type ListingLine, listingLines } from "./lines.ts";
import { x86Listing } from "./x86.ts";

/** The listing format of an image's machine. */
export function formatOf(image: MemoryImage): ListingFormat {
  const { arch, architecture, kasan } = image.machine;
  const of: ListingOf = { architecture, kasan };
  return arch === "arm64" ? arm64Listing(of) : x86Listing(of);
}

/** The lines of the page tables of an image, as data. Made as they are asked for. */
export function listImage(image: MemoryImage, extent: Extent = {}): Generator<ListingLine> {
  return listingLines(image, formatOf(image), extent);
}

/**
 * Spells a line as the kernel does in /sys/kernel/debug/page_tables/kernel. What the kernel does not see - reserved bits, tables that
 * the image does not have, tables listed before - is said in words where the protection would be.
 */
export function spellLine(format: ListingFormat, line: ListingLine): string {
  if (line.kind === "marker") return `---[ ${line.name} ]---`;
  const { start, end, level } = line;
  const size = format.size(end + 1n - start).padStart(10);
  return `0x${formatAddress(start)}-0x${formatAddress(end + 1n)}   ${size} ${whatOf(format, line, level)}`;
}

function whatOf(format: ListingFormat, line: ListingLine & { kind: "range" }, level: number): string {
  switch (line.state) {
    case "mapped":
    case "unmapped":
      return format.columns(level, line.key);
    case "alias":
      return `same table as at 0x${formatAddress(line.aliasOf!)}`;
    case "bus":
      return "table outside of the image";
    case "reserved":
      return "reserved bits set";
    case "non-canonical":
      return "not canonical";
  }
}
