import type { Kernel } from "./kernel.ts";
import { needOffset, offsetOf } from "./layout.ts";
import { perCpuCopies } from "./percpu.ts";
import type { FoundSlab } from "./slab.ts";

/**
 * The free objects of a slab: those on its list, and those on the lists that CPUs took from it (mm/slub.c). What a kernel
 * without KASAN knows of an object's state.
 *
 * @returns `undefined` if the kernel has no types, which say where the lists are
 */
export function freeObjects(
  kernel: Kernel,
  { cache, count, head }: Pick<FoundSlab, "cache" | "count" | "head">,
): ReadonlySet<bigint> | undefined {
  return kernel.attempt(() => {
    const { memory } = kernel;
    const free = new Set<bigint>();
    const from = (first: bigint) => {
      for (
        let object = first;
        object !== 0n && free.size < count && !free.has(object);
        object = next(kernel, cache.address, object)
      ) {
        free.add(memory.untagged(object));
      }
    };
    from(memory.u64(head + slabOffset(kernel, "freelist")));
    for (const cpu of cpuSlabs(kernel, cache.address)) {
      const own = memory.u64(cpu + cpuSlabOffset(kernel));
      if (own === head) from(memory.u64(cpu + needOffset(kernel, "kmem_cache_cpu", "freelist")));
    }
    return free;
  });
}

const slabOffset = (kernel: Kernel, member: string) =>
  BigInt(offsetOf(kernel, "slab", member) ?? needOffset(kernel, "page", member));

/** A CPU's slab has been a slab since 5.17, before it was a page. */
const cpuSlabOffset = (kernel: Kernel) =>
  BigInt(offsetOf(kernel, "kmem_cache_cpu", "slab") ?? needOffset(kernel, "kmem_cache_cpu", "page"));

/** The object after a free one: its address is in the object, and disguised where the kernel is hardened (`freelist_ptr_decode`). */
function next(kernel: Kernel, cache: bigint, object: bigint): bigint {
  const { memory } = kernel;
  const at = object + BigInt(memory.u32(cache + needOffset(kernel, "kmem_cache", "offset")));
  const kept = memory.u64(at);
  const random = offsetOf(kernel, "kmem_cache", "random");
  if (random === undefined) return kept;
  return kept ^ memory.u64(cache + BigInt(random)) ^ swapped(memory.untagged(at));
}

/** A word with its bytes the other way round. */
function swapped(word: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, word);
  return view.getBigUint64(0, true);
}

/** Each CPU's `struct kmem_cache_cpu` of a cache. */
function cpuSlabs(kernel: Kernel, cache: bigint): readonly bigint[] {
  const slab = kernel.memory.u64(cache + needOffset(kernel, "kmem_cache", "cpu_slab"));
  return perCpuCopies(kernel, slab).filter((copy) => kernel.memory.has(copy));
}
