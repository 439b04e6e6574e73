import { PageFlags, type Range, ranges, regionOf } from "@kasan/mmu";
import { addressOfShadow, type ShadowLayout } from "@kasan/shadow";
import type { Kernel } from "../kernel/kernel.ts";

/** The shadow of one region. */
export interface ShadowCount {
  /** The region that it is the shadow of: `direct map`. */
  readonly region: string;
  /** Its pages of 4096 bytes that are its own; one page that is mapped again and again, of memory that has no shadow of its own, is none. */
  readonly pages: number;
  /** By shadow byte: how many granules have it. */
  readonly granules: ReadonlyMap<number, number>;
}

const PAGE = 4096;
const PAGE_BYTES = 4096n;

/** The pages of a kernel's shadow that are its own. `at`: the page's address in the shadow. */
export function* shadowPages(kernel: Kernel, from: bigint, to: bigint): Generator<{ at: bigint; physical: number }> {
  const { image } = kernel;
  for (const range of ranges(image, from, to, { byPhysical: "repeats", aliases: "refer" })) {
    if (range.kind !== "mapped" || range.backing === "repeated" || isShared(range)) continue;
    for (let at = range.start; at <= range.end; at += PAGE_BYTES) {
      const physical = image.translate(at);
      if (physical >= 0 && image.memory.holds(physical)) yield { at, physical };
    }
  }
}

/** The early shadow is mapped read-only, once it is the shadow of what has none. */
const isShared = ({ flags }: Range) => (flags & PageFlags.WRITE) === 0;

/** Counts all of a kernel's shadow. Costs a read of each page. */
export function countShadow(kernel: Kernel, layout: ShadowLayout): ShadowCount[] {
  const { regions, layout: places } = kernel.image.architecture;
  const found = new Map<string, { pages: number; bytes: Uint32Array }>();
  const page = new Uint8Array(PAGE);
  for (const { at, physical } of shadowPages(kernel, places.shadowStart, places.shadowEnd)) {
    const region = regionOf(regions, addressOfShadow(layout, at)).name;
    const count = found.get(region) ?? { pages: 0, bytes: new Uint32Array(256) };
    found.set(region, count);
    kernel.image.memory.read(physical, page);
    count.pages++;
    for (const byte of page) count.bytes[byte]!++;
  }
  return Array.from(found, ([region, { pages, bytes }]) => ({ region, pages, granules: present(bytes) }));
}

function present(bytes: Uint32Array): Map<number, number> {
  const granules = new Map<number, number>();
  for (let byte = 0; byte < 256; byte++) if (bytes[byte]! > 0) granules.set(byte, bytes[byte]!);
  return granules;
}
