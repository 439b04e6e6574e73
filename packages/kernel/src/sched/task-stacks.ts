import type { VmallocNodes } from "@kasan/vmalloc";
import type { BuddyAllocator } from "../mm/buddy.ts";
import type { DirectMap } from "../mm/direct-map.ts";
import { Gfp } from "../mm/gfp.ts";
import type { KernelPages } from "../mm/kernel-pages.ts";

/**
 * Size of a task's stack in bytes: 32 KB, twice the usual, as in KASAN kernels (THREAD_SIZE of x86 and arm64), or a page if that is
 * larger.
 */
export const threadSize = (pageSize: number): number => Math.max(32 * 1024, pageSize);

/** Allocates task stacks of {@link threadSize} bytes. */
export interface TaskStacks {
  /** Whether they lie in vmalloc space. */
  readonly inVmallocSpace: boolean;
  /** @returns the first page of a zeroed stack, or -1 if memory is short */
  allocate(): number;
  /** Frees a stack, given its first page. */
  free(vpn: number): void;
}

const STACK_GFP = Gfp.KERNEL | Gfp.ZERO;

/** Stacks in vmalloc space (CONFIG_VMAP_STACK). `caller`: the call-stack word of the function that allocates them. */
export function stacksInVmallocSpace(vmalloc: VmallocNodes, pageSize: number, caller: () => number): TaskStacks {
  const size = threadSize(pageSize);
  return {
    inVmallocSpace: true,
    allocate: () => vmalloc.allocate({ size, align: size, gfp: STACK_GFP, caller: caller() }),
    free: (vpn) => void vmalloc.free(vpn),
  };
}

/** Stacks in the direct map. */
export function stacksInDirectMap(buddy: BuddyAllocator, pages: KernelPages, directMap: DirectMap): TaskStacks {
  const order = Math.log2(threadSize(pages.size) / pages.size);
  return {
    inVmallocSpace: false,
    allocate: () => {
      const pfn = buddy.allocate(order, STACK_GFP);
      return pfn < 0 ? -1 : pages.pageOf(directMap.virtual(pfn * pages.size));
    },
    free: (vpn) => buddy.free(pages.lookup(vpn), order),
  };
}
