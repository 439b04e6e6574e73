import { join, sizeOf } from "../../mm/guest-memory.ts";
import { type KmemCache, SlabFlag } from "../../mm/slab/cache.ts";
import { resultObject } from "../results.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import type { ObjectCalls } from "./object-calls.ts";

/** Slab caches (include/linux/slab.h). */
export function cacheFunctions(calls: ObjectCalls): KernelFunctions {
  return { ...descriptors(calls), ...objects(calls), ...bulk(calls) };
}

/** Creating and destroying caches. */
function descriptors(calls: ObjectCalls): KernelFunctions {
  const { machine } = calls;
  const { slab, guestMemory, locks } = machine;
  return {
    kmem_cache_create: kernelFunction(
      "liiil:l",
      (nameLow, nameHigh, size, align, flags, constructorLow, constructorHigh) => {
        const name = guestMemory.string(join(nameLow, nameHigh), 100);
        locks.slab.acquire();
        const cache = slab.allocator.create({
          ...{ name, flags, constructorLow, constructorHigh },
          objectSize: size >>> 0,
          align: align >>> 0,
        });
        locks.slab.release();
        return resultObject(machine, cache?.address ?? 0);
      },
    ),
    kmem_cache_destroy: kernelFunction("l:v", (low, high) => {
      if (low === 0 && high === 0) return;
      if (!machine.kasan.checkByte(low, high, "kmem_cache_destroy")) return;
      destroy(calls, calls.cache(low, high, "kmem_cache_destroy"));
    }),
    kmem_cache_shrink: kernelFunction("l:i", (low, high) => {
      const cache = calls.cache(low, high, "kmem_cache_shrink");
      slab.shrink(cache);
      locks.slab.acquire();
      const remain = slab.allocator.shrink(cache);
      locks.slab.release();
      return remain ? 1 : 0;
    }),
    validate_slab_cache: kernelFunction("l:l", (low, high) =>
      machine.cpu.result(slab.validate(calls.cache(low, high, "validate_slab_cache")), 0),
    ),
    kmem_cache_size: kernelFunction("l:i", (low, high) => calls.cache(low, high, "kmem_cache_size").objectSize),
  };
}

function destroy({ machine }: ObjectCalls, cache: KmemCache): void {
  const { slab, locks, guest, oops } = machine;
  // Objects may be on their way back. Before 6.12 a kernel does not wait for them, and has no function of that name.
  guest.named("kvfree_rcu_barrier");
  if (cache.flags & SlabFlag.TYPESAFE_BY_RCU) guest.named("rcu_barrier");
  if (slab.shrink(cache) > 0) {
    slab.reportRemaining(cache);
    // A test that counts errors gets no warning (slab_in_kunit_test of mm/slub.c).
    if (!slab.errors.count(0)) oops.objectsRemain(cache.name);
    return;
  }
  locks.slab.acquire();
  slab.allocator.destroy(cache);
  locks.slab.release();
}

/** Allocating and freeing single objects. */
function objects(calls: ObjectCalls): KernelFunctions {
  const { machine, prefixes } = calls;
  const { slab, directMap, oops, kasan } = machine;
  return {
    kmem_cache_alloc_noprof: kernelFunction("li:l", (low, high, gfp) => {
      const cache = calls.cache(low, high, "kmem_cache_alloc_noprof");
      return resultObject(machine, slab.allocate(cache, gfp, prefixes.cache));
    }),
    kmem_cache_free: kernelFunction("ll:v", (low, high, objectLow, objectHigh) => {
      const cache = calls.cache(low, high, "kmem_cache_free");
      const object = directMap.physical(objectLow, objectHigh);
      const found = object < 0 ? -1 : slab.allocator.slabOf(object);
      const own = found < 0 ? cache : slab.allocator.cacheOf(found);
      // Without these checks, a kernel takes the caller's word (mm/slub.c, cache_from_obj; CONFIG_SLAB_FREELIST_HARDENED is off).
      const isWrong = own.address !== cache.address && cache.has(SlabFlag.CONSISTENCY_CHECKS);
      if (isWrong && oops.wrongCache(cache.name, own.name, join(objectLow, objectHigh)) === "kept") return;
      calls.free(objectLow, objectHigh, prefixes.cacheFree, ["kmem_cache_free"], isWrong ? own : cache);
    }),
    /** Called when the object's grace period is over. */
    kasan_guest_free_deferred: kernelFunction("l:v", (low, high) => {
      const tag = kasan.mode.pointers.tagOf(high);
      const found = slab.freeDeferred(directMap.physical(low, high), prefixes.deferred, tag);
      if (found === "freed" || found === "not-allocated") return;
      calls.reportFree(low, high, found, ["check_slab_allocation"]);
    }),
  };
}

/** Bulk allocation and freeing. */
function bulk(calls: ObjectCalls): KernelFunctions {
  const { guestMemory, directMap, kasan } = calls.machine;
  return {
    kmem_cache_alloc_bulk_noprof: kernelFunction("lill:i", (low, high, gfp, countLow, countHigh, intoLow, intoHigh) => {
      const cache = calls.cache(low, high, "kmem_cache_alloc_bulk_noprof");
      const count = sizeOf(countLow, countHigh);
      const taken = allocateAll(calls, cache, gfp, count);
      if (taken === undefined) return 0;
      const tagged = taken.map((object) => directMap.pointer(object, kasan.mode.objects.tagOf(object)));
      guestMemory.write(join(intoLow, intoHigh), new Uint8Array(new BigUint64Array(tagged).buffer));
      return count;
    }),
    kmem_cache_free_bulk: kernelFunction("lll:v", (low, high, countLow, countHigh, fromLow, fromHigh) => {
      if (low !== 0 || high !== 0) calls.cache(low, high, "kmem_cache_free_bulk");
      const count = sizeOf(countLow, countHigh);
      for (let i = 0; i < count; i++) {
        const bytes = new DataView(guestMemory.read(join(fromLow, fromHigh) + BigInt(8 * i), 8).buffer);
        const [objectLow, objectHigh] = [bytes.getUint32(0, true), bytes.getUint32(4, true)];
        calls.free(objectLow, objectHigh, calls.prefixes.bulkFree, ["kmem_cache_free_bulk"]);
      }
    }),
  };
}

/** Allocates `count` objects and returns their physical addresses. Returns undefined, and allocates nothing, if memory is short. */
function allocateAll(
  { machine, prefixes }: ObjectCalls,
  cache: KmemCache,
  gfp: number,
  count: number,
): number[] | undefined {
  const { slab, kasan } = machine;
  const taken: number[] = [];
  while (taken.length < count) {
    const object = slab.allocate(cache, gfp, prefixes.bulk);
    if (object === 0) {
      for (const one of taken) slab.free(one, prefixes.bulkFree, kasan.mode.objects.tagOf(one));
      return undefined;
    }
    taken.push(object);
  }
  return taken;
}
