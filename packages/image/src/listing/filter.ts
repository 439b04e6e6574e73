import { PageFlags, regionOf, WalkResult, walk } from "@kasan/mmu";
import { vpnOf } from "@kasan/shadow";
import { ImageError } from "../error.ts";
import type { MemoryImage } from "../image.ts";
import { type Extent, listingLines, type RangeLine } from "./lines.ts";
import { formatOf } from "./listing.ts";

/** A filter for mappings. All given conditions must hold. */
export interface ListingFilter {
  /** First address. */
  readonly from?: bigint;
  /** Last address. */
  readonly to?: bigint;
  /** Name of a region: `vmalloc`. */
  readonly region?: string;
  /** {@link PageFlags} of READ, WRITE, EXEC and USER that the mapping must have, all tables above it considered. */
  readonly permissions?: number;
  /** Bytes of a page. */
  readonly pageSize?: number;
}

/** A line with what all levels together permit. */
export interface FilteredLine extends RangeLine {
  /** {@link PageFlags} of its first page; 0 if it is not mapped. */
  readonly flags: number;
  /** Bytes of its pages; 0 if it is not mapped. */
  readonly pageBytes: number;
  /** The region that it starts in. */
  readonly region: string;
}

/**
 * The lines of a listing that a filter lets through, without the parts' headings, and with what all levels permit: neighbours that
 * differ in it are apart, also where the kernel does not tell them apart.
 *
 * @throws {@link ImageError} `IMAGE_OPTIONS` if there is no such region or page size.
 */
export function* filterImage(image: MemoryImage, filter: ListingFilter = {}): Generator<FilteredLine> {
  const { levels, regions } = image.architecture;
  if (filter.pageSize !== undefined && !levels.some(({ leaf, shift }) => leaf && 2 ** shift === filter.pageSize)) {
    const sizes = levels.filter(({ leaf }) => leaf).map(({ shift }) => `${2 ** shift / 1024}K`);
    throw new ImageError(
      "IMAGE_OPTIONS",
      `no pages of ${filter.pageSize} bytes on this machine; there are ${sizes.join(", ")}`,
    );
  }
  const found = new WalkResult();
  for (const extent of extentsOf(image, filter)) {
    const ignore = ~PageFlags.PERMISSIONS;
    for (const line of listingLines(image, formatOf(image), { ...extent, ignore })) {
      if (line.kind !== "range") continue;
      const region = regionOf(regions, line.start).name;
      if (line.state === "unlisted") return yield { ...line, flags: 0, pageBytes: 0, region };
      const mapped = line.state === "mapped" && walk(image, vpnOf(line.start), found);
      const flags = mapped ? found.flags : 0;
      const pageBytes = mapped ? 2 ** levels[line.level]!.shift : 0;
      if (filter.pageSize !== undefined && pageBytes !== filter.pageSize) continue;
      if (filter.permissions !== undefined && (!mapped || (flags & filter.permissions) !== filter.permissions))
        continue;
      yield { ...line, flags, pageBytes, region };
    }
  }
}

/** The parts of the filter's range that lie in regions of its name. */
function extentsOf(image: MemoryImage, { from = 0n, to = (1n << 64n) - 1n, region }: ListingFilter): Extent[] {
  if (region === undefined) return [{ from, to }];
  const { regions } = image.architecture;
  const named = regions.filter(({ name }) => name.toLowerCase() === region.toLowerCase());
  if (named.length === 0) {
    const names = [...new Set(regions.map(({ name }) => name))].join(", ");
    throw new ImageError("IMAGE_OPTIONS", `no region "${region}" on this machine; there are ${names}`);
  }
  return named.flatMap(({ start, end }) => {
    const first = start > from ? start : from;
    const last = end < to ? end : to;
    return first <= last ? [{ from: first, to: last }] : [];
  });
}
