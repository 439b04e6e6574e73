import type { BugType } from "@kasan/shadow";
import type { DirectMap } from "../../mm/direct-map.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import type { Pointers } from "../../mm/pointers.ts";
import type { KmemCache } from "../../mm/slab/cache.ts";
import type { SlabService } from "../../mm/slab/service.ts";
import type { ApiMachine } from "../machine.ts";
import { resultObject } from "../results.ts";

/** The value kmalloc(0) returns: neither NULL nor an object (include/linux/slab.h). */
export const ZERO_SIZE_PTR = 16;

const KFREE = ["kfree"];

/** The parts of a machine that allocate and free objects. */
export type SlabMachine = Pick<
  ApiMachine,
  "slab" | "symbols" | "guestMemory" | "kasan" | "locks" | "directMap" | "cpu" | "oops" | "ram" | "guest"
>;

/**
 * Kernel functions above the caller in saved stacks, as call-stack words, innermost first. Names get addresses in the order of
 * their first mention.
 */
function stackPrefixes({ symbols, kasan }: SlabMachine) {
  const { allocation, free } = kasan.mode.saves;
  const allocated = (...functions: string[]) => symbols.savedWords(...allocation, ...functions);
  const freed = (...functions: string[]) => symbols.savedWords(...free, "__kasan_slab_free", ...functions);
  return {
    kmalloc: allocated("__kasan_kmalloc", "__kmalloc_noprof"),
    kmallocNode: allocated("__kasan_kmalloc", "__kmalloc_node_noprof"),
    kmallocTrackCaller: allocated("__kasan_kmalloc", "__kmalloc_node_track_caller_noprof"),
    kmallocCache: allocated("__kasan_kmalloc", "__kmalloc_cache_noprof"),
    kmallocCacheNode: allocated("__kasan_kmalloc", "__kmalloc_cache_node_noprof"),
    krealloc: allocated("__kasan_kmalloc", "__kmalloc_node_track_caller_noprof", "krealloc_noprof"),
    kreallocInPlace: allocated("__kasan_krealloc", "krealloc_noprof"),
    cache: allocated("__kasan_slab_alloc", "kmem_cache_alloc_noprof"),
    bulk: allocated("__kasan_slab_alloc", "kmem_cache_alloc_bulk_noprof"),
    kfree: freed("kfree"),
    cacheFree: freed("kmem_cache_free"),
    bulkFree: freed("kmem_cache_free_bulk"),
    sensitive: freed("kfree", "kfree_sensitive"),
    deferred: freed("slab_free_after_rcu_debug"),
    mempool: allocated("__kasan_mempool_unpoison_object"),
    mempoolFree: symbols.savedWords(...free, "__kasan_mempool_poison_object"),
    auxiliary: symbols.savedWords("__kasan_record_aux_stack"),
  };
}

/** Code shared by the functions that allocate and free objects. Pointers are given in halves, low first. */
export class ObjectCalls {
  /** The machine. */
  readonly machine: SlabMachine;
  /** Kernel functions above the caller in saved stacks. */
  readonly prefixes: ReturnType<typeof stackPrefixes>;

  private readonly slab: SlabService;
  private readonly directMap: DirectMap;
  private readonly pointers: Pointers;

  constructor(machine: SlabMachine) {
    this.machine = machine;
    this.prefixes = stackPrefixes(machine);
    this.slab = machine.slab;
    this.directMap = machine.directMap;
    this.pointers = machine.kasan.mode.pointers;
  }

  /** Whether a pointer is NULL or the result of kmalloc(0). */
  isNone(low: number, high: number): boolean {
    return high === 0 && low >>> 0 <= ZERO_SIZE_PTR;
  }

  /**
   * The physical address of an object. An address outside the direct map has no page and ends the guest. `by`: the calling
   * function.
   */
  physical(low: number, high: number, by: string): number {
    const object = this.directMap.physical(low, high);
    return object < 0 ? this.machine.oops.notDirectMap(low, high, by) : object;
  }

  /** Implements kmalloc; the size is given in halves. `prefix`: the functions that it goes through, for the saved stack. */
  kmalloc(low: number, high: number, gfp: number, prefix: Uint32Array): number {
    const size = sizeOf(low, high);
    if (size === 0) return this.machine.cpu.result(ZERO_SIZE_PTR, 0);
    return resultObject(this.machine, this.slab.kmalloc(size, gfp, prefix));
  }

  /** Implements kfree. */
  kfree(low: number, high: number): void {
    if (!this.isNone(low, high)) this.free(low, high, this.prefixes.kfree, KFREE);
  }

  /** Frees a pointer that is not NULL and reports what KASAN finds. `by`: the functions doing the free, outermost last. */
  free(low: number, high: number, prefix: Uint32Array, by: readonly string[]): void {
    const object = this.physical(low, high, by[0]);
    const result = this.slab.free(object, prefix, this.pointers.tagOf(high));
    if (result === "freed") return;
    if (result === "not-allocated") return this.machine.oops.badPageFree(object, by[0]);
    const inSlab = this.slab.allocator.slabOf(object) >= 0;
    const check = inSlab ? ["check_slab_allocation"] : ["check_page_allocation", "free_large_kmalloc"];
    this.reportFree(low, high, result, [...check, ...by]);
  }

  /** Reports an invalid free. `inside`: number of guest functions between the kernel's and the one that the title names. */
  reportFree(low: number, high: number, bug: BugType, by: readonly string[], inside = 0): void {
    this.machine.kasan.reportFree(join(low, high), bug, ["kasan_report_invalid_free", ...by], inside);
  }

  /** Implements __ksize, which does not look whether the object may be accessed. */
  capacity(low: number, high: number): number {
    const { cpu, slab } = this.machine;
    if (this.isNone(low, high)) return cpu.result(0, 0);
    return cpu.result(slab.capacity(this.physical(low, high, "__ksize")), 0);
  }

  /** Implements ksize. `by`: the functions it is called for. */
  ksize(low: number, high: number, by: readonly string[] = []): number {
    const { cpu, kasan, slab } = this.machine;
    if (this.isNone(low, high) || !kasan.checkByte(low, high, "ksize", by)) return cpu.result(0, 0);
    return cpu.result(slab.capacity(this.physical(low, high, "ksize")), 0);
  }

  /** The cache that a guest's pointer refers to. An invalid pointer ends the guest. */
  cache(low: number, high: number, caller: string): KmemCache {
    const { slab, directMap, oops } = this.machine;
    return slab.allocator.findCache(directMap.physical(low, high)) ?? oops.badPointer(join(low, high), caller);
  }
}
