import { Access, TlbKind } from "@kasan/mmu";
import { vpnFromHalves } from "@kasan/shadow";
import { MAX_ORDER } from "../../mm/buddy.ts";
import { Gfp } from "../../mm/gfp.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import { PAGE_STRUCT_BYTES, PGTY_NONE } from "../../mm/page-descriptors.ts";
import type { ApiMachine } from "../machine.ts";
import { resultObject } from "../results.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Number of guest functions for mempool_free(), which is in C. */
const MEMPOOL_FREE = 1;

/** The parts of a machine that allocate and free pages. */
type PageMachine = Pick<
  ApiMachine,
  "buddy" | "pages" | "cpu" | "architecture" | "directMap" | "kasan" | "oops" | "clock" | "mmu" | "scheduler"
>;

/** Page allocation, references, and conversions (include/linux/gfp.h, mm.h). */
export function pageFunctions(machine: PageMachine): KernelFunctions {
  const { buddy, pages, cpu, architecture, directMap, kasan } = machine;
  const { mode } = kasan;
  const { pointers } = mode;
  const pageSize = 2 ** pages.pageShift;
  const pageShift = BigInt(architecture.pageShift);
  const { vmemmap } = architecture.layout;

  const pageAddress = (pfn: number) => vmemmap + BigInt(pfn * PAGE_STRUCT_BYTES);
  const frameOf = (low: number, high: number, caller: string): number => {
    const pfn = Number(BigInt.asIntN(64, join(low, high) - vmemmap)) / PAGE_STRUCT_BYTES;
    if (!Number.isInteger(pfn) || pfn < 0 || pfn >= pages.frames) machine.oops.badPointer(join(low, high), caller);
    return pfn;
  };

  const allocate = (gfp: number, order: number): number => {
    machine.clock.advance(1000);
    if (order >>> 0 > MAX_ORDER) return -1;
    const pfn = buddy.allocate(order, gfp);
    if (pfn >= 0 || !(gfp & Gfp.DIRECT_RECLAIM)) return pfn;
    // Callbacks whose grace period is over may give pages back.
    machine.scheduler.mightSleep();
    return buddy.allocate(order, gfp);
  };

  const put = (pfn: number, order: number, caller: string): void => {
    machine.clock.advance(1000);
    const left = pages.references(pfn) - 1;
    if (left < 0 || pages.isReserved(pfn)) return machine.oops.badPageFree(pfn * pageSize, caller);
    if (left > 0) {
      pages.setReferences(pfn, left);
      // The tail pages of a block that is not a compound page are freed now; the first page, with its last reference.
      if (!pages.isHead(pfn) && isBlock(pfn, order)) {
        for (let half = order - 1; half >= 0; half--) buddy.free(pfn + (1 << half), half);
      }
      return;
    }
    if (pages.isHead(pfn)) return buddy.free(pfn, pages.order(pfn));
    if (isBlock(pfn, order)) buddy.free(pfn, order);
    else machine.oops.badPageFree(pfn * pageSize, caller);
  };

  /** Whether 2^order pages from `pfn` on form one block, so that freeing them frees nothing else. */
  const isBlock = (pfn: number, order: number): boolean => {
    if (order >>> 0 > MAX_ORDER || pfn % (1 << order) !== 0 || pfn + (1 << order) > pages.frames) return false;
    for (let tail = pfn + 1; tail < pfn + (1 << order); tail++) {
      if (pages.references(tail) !== 0 || pages.type(tail) !== PGTY_NONE) return false;
    }
    return true;
  };

  const freeAddress = (low: number, high: number, order: number) => {
    if (low === 0 && high === 0) return;
    const physical = directMap.physical(low, high);
    if (physical < 0) return machine.oops.notDirectMap(low, high, "free_pages");
    put(Math.floor(physical / pageSize), order, "free_pages");
  };

  const physicalOf = (low: number, high: number): number => {
    const direct = directMap.physical(low, high);
    if (direct >= 0) return direct;
    const vpn = vpnFromHalves(low, pointers.untag(high));
    const page = machine.mmu.translate(vpn, Access.READ, TlbKind.DATA, low & 0xfff);
    return page < 0 ? -1 : page + (low & 0xfff);
  };

  return {
    /** log2 of the page size in bytes, for code that is compiled once for all sizes. */
    kasan_guest_page_shift: kernelFunction(":i", () => pages.pageShift),
    /** Pages that the allocator has, and those of them that are free. */
    kasan_guest_free_pages: kernelFunction(":l", () => cpu.result(buddy.freePages, 0)),
    kasan_guest_total_pages: kernelFunction(":l", () => cpu.result(buddy.totalPages, 0)),
    nr_free_buffer_pages: kernelFunction(":l", () => cpu.result(buddy.freePages, 0)),
    alloc_pages_noprof: kernelFunction("ii:l", (gfp, order) => {
      const pfn = allocate(gfp, order);
      return pfn < 0 ? cpu.result(0, 0) : cpu.resultOf(pageAddress(pfn));
    }),
    get_free_pages_noprof: kernelFunction("ii:l", (gfp, order) => {
      const pfn = allocate(gfp, order);
      return resultObject(machine, pfn < 0 ? 0 : pfn * pageSize);
    }),
    get_zeroed_page_noprof: kernelFunction("i:l", (gfp) =>
      resultObject(machine, Math.max(0, allocate(gfp | Gfp.ZERO, 0)) * pageSize),
    ),
    __free_pages: kernelFunction("li:v", (low, high, order) =>
      put(frameOf(low, high, "__free_pages"), order, "__free_pages"),
    ),
    free_pages: kernelFunction("li:v", freeAddress),
    /** Makes each page of a block one of its own, to be freed separately. Arguments: its first page, its order. */
    split_page: kernelFunction("li:v", (low, high, order) => {
      const pfn = frameOf(low, high, "split_page");
      const count = Math.min(2 ** Math.min(order >>> 0, MAX_ORDER), pages.frames - pfn);
      for (let i = 1; i < count; i++) pages.setReferences(pfn + i, 1);
    }),
    /** Frees the page whose last reference this is. alloc_pages_exact() gives back in this way what its block has too much. */
    kasan_guest_free_page_last: kernelFunction("l:v", (low, high) =>
      buddy.freeLast(frameOf(low, high, "free_pages_exact")),
    ),
    get_page: kernelFunction("l:v", (low, high) => {
      const pfn = pages.head(frameOf(low, high, "get_page"));
      pages.setReferences(pfn, pages.references(pfn) + 1);
    }),
    put_page: kernelFunction("l:v", (low, high) => put(pages.head(frameOf(low, high, "put_page")), 0, "put_page")),
    /** Frees the pages of a folio whose last reference is gone: the inline functions of a kernel's headers count them themselves. */
    __folio_put: kernelFunction("l:v", (low, high) => {
      const pfn = frameOf(low, high, "__folio_put");
      machine.clock.advance(1000);
      buddy.free(pfn, pages.isHead(pfn) ? pages.order(pfn) : 0);
    }),
    page_address: kernelFunction("l:l", (low, high) => {
      const pfn = frameOf(low, high, "page_address");
      return cpu.resultOf(directMap.pointer(pfn * pageSize, pages.tag(pfn)));
    }),
    page_to_pfn: kernelFunction("l:l", (low, high) => cpu.result(frameOf(low, high, "page_to_pfn"), 0)),
    pfn_to_page: kernelFunction("l:l", (low, high) => cpu.resultOf(pageAddress(sizeOf(low, high)))),
    virt_to_page: kernelFunction("l:l", (low, high) => {
      // Pure arithmetic, as in the kernel: an invalid address yields an invalid descriptor.
      const pfn = (join(low, pointers.untag(high)) - architecture.layout.pageOffset) >> pageShift;
      return cpu.resultOf(vmemmap + pfn * BigInt(PAGE_STRUCT_BYTES));
    }),
    virt_to_phys: kernelFunction("l:l", (low, high) =>
      cpu.resultOf(join(low, pointers.untag(high)) - architecture.layout.pageOffset),
    ),
    phys_to_virt: kernelFunction("l:l", (low, high) => cpu.resultOf(join(low, high) + architecture.layout.pageOffset)),
    virt_addr_valid: kernelFunction("l:i", (low, high) => (directMap.physical(low, high) >= 0 ? 1 : 0)),
    /** Returns whether a mempool may keep the block of pages returned to it. Arguments: page, order. */
    kasan_mempool_poison_pages: kernelFunction("li:i", (low, high, order) => {
      const pfn = frameOf(low, high, "__kasan_mempool_poison_pages");
      if (order >>> 0 > MAX_ORDER) return 1;
      const bug = mode.pages.keep(pfn, order);
      if (bug === undefined) return 1;
      const via = ["kasan_report_invalid_free", "check_page_allocation", "__kasan_mempool_poison_pages"];
      kasan.reportFree(directMap.pointer(pfn * pageSize, pages.tag(pfn)), bug, via, MEMPOOL_FREE);
      return 0;
    }),
    kasan_mempool_unpoison_pages: kernelFunction("li:v", (low, high, order) => {
      const pfn = frameOf(low, high, "__kasan_mempool_unpoison_pages");
      if (order >>> 0 <= MAX_ORDER) mode.pages.handOut(pfn, order);
    }),
    vmalloc_to_page: kernelFunction("l:l", (low, high) => {
      const physical = physicalOf(low, high);
      return physical < 0 ? cpu.result(0, 0) : cpu.resultOf(pageAddress(Math.floor(physical / pageSize)));
    }),
  };
}
