import type { StackFrame } from "@kasan/report";
import { asker } from "../kernel/ask.ts";
import { framesOf } from "../kernel/frames.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { tracksOf } from "../kernel/object.ts";
import { undescribedAreas } from "../kernel/vmalloc.ts";
import { type CacheCount, countObjects, type Holder, type OddObject } from "./objects.ts";
import { countShadow, type ShadowCount } from "./shadow.ts";
import { type KeptShadow, keptShadow } from "./vmalloc-shadow.ts";

/** What a look at all of a kernel's shadow and slabs finds. */
export interface Scan {
  /** The shadow by region and meaning; empty if the kernel has none. */
  readonly shadow: readonly ShadowCount[];
  /** The caches, those with the most bytes first. */
  readonly caches: readonly CacheCount[];
  /** The stacks that allocated most of what is in use, most bytes first; empty if the kernel does not say. */
  readonly holders: readonly NamedHolder[];
  /** The shadow of vmalloc space; `undefined` if the kernel has none. */
  readonly vmalloc: KeptShadow | undefined;
  /** Objects whose shadow is not as the allocator leaves it, the first ones. */
  readonly odd: readonly OddObject[];
  /** How many there are of these in all. */
  readonly oddCount: number;
  /** What could not be looked at, and why: sentences without a full stop. */
  readonly unknown: readonly string[];
}

/** A stack that allocated objects which are in use, with names. */
export interface NamedHolder extends Holder {
  /** The stack, innermost frame first. */
  readonly frames: readonly StackFrame[];
}

/** How far a scan is, in bytes of memory. */
export type ScanProgress = (done: number, total: number) => void;

const absentText = (slabs: number) =>
  `what is in ${slabs} ${slabs === 1 ? "slab" : "slabs"}, whose pages the image does not have: areas of vmalloc space and stacks can be missing`;

const undescribedText = (areas: number) =>
  `${areas} ${areas === 1 ? "area" : "areas"} of vmalloc space, whose description the image does not have: what needs shadow is more`;

/** Stacks that are shown. */
const MOST_HOLDERS = 10;

/** Looks at all of a kernel's shadow and slabs. Costs a read of all shadow and all slabs. */
export function scan(kernel: Kernel, onProgress: ScanProgress = () => {}): Scan {
  const unknown: string[] = [];
  const ask = asker(unknown);
  const { shadow: layout, memory } = kernel.image;
  const total = memory.segments.reduce((sum, { size }) => sum + size, 0);
  const shadow = (layout && ask("shadow", () => countShadow(kernel, layout))) ?? [];
  const counts = ask("slab objects", () => countObjects(kernel, (done) => onProgress(done, total)));
  const vmalloc = layout && ask("vmalloc space", () => keptShadow(kernel, layout));
  const { caches = [], holders = [], odd = [], oddCount = 0 } = counts ?? {};
  if (counts && counts.absentSlabs > 0) unknown.push(absentText(counts.absentSlabs));
  const undescribed = (vmalloc && ask("areas", () => undescribedAreas(kernel))) ?? 0;
  if (undescribed > 0) unknown.push(undescribedText(undescribed));
  const largest = holders.slice(0, MOST_HOLDERS).map((holder) => {
    const stack = tracksOf(kernel).stack(holder.handle) ?? [];
    return { ...holder, frames: framesOf(kernel, stack) };
  });
  return { shadow, caches, holders: largest, vmalloc, odd, oddCount, unknown };
}
