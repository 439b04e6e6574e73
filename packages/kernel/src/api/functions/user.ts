import { Access, MmuError, PageFlags, TlbKind } from "@kasan/mmu";
import { PAGE_SIZE, vpnFromHalves } from "@kasan/shadow";
import { Gfp } from "../../mm/gfp.ts";
import { addHalves, join, sizeOf } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Errno values (include/uapi/asm-generic/errno-base.h). */
const ENOMEM = 12;
const EINVAL = 22;
/** Base of anonymous mappings: below where x86 puts a process's first one. In smaller address spaces, the middle. */
const MMAP_BASE = 0x7f0000000000n;

/** The routines that copy (arch/arm64/lib): of the architectures, arm64 compares tags. */
const COPY_FROM_USER = ["__arch_copy_from_user"];
const COPY_TO_USER = ["__arch_copy_to_user"];

const USER_PAGE = PageFlags.KERNEL | PageFlags.USER;

/** The parts of a machine that user space needs. */
type UserMachine = Pick<
  ApiMachine,
  | "space"
  | "buddy"
  | "mmu"
  | "counters"
  | "locks"
  | "kernelPages"
  | "mapper"
  | "kasan"
  | "architecture"
  | "oops"
  | "cpu"
  | "pages"
  | "ram"
>;

/**
 * A minimal user space: anonymous memory of one process, mapped immediately (include/linux/mm.h). Copies to and from it are in C
 * (packages/guest/lib/usercopy.c), except for moving the bytes.
 */
export function userFunctions(machine: UserMachine): KernelFunctions {
  const { space, buddy, mmu, counters, locks, kernelPages, mapper, kasan } = machine;
  const { pointers, hardware } = kasan.mode;
  const { size: pageSize } = kernelPages;
  /** The page after the last mapping and its gap. There is one process, whichever task asks. */
  const { taskSizeMax } = machine.architecture.layout;
  const base = kernelPages.pageOf(MMAP_BASE < taskSizeMax ? MMAP_BASE : taskSizeMax / 2n);
  const nextPage = (): number => counters.get("userPages") + base;

  const unmap = (from: number, to: number): void => {
    for (let vpn = from; vpn < to; vpn++) {
      const pfn = mapper.unmap(vpn, "flushed next");
      mapper.shootDown(vpn, 1);
      if (pfn >= 0) buddy.free(pfn, 0);
    }
  };

  /**
   * Buffer offset of an address given in halves. User addresses, which fault on ordinary kernel accesses (SMAP): -1 if user code
   * could not access them. Kernel addresses: a fault ends the guest.
   */
  const at = ([low, high]: [number, number], access: number, bytes: number): number => {
    const kernel = pointers.untag(high) >>> 0;
    const user = kernel < 0x80000000;
    const vpn = vpnFromHalves(low, kernel);
    const page = mmu.translate(vpn, user ? access | Access.USER : access, TlbKind.DATA, low & 0xfff);
    if (page < 0 && !user) machine.oops.pageFault(mmu.fault);
    if (!user) {
      const write = access !== Access.READ;
      const by = write ? COPY_FROM_USER : COPY_TO_USER;
      hardware.check(vpnFromHalves(low, high), low & 0xfff, page + (low & 0xfff), bytes, write, by);
    }
    return page < 0 ? -1 : page + (low & 0xfff);
  };

  const map = (pages: number): number => {
    const next = nextPage();
    for (let i = 0; i < pages; i++) {
      const pfn = buddy.allocate(0, Gfp.KERNEL | Gfp.ZERO | Gfp.SKIP_KASAN);
      try {
        if (pfn < 0) throw new MmuError("NO_FRAMES", "no page for user memory");
        locks.tables.acquire();
        kernelPages.map(next + i, pfn, USER_PAGE);
        space.pending.flushNew();
      } catch (error) {
        if (pfn >= 0) buddy.free(pfn, 0);
        unmap(next, next + i);
        if (error instanceof MmuError && error.code === "NO_FRAMES") return -1;
        throw error;
      } finally {
        locks.tables.release();
      }
    }
    // One unmapped page between mappings, so that overruns fault.
    counters.add("userPages", pages + 1);
    return next;
  };

  return {
    /** Maps anonymous user memory. Argument: bytes. @returns its address or a negative error */
    kasan_guest_mmap: kernelFunction("l:l", (low, high) => {
      const pages = Math.ceil(sizeOf(low, high) / pageSize);
      const result = (error: number) => machine.cpu.resultOf(BigInt.asUintN(64, BigInt(-error)));
      if (pages === 0) return result(EINVAL);
      if (pages > machine.pages.frames) return result(ENOMEM);
      const vpn = map(pages);
      return vpn < 0 ? result(ENOMEM) : machine.cpu.resultOf(kernelPages.addressOf(vpn));
    }),
    vm_munmap: kernelFunction("ll:i", (low, high, sizeLow, sizeHigh) => {
      const from = kernelPages.pageOf(join(low, high));
      const to = from + Math.ceil(sizeOf(sizeLow, sizeHigh) / pageSize);
      if (!kernelPages.isAligned(low) || from < base || to > nextPage()) return -EINVAL;
      unmap(from, to);
      return 0;
    }),
    /**
     * Copies between kernel and user memory. Arguments: to, from, bytes. @returns the number of bytes copied before an access
     * faulted
     */
    kasan_guest_copy_user: kernelFunction("lll:l", (toLow, toHigh, fromLow, fromHigh, countLow, countHigh) => {
      const count = Math.min(sizeOf(countLow, countHigh), machine.ram.size);
      let done = 0;
      while (done < count) {
        const [from, to] = [addHalves(fromLow, fromHigh, done), addHalves(toLow, toHigh, done)];
        const bytes = Math.min(count - done, PAGE_SIZE - (from[0] & 0xfff), PAGE_SIZE - (to[0] & 0xfff));
        const source = at(from, Access.READ, bytes);
        const target = source < 0 ? -1 : at(to, Access.WRITE, bytes);
        if (target < 0) break;
        machine.ram.u8.copyWithin(target, source, source + bytes);
        done += bytes;
      }
      return machine.cpu.result(done, 0);
    }),
    /** Whether a range is in user space. Arguments: address, bytes. */
    access_ok: kernelFunction("ll:i", (low, high, sizeLow, sizeHigh) => {
      const end = join(low, high) + join(sizeLow, sizeHigh);
      return end <= machine.architecture.layout.taskSizeMax ? 1 : 0;
    }),
  };
}
