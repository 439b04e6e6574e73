import type { Kernel } from "../kernel/kernel.ts";
import { needOffset } from "../kernel/layout.ts";
import type { ObjectState } from "../kernel/object.ts";
import type { SlabCache } from "../kernel/slab.ts";
import { memberPath } from "../types/member-path.ts";

/** The member that a byte of a cache's object lies in: `task_struct.real_parent`. A cache has the name of its objects' structure, by habit. */
function memberIn({ types }: Kernel, cache: string, offset: number): string | undefined {
  for (const name of [cache, cache.replace(/_cache(p)?$/, "")]) {
    const id = types?.find(`struct ${name}`);
    const path = id === undefined ? undefined : memberPath(types!, id, offset);
    if (path !== undefined) return `${name}.${path}`;
  }
  return undefined;
}

/** A list of freed objects, whose links lie in the objects. */
export type FreedList = "quarantine" | "free list";

/** What the word at an offset of an object is: a member of its structure, or, of a freed one, what links it to the next. */
export function wordIn(
  kernel: Kernel,
  { cache, state }: { readonly cache: SlabCache; readonly state: ObjectState },
  offset: number,
): { readonly member?: string; readonly link?: FreedList } {
  if (state === "in quarantine" && offset === cache.freeMeta) return { link: "quarantine" };
  if (state === "free" && offset === freeListOffset(kernel, cache)) return { link: "free list" };
  const member = memberIn(kernel, cache.name, offset);
  return member === undefined ? {} : { member };
}

/** Where a cache's free objects have the address of the next one (`kmem_cache.offset`). */
function freeListOffset(kernel: Kernel, { address }: SlabCache): number | undefined {
  return kernel.attempt(() => kernel.memory.u32(address + needOffset(kernel, "kmem_cache", "offset")));
}
