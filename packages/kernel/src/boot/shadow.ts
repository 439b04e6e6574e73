import type { Architecture } from "@kasan/mmu";
import { type ShadowLayout, shadowLayout, shadowOf, vpnOf } from "@kasan/shadow";
import { type MakeScheme, SCHEMES, type ShadowScheme } from "@kasan/vmalloc";
import type { ShadowBacking, ShadowPart } from "../kasan/shadow/parts.ts";
import { areasRange, imageInDirectMap, imageRange } from "./image.ts";

/** An architecture's shadow layout. Only addresses from the lowest kernel address up have shadow. */
export function shadowLayoutOf({ layout }: Architecture): ShadowLayout {
  const { shadowStart, shadowEnd, shadowOffset: offset, shadowScaleShift: scaleShift } = layout;
  // A kernel without KASAN has no shadow; results computed with this layout are never used.
  if (shadowEnd < shadowStart) return shadowLayout({ scaleShift, offset: 0n });
  return shadowLayout({
    scaleShift,
    offset,
    memoryStart: BigInt.asUintN(64, (shadowStart - offset) << BigInt(scaleShift)),
  });
}

/**
 * How KASAN's shadow is backed, from its first page to its last (kasan_init of arch/x86/mm/kasan_init_64.c and
 * arch/arm64/mm/kasan_init.c): real shadow for the direct map; nothing for vmalloc and module space, where shadow is mapped with
 * the areas; the early shadow page for everything else.
 */
export function shadowParts(architecture: Architecture, shadow: ShadowLayout): ShadowPart[] {
  const { layout } = architecture;
  const areas = areasRange(architecture);
  const image = imageRange(architecture);
  const spaces: [backing: ShadowBacking, first: bigint, last: bigint][] = [
    ["direct", layout.pageOffset, layout.directMapEnd],
    ["vmalloc", areas.start, areas.end],
    ["modules", layout.moduleStart, layout.moduleEnd],
  ];
  if (!imageInDirectMap(architecture)) spaces.push(["image", image.start, image.end]);
  spaces.sort(([, a], [, b]) => (a < b ? -1 : 1));
  const parts: ShadowPart[] = [];
  let next = vpnOf(layout.shadowStart);
  const early = (end: number) => {
    if (next < end) parts.push({ vpn: next, end, backing: "early" });
  };
  for (const [backing, first, last] of spaces) {
    const vpn = vpnOf(shadowOf(shadow, first));
    const end = vpnOf(shadowOf(shadow, last)) + 1;
    early(vpn);
    parts.push({ vpn, end, backing });
    next = end;
  }
  early(vpnOf(layout.shadowEnd) + 1);
  return parts;
}

/**
 * How module space is backed, given how vmalloc space is. Modules had real shadow before vmalloc space did (kasan_module_alloc).
 */
export function modulesScheme(make: MakeScheme, scheme: ShadowScheme | undefined): MakeScheme {
  return scheme && !scheme.real ? SCHEMES.lazy : make;
}
