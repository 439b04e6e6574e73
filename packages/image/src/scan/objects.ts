import { shadowOf } from "@kasan/shadow";
import { freeObjects } from "../kernel/free-objects.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { listedState, type ObjectState, stateOf } from "../kernel/object.ts";
import type { FoundSlab } from "../kernel/slab.ts";
import { eachSlab } from "../kernel/slab-walk.ts";

/** What a cache has. */
export interface CacheCount {
  /** Its name. */
  readonly name: string;
  /** Bytes of its objects. */
  readonly objectSize: number;
  /** Its slabs. */
  slabs: number;
  /** Bytes of these. */
  bytes: number;
  /** Their objects, by what became of them. */
  readonly objects: Record<ObjectState, number>;
}

/** A stack that allocated objects which are in use. */
export interface Holder {
  /** Its handle in the stack depot. */
  readonly handle: number;
  /** The cache of its objects; the first one, if it has several. */
  readonly cache: string;
  /** Its objects in use. */
  objects: number;
  /** Bytes of these, redzones included. */
  bytes: number;
}

/** An object whose shadow is not as the allocator leaves it. */
export interface OddObject {
  /** Its address. */
  readonly address: bigint;
  /** Its cache. */
  readonly cache: string;
  /** What is odd: a clause. */
  readonly why: string;
}

/** What slabs hold. */
export interface ObjectCounts {
  /** By cache, most bytes first. */
  readonly caches: readonly CacheCount[];
  /** By allocating stack, most bytes first. */
  readonly holders: readonly Holder[];
  /** Odd objects, the first ones. */
  readonly odd: readonly OddObject[];
  /** How many odd ones there are. */
  readonly oddCount: number;
  /** Slabs whose own memory is not all in the image: who allocated their objects is not counted. */
  readonly absentSlabs: number;
}

/** Odd objects that are kept. */
const MOST_ODD = 20;
/** Shadow bytes of what a program may access. */
const ACCESSIBLE = 8;
const PAGE = 4096;

/** Counts the objects of all slabs. Costs a look at each page's descriptor, and a read of each slab and its shadow. */
export function countObjects(kernel: Kernel, onSlab: (physical: number) => void): ObjectCounts {
  const caches = new Map<bigint, CacheCount>();
  const holders = new Map<number, Holder>();
  const odd: OddObject[] = [];
  let oddCount = 0;
  let absentSlabs = 0;
  for (const slab of eachSlab(kernel)) {
    onSlab(slab.physical);
    const { cache } = slab;
    const count = caches.get(cache.address) ?? emptyCount(cache.name, cache.objectSize);
    caches.set(cache.address, count);
    count.slabs++;
    count.bytes += cache.size * slab.count;
    if (!isWhole(kernel, slab)) absentSlabs++;
    countSlab(kernel, slab, count, holders, (found) => {
      if (++oddCount <= MOST_ODD) odd.push(found);
    });
  }
  const byBytes = (a: { bytes: number }, b: { bytes: number }) => b.bytes - a.bytes;
  const sorted = { caches: [...caches.values()].sort(byBytes), holders: [...holders.values()].sort(byBytes) };
  return { ...sorted, odd, oddCount, absentSlabs };
}

/** Whether the image has all of a slab's memory. */
function isWhole({ image }: Kernel, { physical, cache, count }: FoundSlab): boolean {
  for (let at = physical; at < physical + cache.size * count; at += PAGE) if (!image.memory.holds(at)) return false;
  return true;
}

function emptyCount(name: string, objectSize: number): CacheCount {
  const objects = { "in use": 0, "in quarantine": 0, free: 0, unused: 0, unknown: 0 };
  return { name, objectSize, slabs: 0, bytes: 0, objects };
}

function countSlab(
  kernel: Kernel,
  slab: FoundSlab,
  count: CacheCount,
  holders: Map<number, Holder>,
  onOdd: (found: OddObject) => void,
): void {
  const { cache, address, count: objects } = slab;
  const { image, memory } = kernel;
  const granule = image.shadow?.granule ?? 8;
  const bytes = objects * cache.size;
  const layout = image.shadow;
  const shadow = layout && kernel.attempt(() => memory.bytes(shadowOf(layout, address), Math.ceil(bytes / granule)));
  const contents = cache.allocMeta === undefined ? undefined : kernel.attempt(() => memory.bytes(address, bytes));
  const view = contents && new DataView(contents.buffer);
  const free = layout ? undefined : freeObjects(kernel, slab);
  for (let i = 0; i < objects; i++) {
    const at = i * cache.size;
    const state = layout ? stateOf(kernel, shadow?.[at / granule]) : listedState(free, address + BigInt(at));
    count.objects[state]++;
    const why = shadow && image.kasan === "generic" ? oddity(shadow, at, cache, state) : undefined;
    if (why !== undefined) onOdd({ address: address + BigInt(at), cache: cache.name, why });
    if (state === "in use" && view) addHolder(holders, view.getUint32(at + cache.allocMeta! + 4, true), cache);
  }
}

function addHolder(holders: Map<number, Holder>, handle: number, cache: FoundSlab["cache"]): void {
  if (handle === 0) return;
  const holder = holders.get(handle) ?? { handle, cache: cache.name, objects: 0, bytes: 0 };
  holders.set(handle, holder);
  holder.objects++;
  holder.bytes += cache.size;
}

/** What is odd about an object's shadow: a redzone, or a part of a freed object, that may be accessed. */
function oddity(
  shadow: Uint8Array,
  at: number,
  { objectSize, size }: FoundSlab["cache"],
  state: ObjectState,
): string | undefined {
  const [start, end] = [at / 8, (at + size) / 8];
  const used = start + Math.ceil(objectSize / 8);
  for (let i = used; i < end; i++) if (shadow[i]! < ACCESSIBLE) return "its redzone may be accessed";
  if (state !== "in quarantine" && state !== "free") return undefined;
  for (let i = start; i < used; i++)
    if (shadow[i]! < ACCESSIBLE) return "it is freed, but a part of it may be accessed";
  return undefined;
}
