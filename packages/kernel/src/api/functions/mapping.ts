import { MmuError, PageFlags } from "@kasan/mmu";
import { join } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunction, type KernelFunctions, kernelFunction } from "../signature.ts";

/** Errno values (include/uapi/asm-generic/errno-base.h). */
const ENOMEM = 12;
const EINVAL = 22;

/** The parts of a machine that change permissions. */
type MappingMachine = Pick<ApiMachine, "space" | "directMap" | "locks" | "kernelPages" | "kasan" | "pages">;

/** Changes permissions of mapped pages (include/linux/set_memory.h). */
export function mappingFunctions(machine: MappingMachine): KernelFunctions {
  const { space, directMap, locks, kernelPages, kasan } = machine;
  const { size: pageSize } = kernelPages;

  /** Changes the permissions in `mask` for the pages and, if they are in vmalloc space, for their direct map alias. */
  const change = (low: number, high: number, count: number, flags: number, mask: number): number => {
    high = kasan.mode.pointers.untag(high);
    const vpn = kernelPages.pageOf(join(low, high));
    if (count <= 0 || count > machine.pages.frames || !kernelPages.isAligned(low)) return -EINVAL;
    const frames = Array.from({ length: count }, (_, i) => kernelPages.lookup(vpn + i));
    if (high >= 0 || frames.some((pfn) => pfn < 0)) return -EINVAL;
    locks.tables.acquire();
    try {
      space.protect(join(low, high), count * pageSize, flags, mask).flushAll();
      if (directMap.physical(low, high) < 0) {
        for (const pfn of frames) {
          const alias = directMap.virtual(pfn * pageSize);
          space.protect(alias, pageSize, flags, mask).flushAll();
        }
      }
    } catch (error) {
      if (error instanceof MmuError && error.code === "NO_FRAMES") return -ENOMEM;
      throw error;
    } finally {
      locks.tables.release();
    }
    return 0;
  };

  const setMemory = (flags: number, mask: number): KernelFunction =>
    kernelFunction("li:i", (low, high, count) => change(low, high, count, flags, mask));

  return {
    set_memory_ro: setMemory(0, PageFlags.WRITE),
    set_memory_rw: setMemory(PageFlags.WRITE, PageFlags.WRITE),
    set_memory_x: setMemory(PageFlags.EXEC, PageFlags.EXEC),
    set_memory_nx: setMemory(0, PageFlags.EXEC),
  };
}
