import type { Kernel } from "../kernel/kernel.ts";
import { needOffset } from "../kernel/layout.ts";
import type { ObjectState } from "../kernel/object.ts";
import type { SlabCache } from "../kernel/slab.ts";
import { memberPath } from "../types/member-path.ts";

/** Caches that have another name than their objects' structure, and none that is made from it. */
const STRUCTURES: Readonly<Record<string, string>> = {
  filp: "file",
  mnt_cache: "mount",
  sock_inode_cache: "socket_alloc",
};
/** Bytes that an object can be longer than its structure, for the cache to be taken for that structure's. */
const MOST_PADDING = 64;

/** The structure of a cache's objects: by habit, the cache has its name, or one that is made from it. */
function structureOf({ types }: Kernel, { name, objectSize }: Pick<SlabCache, "name" | "objectSize">) {
  const idOf = (structure: string) => types?.find(`struct ${structure}`);
  const exact = idOf(name);
  if (exact !== undefined) return { structure: name, id: exact };
  const stem = name.replace(/_(cachep?|jar)$/, "");
  for (const structure of [STRUCTURES[name], stem, `${stem}_info`, `${stem}_struct`]) {
    const id = structure === undefined ? undefined : idOf(structure);
    if (id === undefined) continue;
    const padding = objectSize - types!.sizeOf(id);
    if (padding >= 0 && padding < MOST_PADDING) return { structure: structure!, id };
  }
  return undefined;
}

/** The member that a byte of a cache's object lies in: `task_struct.real_parent`. */
function memberIn(kernel: Kernel, cache: SlabCache, offset: number): string | undefined {
  const found = structureOf(kernel, cache);
  const path = found && memberPath(kernel.types!, found.id, offset);
  return path === undefined ? undefined : `${found!.structure}.${path}`;
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
  const member = memberIn(kernel, cache, offset);
  return member === undefined ? {} : { member };
}

/** Where a cache's free objects have the address of the next one (`kmem_cache.offset`). */
function freeListOffset(kernel: Kernel, { address }: SlabCache): number | undefined {
  return kernel.attempt(() => kernel.memory.u32(address + needOffset(kernel, "kmem_cache", "offset")));
}
