import { sizeOf } from "../../mm/guest-memory.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import type { ObjectCalls } from "./object-calls.ts";

/** Number of guest functions for mempool_free(), which is in C. */
const MEMPOOL_FREE = 1;

/** KASAN's functions for users of slab objects (include/linux/kasan.h). */
export function kasanObjectFunctions(calls: ObjectCalls): KernelFunctions {
  const { machine, prefixes } = calls;
  const { slab, directMap, kasan } = machine;
  const { pointers } = kasan.mode;
  const record = kernelFunction("l:v", (low, high) => {
    const address = directMap.physical(low, high);
    if (address >= 0) slab.recordAuxiliary(address, prefixes.auxiliary);
  });
  return {
    kasan_record_aux_stack: record,
    kasan_record_aux_stack_noalloc: record,
    /** Returns whether a mempool may keep the element being returned to it. */
    kasan_mempool_poison_object: kernelFunction("l:i", (low, high) => {
      const object = calls.physical(low, high, "__kasan_mempool_poison_object");
      const found = slab.poisonElement(object, prefixes.mempoolFree, pointers.tagOf(high));
      if (found === "freed" || found === "not-allocated") return 1;
      const check = slab.allocator.slabOf(object) >= 0 ? "check_slab_allocation" : "check_page_allocation";
      calls.reportFree(low, high, found, [check, "__kasan_mempool_poison_object"], MEMPOOL_FREE);
      return 0;
    }),
    kasan_mempool_unpoison_object: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) => {
      const object = calls.physical(low, high, "__kasan_mempool_unpoison_object");
      const size = Math.min(sizeOf(sizeLow, sizeHigh), slab.capacity(object));
      slab.unpoisonElement(object, size, prefixes.mempool, pointers.tagOf(high));
    }),
  };
}
