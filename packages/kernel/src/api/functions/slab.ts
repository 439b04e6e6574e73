import { Gfp } from "../../mm/gfp.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import { type KmemCache, SlabFlag } from "../../mm/slab/cache.ts";
import type { KernelFunctions } from "../guest-interface.ts";
import type { ApiMachine } from "../machine.ts";
import { resultObject } from "../results.ts";

/** What kmalloc(0) returns: not NULL, not an object (include/linux/slab.h). */
const ZERO_SIZE_PTR = 16;
/** mempool_free(), which is C. */
const MEMPOOL_FREE = 1;

/** What objects are handed out with. */
type SlabMachine = Pick<
  ApiMachine,
  "slab" | "symbols" | "guestMemory" | "kasan" | "locks" | "directMap" | "cpu" | "oops" | "ram" | "guest"
>;

/** kmalloc and slab caches (include/linux/slab.h), and what KASAN offers their users (include/linux/kasan.h). */
export function slabFunctions(machine: SlabMachine): KernelFunctions {
  const { slab, symbols, guestMemory, kasan, locks, directMap } = machine;
  const { pointers, objects: hooks, saves } = kasan.mode;
  const { allocator } = slab;
  const saveFree = [...saves.free, "__kasan_slab_free"];
  const allocPrefix = (...functions: string[]) => symbols.returnWords(...saves.allocation, ...functions);
  const kmallocPrefix = allocPrefix("__kasan_kmalloc", "__kmalloc_noprof");
  const kreallocPrefix = allocPrefix("__kasan_kmalloc", "__kmalloc_node_track_caller_noprof", "krealloc_noprof");
  const kreallocInPlace = allocPrefix("__kasan_krealloc", "krealloc_noprof");
  const cachePrefix = allocPrefix("__kasan_slab_alloc", "kmem_cache_alloc_noprof");
  const bulkPrefix = allocPrefix("__kasan_slab_alloc", "kmem_cache_alloc_bulk_noprof");
  const freePrefix = (name: string) => symbols.returnWords(...saveFree, name);
  const kfreePrefix = freePrefix("kfree");
  const cacheFreePrefix = freePrefix("kmem_cache_free");
  const bulkFreePrefix = freePrefix("kmem_cache_free_bulk");
  const sensitivePrefix = symbols.returnWords(...saveFree, "kfree", "kfree_sensitive");

  const deferredPrefix = freePrefix("slab_free_after_rcu_debug");
  const mempoolPrefix = allocPrefix("__kasan_mempool_unpoison_object");
  const mempoolFreePrefix = symbols.returnWords(...saves.free, "__kasan_mempool_poison_object");
  const auxPrefix = symbols.returnWords("kasan_save_stack", "__kasan_record_aux_stack");
  const recordAuxStack = (low: number, high: number): void => {
    const address = directMap.physical(low, high);
    if (address >= 0) slab.recordAuxiliary(address, auxPrefix);
  };

  const isNone = (low: number, high: number) => high === 0 && low >>> 0 <= ZERO_SIZE_PTR;

  const kmalloc = (low: number, high: number, gfp: number, prefix: Uint32Array): number => {
    const size = sizeOf(low, high);
    if (size === 0) return machine.cpu.result(ZERO_SIZE_PTR, 0);
    return resultObject(machine, slab.kmalloc(size, gfp, prefix));
  };

  /** Frees a pointer that is not NULL; reports what KASAN finds. `by`: the function freeing, outermost last. */
  const free = (low: number, high: number, prefix: Uint32Array, by: readonly string[]): void => {
    const object = directMap.physical(low, high);
    if (object < 0) return machine.oops.notDirectMap(low, high, by[0]);
    const result = slab.free(object, prefix, pointers.tagOf(high));
    if (result === "freed") return;
    if (result === "not-allocated") return machine.oops.badPageFree(object, by[0]);
    const inSlab = allocator.slabOf(object) >= 0;
    const check = inSlab ? ["check_slab_allocation"] : ["check_page_allocation", "free_large_kmalloc"];
    kasan.reportFree(join(low, high), result, ["kasan_report_invalid_free", ...check, ...by]);
  };

  const kfree = (low: number, high: number): void => {
    if (!isNone(low, high)) free(low, high, kfreePrefix, ["kfree"]);
  };

  const cacheOf = (low: number, high: number, caller: string): KmemCache => {
    const cache = allocator.findCache(directMap.physical(low, high));
    return cache ?? machine.oops.badPointer(join(low, high), caller);
  };

  const krealloc = (low: number, high: number, sizeLow: number, sizeHigh: number, gfp: number): number => {
    const size = sizeOf(sizeLow, sizeHigh);
    if (size === 0) {
      kfree(low, high);
      return machine.cpu.result(ZERO_SIZE_PTR, 0);
    }
    if (isNone(low, high)) return kmalloc(sizeLow, sizeHigh, gfp, kmallocPrefix);
    if (!kasan.checkByte(low, high, "krealloc_noprof")) return machine.cpu.result(0, 0);
    const object = directMap.physical(low, high);
    if (object < 0) machine.oops.notDirectMap(low, high, "krealloc_noprof");
    const capacity = slab.capacity(object);
    if (capacity >= size) {
      if (gfp & Gfp.ZERO) machine.ram.fill(0, object + size, object + capacity);
      slab.resize(object, size, kreallocInPlace);
      return machine.cpu.result(low, high);
    }
    const moved = slab.kmalloc(size, gfp, kreallocPrefix);
    if (moved === 0) return machine.cpu.result(0, 0);
    machine.ram.u8.copyWithin(moved, object, object + capacity);
    free(low, high, kfreePrefix, ["kfree", "krealloc_noprof"]);
    return resultObject(machine, moved);
  };

  const ksize = (low: number, high: number, by: readonly string[] = []): number => {
    if (isNone(low, high) || !kasan.checkByte(low, high, "ksize", by)) return machine.cpu.result(0, 0);
    const object = directMap.physical(low, high);
    if (object < 0) machine.oops.notDirectMap(low, high, "ksize");
    return machine.cpu.result(slab.capacity(object), 0);
  };

  return {
    __kmalloc_noprof: { signature: "li:l", call: (low, high, gfp) => kmalloc(low, high, gfp, kmallocPrefix) },
    krealloc_noprof: { signature: "lli:l", call: krealloc },
    kfree: { signature: "l:v", call: kfree },
    kfree_sensitive: {
      signature: "l:v",
      call: (low, high) => {
        if (isNone(low, high)) return;
        const size = ksize(low, high, ["kfree_sensitive"]);
        if (size > 0) {
          const object = directMap.physical(low, high);
          if (object >= 0) hooks.unpoison(object, size, pointers.tagOf(high));
          guestMemory.fill(low, high, 0, size);
        }
        free(low, high, sensitivePrefix, ["kfree", "kfree_sensitive"]);
      },
    },
    ksize: { signature: "l:l", call: (low, high) => ksize(low, high) },
    kmem_cache_create: {
      signature: "liiil:l",
      call: (nameLow, nameHigh, size, align, flags, ctorLow, ctorHigh) => {
        const name = guestMemory.string(join(nameLow, nameHigh), 100);
        locks.slab.acquire();
        const cache = allocator.create(name, size >>> 0, align >>> 0, flags, ctorLow, ctorHigh);
        locks.slab.release();
        return resultObject(machine, cache?.address ?? 0);
      },
    },
    kmem_cache_destroy: {
      signature: "l:v",
      call: (low, high) => {
        if (low === 0 && high === 0) return;
        if (!kasan.checkByte(low, high, "kmem_cache_destroy")) return;
        const cache = cacheOf(low, high, "kmem_cache_destroy");
        if (cache.flags & SlabFlag.TYPESAFE_BY_RCU) machine.guest.named("rcu_barrier");
        if (slab.shrink(cache) > 0) machine.oops.objectsRemain(cache.name, cache.live);
        else {
          locks.slab.acquire();
          allocator.destroy(cache);
          locks.slab.release();
        }
      },
    },
    kmem_cache_shrink: {
      signature: "l:i",
      call: (low, high) => {
        const cache = cacheOf(low, high, "kmem_cache_shrink");
        slab.shrink(cache);
        locks.slab.acquire();
        allocator.shrink(cache);
        locks.slab.release();
        return 0;
      },
    },
    kmem_cache_size: { signature: "l:i", call: (low, high) => cacheOf(low, high, "kmem_cache_size").objectSize },
    kmem_cache_alloc_noprof: {
      signature: "li:l",
      call: (low, high, gfp) =>
        resultObject(machine, slab.allocate(cacheOf(low, high, "kmem_cache_alloc_noprof"), gfp, cachePrefix)),
    },
    kmem_cache_free: {
      signature: "ll:v",
      call: (low, high, objectLow, objectHigh) => {
        const cache = cacheOf(low, high, "kmem_cache_free");
        const object = directMap.physical(objectLow, objectHigh);
        const found = object < 0 ? -1 : allocator.slabOf(object);
        if (found >= 0 && allocator.cacheOf(found).address !== cache.address) {
          machine.oops.wrongCache(cache.name, allocator.cacheOf(found).name);
          return;
        }
        free(objectLow, objectHigh, cacheFreePrefix, ["kmem_cache_free"]);
      },
    },
    kmem_cache_alloc_bulk_noprof: {
      signature: "lill:i",
      call: (low, high, gfp, countLow, countHigh, intoLow, intoHigh) => {
        const cache = cacheOf(low, high, "kmem_cache_alloc_bulk_noprof");
        const count = sizeOf(countLow, countHigh);
        const objects: number[] = [];
        while (objects.length < count) {
          const object = slab.allocate(cache, gfp, bulkPrefix);
          if (object === 0) {
            for (const taken of objects) slab.free(taken, bulkFreePrefix, hooks.tagOf(taken));
            return 0;
          }
          objects.push(object);
        }
        const pointers = new BigUint64Array(objects.map((object) => directMap.pointer(object, hooks.tagOf(object))));
        guestMemory.write(join(intoLow, intoHigh), new Uint8Array(pointers.buffer));
        return count;
      },
    },
    kmem_cache_free_bulk: {
      signature: "lll:v",
      call: (low, high, countLow, countHigh, fromLow, fromHigh) => {
        if (low !== 0 || high !== 0) cacheOf(low, high, "kmem_cache_free_bulk");
        const count = sizeOf(countLow, countHigh);
        for (let i = 0; i < count; i++) {
          const at = join(fromLow, fromHigh) + BigInt(8 * i);
          const bytes = new DataView(guestMemory.read(at, 8).buffer);
          free(bytes.getUint32(0, true), bytes.getUint32(4, true), bulkFreePrefix, ["kmem_cache_free_bulk"]);
        }
      },
    },
    /** The object's grace period is over. */
    kasan_guest_free_deferred: {
      signature: "l:v",
      call: (low, high) => {
        const found = slab.freeDeferred(directMap.physical(low, high), deferredPrefix, pointers.tagOf(high));
        if (found === "freed" || found === "not-allocated") return;
        kasan.reportFree(join(low, high), found, ["kasan_report_invalid_free", "check_slab_allocation"]);
      },
    },
    kasan_record_aux_stack: { signature: "l:v", call: recordAuxStack },
    kasan_record_aux_stack_noalloc: { signature: "l:v", call: recordAuxStack },
    /** Whether an element that a mempool takes back may be kept. */
    kasan_mempool_poison_object: {
      signature: "l:i",
      call: (low, high) => {
        const object = directMap.physical(low, high);
        if (object < 0) machine.oops.notDirectMap(low, high, "__kasan_mempool_poison_object");
        const found = slab.poisonElement(object, mempoolFreePrefix, pointers.tagOf(high));
        if (found === "freed" || found === "not-allocated") return 1;
        const check = allocator.slabOf(object) >= 0 ? "check_slab_allocation" : "check_page_allocation";
        const via = ["kasan_report_invalid_free", check, "__kasan_mempool_poison_object"];
        kasan.reportFree(join(low, high), found, via, MEMPOOL_FREE);
        return 0;
      },
    },
    kasan_mempool_unpoison_object: {
      signature: "ll:v",
      call: (low, high, sizeLow, sizeHigh) => {
        const object = directMap.physical(low, high);
        if (object < 0) machine.oops.notDirectMap(low, high, "__kasan_mempool_unpoison_object");
        slab.unpoisonElement(
          object,
          Math.min(sizeOf(sizeLow, sizeHigh), slab.capacity(object)),
          mempoolPrefix,
          pointers.tagOf(high),
        );
      },
    },
  };
}
