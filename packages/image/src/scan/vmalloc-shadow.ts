import { addressOfShadow, type ShadowLayout, shadowOf } from "@kasan/shadow";
import type { Kernel } from "../kernel/kernel.ts";
import { vmallocAreas } from "../kernel/vmalloc.ts";
import { shadowPages } from "./shadow.ts";

/** The shadow of vmalloc space, in pages of 4096 bytes. */
export interface KeptShadow {
  /** Pages that are mapped. */
  readonly pages: number;
  /** Those that areas in use need. */
  readonly used: number;
  /** Areas in use. */
  readonly areas: number;
}

/** Counts the shadow of vmalloc space, and how much of it no area uses any more: what a kernel keeps. */
export function keptShadow(kernel: Kernel, layout: ShadowLayout): KeptShadow {
  const { vmallocStart, vmallocEnd } = kernel.image.architecture.layout;
  const areas = vmallocAreas(kernel);
  const span = BigInt(layout.granule * 4096);
  let [pages, used, next] = [0, 0, 0];
  for (const { at } of shadowPages(kernel, shadowOf(layout, vmallocStart), shadowOf(layout, vmallocEnd))) {
    const start = addressOfShadow(layout, at);
    pages++;
    // Both ascend.
    while (next < areas.length && areas[next]!.start + areas[next]!.size <= start) next++;
    if (next < areas.length && areas[next]!.start < start + span) used++;
  }
  return { pages, used, areas: areas.length };
}
