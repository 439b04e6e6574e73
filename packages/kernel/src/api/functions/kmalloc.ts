import { Gfp } from "../../mm/gfp.ts";
import { sizeOf } from "../../mm/guest-memory.ts";
import { resultObject } from "../results.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import { type ObjectCalls, ZERO_SIZE_PTR } from "./object-calls.ts";

/** kmalloc and related functions (include/linux/slab.h). */
export function kmallocFunctions(calls: ObjectCalls): KernelFunctions {
  const { prefixes } = calls;
  return {
    __kmalloc_noprof: kernelFunction("li:l", (low, high, gfp) => calls.kmalloc(low, high, gfp, prefixes.kmalloc)),
    __kmalloc_node_noprof: kernelFunction("lii:l", (low, high, gfp) =>
      calls.kmalloc(low, high, gfp, prefixes.kmallocNode),
    ),
    __kmalloc_node_track_caller_noprof: kernelFunction("liil:l", (low, high, gfp) =>
      calls.kmalloc(low, high, gfp, prefixes.kmallocTrackCaller),
    ),
    kasan_guest_kmalloc_cache: kernelFunction("li:l", (low, high, gfp) =>
      calls.kmalloc(low, high, gfp, prefixes.kmallocCache),
    ),
    kasan_guest_kmalloc_cache_node: kernelFunction("li:l", (low, high, gfp) =>
      calls.kmalloc(low, high, gfp, prefixes.kmallocCacheNode),
    ),
    __kmalloc_cache_noprof: kernelFunction("lil:l", (cacheLow, cacheHigh, gfp, low, high) =>
      kmallocFrom(calls, [cacheLow, cacheHigh], gfp, [low, high], "kmallocCache"),
    ),
    __kmalloc_cache_node_noprof: kernelFunction("liil:l", (cacheLow, cacheHigh, gfp, _node, low, high) =>
      kmallocFrom(calls, [cacheLow, cacheHigh], gfp, [low, high], "kmallocCacheNode"),
    ),
    krealloc_noprof: kernelFunction("lli:l", (low, high, sizeLow, sizeHigh, gfp) => {
      if (sizeLow === 0 && sizeHigh === 0) {
        calls.kfree(low, high);
        return calls.machine.cpu.result(ZERO_SIZE_PTR, 0);
      }
      if (calls.isNone(low, high)) return calls.kmalloc(sizeLow, sizeHigh, gfp, prefixes.krealloc);
      return resize(calls, low, high, sizeOf(sizeLow, sizeHigh), gfp);
    }),
    kfree: kernelFunction("l:v", (low, high) => calls.kfree(low, high)),
    kfree_sensitive: kernelFunction("l:v", (low, high) => freeSensitive(calls, low, high)),
    kmalloc_size_roundup: kernelFunction("l:l", (low, high) => {
      const { slab, cpu } = calls.machine;
      const size = sizeOf(low, high);
      const capacity = slab.capacityFor(size);
      return capacity === size ? cpu.result(low, high) : cpu.result(capacity, 0);
    }),
    ksize: kernelFunction("l:l", (low, high) => calls.ksize(low, high)),
    // The same of an object that a mempool keeps.
    __ksize: kernelFunction("l:l", (low, high) => calls.capacity(low, high)),
  };
}

/**
 * What a kernel's own headers call for constant sizes. They know no kmalloc cache of the machine, and give NULL: the cache is chosen by the
 * size. Any other cache is one that was created with SLAB_KMALLOC. Pointer and size are given in halves.
 */
function kmallocFrom(
  calls: ObjectCalls,
  [cacheLow, cacheHigh]: readonly [number, number],
  gfp: number,
  [low, high]: readonly [number, number],
  by: "kmallocCache" | "kmallocCacheNode",
): number {
  const { machine, prefixes } = calls;
  if (cacheLow === 0 && cacheHigh === 0) return calls.kmalloc(low, high, gfp, prefixes[by]);
  const cache = calls.cache(cacheLow, cacheHigh, "__kmalloc_cache_noprof");
  return resultObject(machine, machine.slab.kmallocFrom(cache, sizeOf(low, high), gfp, prefixes[by]));
}

/** Implements krealloc: keeps the object in place if it is large enough. */
function resize(calls: ObjectCalls, low: number, high: number, size: number, gfp: number): number {
  const { machine, prefixes } = calls;
  const { kasan, slab, ram, cpu } = machine;
  if (!kasan.checkByte(low, high, "krealloc_noprof")) return cpu.result(0, 0);
  const object = calls.physical(low, high, "krealloc_noprof");
  const capacity = slab.capacity(object);
  if (capacity >= size) {
    if (gfp & Gfp.ZERO) ram.fill(0, object + size, object + capacity);
    slab.resize(object, size, prefixes.kreallocInPlace);
    return cpu.result(low, high);
  }
  const moved = slab.kmalloc(size, gfp, prefixes.krealloc);
  if (moved === 0) return cpu.result(0, 0);
  ram.copy(moved, object, capacity);
  calls.free(low, high, prefixes.kfree, ["kfree", "krealloc_noprof"]);
  return resultObject(machine, moved);
}

/** Zeroes an object and frees it. */
function freeSensitive(calls: ObjectCalls, low: number, high: number): void {
  if (calls.isNone(low, high)) return;
  const { directMap, kasan, guestMemory } = calls.machine;
  const { objects, pointers } = kasan.mode;
  const size = calls.ksize(low, high, ["kfree_sensitive"]);
  if (size > 0) {
    const object = directMap.physical(low, high);
    if (object >= 0) objects.unpoison(object, size, pointers.tagOf(high));
    guestMemory.fill(low, high, 0, size);
  }
  calls.free(low, high, calls.prefixes.sensitive, ["kfree", "kfree_sensitive"]);
}
