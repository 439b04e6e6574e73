import { Access, MmuError, PageFlags, TlbKind } from "@kasan/mmu";
import { PAGE_SIZE, vpnFromHalves } from "@kasan/shadow";
import type { KernelFunctions } from "../guest-interface.ts";
import { join, sizeOf } from "../guest-memory.ts";
import type { Machine } from "../machine.ts";
import { Gfp } from "../pages/gfp.ts";

/** Errors as C sees them (include/uapi/asm-generic/errno-base.h). */
const ENOMEM = 12;
const EINVAL = 22;
/** First page that anonymous mappings get: below what x86 gives the first one of a process. */
const MMAP_BASE = 0x7f0000000;

const USER_PAGE = PageFlags.KERNEL | PageFlags.USER;

/**
 * User space, such as it is: anonymous memory, mapped at once, of one process (include/linux/mm.h). Copies to and from
 * it are C (packages/guest/lib/usercopy.c).
 */
export function userFunctions(machine: Machine): KernelFunctions {
  const { space, buddy, mmu, guestMemory } = machine;
  let next = MMAP_BASE;

  const unmap = (from: number, to: number): void => {
    for (let vpn = from; vpn < to; vpn++) {
      const pfn = space.unmapPage(vpn);
      space.pending.flushAll();
      if (pfn >= 0) buddy.free(pfn, 0);
    }
  };

  const map = (pages: number): number => {
    for (let i = 0; i < pages; i++) {
      const pfn = buddy.allocate(0, Gfp.KERNEL | Gfp.ZERO);
      try {
        if (pfn < 0) throw new MmuError("NO_FRAMES", "no page for user memory");
        space.mapPage(next + i, pfn, USER_PAGE);
      } catch (error) {
        if (pfn >= 0) buddy.free(pfn, 0);
        unmap(next, next + i);
        if (error instanceof MmuError && error.code === "NO_FRAMES") return -1;
        throw error;
      }
      space.pending.ignore("nothing was mapped there, and x86 and arm64 do not cache that");
    }
    const start = next;
    // A page between mappings, so that running past one faults.
    next += pages + 1;
    return start;
  };

  /**
   * Calls `piece` for the bytes on each page of user memory, accessed as user space would: so the kernel is not kept from
   * it where it is kept from what it accesses by mistake. @returns how many bytes there were before an access faulted
   */
  const onUserPages = (
    vpn: number,
    offset: number,
    count: number,
    access: Access,
    piece: (physical: number, done: number, bytes: number) => void,
  ): number => {
    let done = 0;
    while (done < count) {
      const page = mmu.translate(vpn++, access | Access.USER, TlbKind.DATA, offset);
      if (page < 0) break;
      const bytes = Math.min(count - done, PAGE_SIZE - offset);
      piece(page + offset, done, bytes);
      done += bytes;
      offset = 0;
    }
    return done;
  };

  const read = (low: number, high: number, bytes: Uint8Array): number => {
    const { u8 } = machine.ram;
    if (high < 0) {
      bytes.set(guestMemory.read(join(low, high), bytes.length));
      return bytes.length;
    }
    return onUserPages(vpnFromHalves(low, high), low & 0xfff, bytes.length, Access.READ, (physical, done, count) =>
      bytes.set(u8.subarray(physical, physical + count), done),
    );
  };

  const write = (low: number, high: number, bytes: Uint8Array): number => {
    const { u8 } = machine.ram;
    if (high < 0) {
      guestMemory.write(join(low, high), bytes);
      return bytes.length;
    }
    return onUserPages(vpnFromHalves(low, high), low & 0xfff, bytes.length, Access.WRITE, (physical, done, count) =>
      u8.set(bytes.subarray(done, done + count), physical),
    );
  };

  return {
    /** Maps anonymous user memory: bytes. @returns its address or a negative error */
    kasan_guest_mmap: {
      signature: "l:l",
      call: (low, high) => {
        const pages = Math.ceil(sizeOf(low, high) / PAGE_SIZE);
        const result = (error: number) => machine.cpu.resultOf(BigInt.asUintN(64, BigInt(-error)));
        if (pages === 0) return result(EINVAL);
        if (pages > machine.pages.frames) return result(ENOMEM);
        const vpn = map(pages);
        return vpn < 0 ? result(ENOMEM) : machine.cpu.resultOf(BigInt(vpn) << 12n);
      },
    },
    vm_munmap: {
      signature: "ll:i",
      call: (low, high, sizeLow, sizeHigh) => {
        const from = vpnFromHalves(low, high);
        const to = from + Math.ceil(sizeOf(sizeLow, sizeHigh) / PAGE_SIZE);
        if ((low & 0xfff) !== 0 || from < MMAP_BASE || to > next) return -EINVAL;
        unmap(from, to);
        return 0;
      },
    },
    /** Copies between kernel and user memory: to, from, bytes. @returns how many it did before an access faulted */
    kasan_guest_copy_user: {
      signature: "lll:l",
      call: (toLow, toHigh, fromLow, fromHigh, countLow, countHigh) => {
        const count = Math.min(sizeOf(countLow, countHigh), machine.ram.size);
        const bytes = new Uint8Array(count);
        const written = write(toLow, toHigh, bytes.subarray(0, read(fromLow, fromHigh, bytes)));
        return machine.cpu.result(written, 0);
      },
    },
    /** Whether addresses are of user space: address, bytes. */
    access_ok: {
      signature: "ll:i",
      call: (low, high, sizeLow, sizeHigh) => {
        const end = join(low, high) + join(sizeLow, sizeHigh);
        return end <= machine.architecture.layout.taskSizeMax ? 1 : 0;
      },
    },
  };
}
