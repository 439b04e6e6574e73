import { MmuError, PageFlags, type Tlbs } from "@kasan/mmu";
import type { Lock } from "@kasan/vmalloc";
import type { KernelPages } from "./kernel-pages.ts";

/** Whether a change of the page tables failed because memory is short. */
export const lacksTables = (error: unknown): boolean => error instanceof MmuError && error.code === "NO_FRAMES";

/**
 * Maps a page for the kernel where nothing is mapped.
 *
 * @param tables - the lock of the page tables
 * @returns false if a page table is needed and memory is short
 */
export function mapNew(
  pages: KernelPages,
  tables: Lock,
  vpn: number,
  pfn: number,
  flags: number = PageFlags.KERNEL,
): boolean {
  tables.acquire();
  try {
    pages.map(vpn, pfn, flags);
    pages.space.pending.flushNew();
    return true;
  } catch (error) {
    if (lacksTables(error)) return false;
    throw error;
  } finally {
    tables.release();
  }
}

/**
 * Unmaps a page.
 *
 * @param tables - the lock of the page tables
 * @param flushed - says who flushes the TLBs, and when
 * @returns the frame, or -1 if nothing was mapped
 */
export function unmapPage(pages: KernelPages, tables: Lock, vpn: number, flushed: string): number {
  tables.acquire();
  const pfn = pages.unmap(vpn);
  pages.space.pending.ignore(flushed);
  tables.release();
  return pfn;
}

/** The parts used to map pages for a CPU. */
export interface MapperParts {
  /** The page tables. */
  readonly kernelPages: KernelPages;
  /** The lock of the page tables. */
  readonly tables: Lock;
  /** The TLBs of all CPUs. */
  readonly tlbs: Tlbs;
  /** Number of the CPU that changes the tables. */
  readonly cpu: number;
}

/** Changes the kernel's page tables page by page, on behalf of one CPU. Pages are the kernel's. */
export class PageMapper {
  private readonly pages: KernelPages;
  private readonly tables: Lock;
  private readonly tlbs: Tlbs;
  private readonly cpu: number;

  constructor({ kernelPages, tables, tlbs, cpu }: MapperParts) {
    this.pages = kernelPages;
    this.tables = tables;
    this.tlbs = tlbs;
    this.cpu = cpu;
  }

  /** Maps a page where nothing is mapped. @returns false if a page table is needed and memory is short */
  mapNew(vpn: number, pfn: number, flags: number = PageFlags.KERNEL): boolean {
    return mapNew(this.pages, this.tables, vpn, pfn, flags);
  }

  /** Unmaps a page. `flushed`: says who flushes the TLBs, and when. @returns the frame, or -1 if nothing was mapped */
  unmap(vpn: number, flushed: string): number {
    return unmapPage(this.pages, this.tables, vpn, flushed);
  }

  /**
   * {@link PageMapper.mapNew} for addresses that only the caller uses: the tables' lock is taken only to add tables, as in the
   * kernel.
   */
  mapOwn(vpn: number, pfn: number, flags: number): boolean {
    if (!this.pages.knows(vpn)) return this.mapNew(vpn, pfn, flags);
    this.pages.map(vpn, pfn, flags);
    this.pages.space.pending.flushNew();
    return true;
  }

  /** {@link PageMapper.unmap} for addresses that only the caller uses. */
  unmapOwn(vpn: number, flushed: string): number {
    if (!this.pages.knows(vpn)) return this.unmap(vpn, flushed);
    const pfn = this.pages.unmap(vpn);
    this.pages.space.pending.ignore(flushed);
    return pfn;
  }

  /** Flushes pages from every CPU's TLBs. */
  shootDown(vpn: number, pages: number): void {
    const { units } = this.pages;
    this.tlbs.shootDown(this.cpu, vpn * units, pages * units);
  }
}
