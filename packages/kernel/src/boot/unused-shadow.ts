import { type AddressSpace, MmuError, PageFlags } from "@kasan/mmu";
import type { SpinLock } from "../lock.ts";
import { KernelPages } from "../pages/kernel-pages.ts";
import type { EarlyShadow } from "./shadow.ts";

/**
 * Shadow of vmalloc space that shows one shared page wherever no area needs its own. A page of its own takes the shared
 * one's place through an invalid entry (break-before-make), at every level at which the tables are shared: each step is one
 * change of one entry, followed by the flush that it needs.
 */
export class UnusedShadow {
  private readonly space: AddressSpace;
  private readonly pages: KernelPages;
  private readonly shared: EarlyShadow;
  /** A page for a table of its own: its physical address, -1 if memory is short. */
  private readonly allocateTable: () => number;
  private readonly lock: SpinLock;
  /** Pages that were unmapped and show nothing until the flush, which the same call makes. */
  private readonly broken = new Set<number>();

  /**
   * @param shared - the page, and the tables that show it, which cover the pages that this is asked about
   * @param lock - of the page tables
   */
  constructor(space: AddressSpace, shared: EarlyShadow, allocateTable: () => number, lock: SpinLock) {
    this.space = space;
    this.pages = new KernelPages(space);
    this.lock = lock;
    this.shared = shared;
    this.allocateTable = allocateTable;
  }

  /** The frame that a page has of its own; -1 if it shows the shared one, or nothing. */
  lookup(vpn: number): number {
    const pfn = this.pages.lookup(vpn);
    return pfn === this.shared.page / this.pages.size ? -1 : pfn;
  }

  /** Gives a page a frame of its own. @returns false if a table was needed and memory is short */
  map(vpn: number, pfn: number): boolean {
    this.lock.acquire();
    try {
      return this.makeOwn(vpn, pfn);
    } catch (error) {
      if (lacksTables(error)) return false;
      throw error;
    } finally {
      this.lock.release();
    }
  }

  private makeOwn(vpn: number, pfn: number): boolean {
    const { space } = this;
    const last = space.architecture.levels.length - 1;
    for (let level = 0; level < last; level++) if (!this.unshareTable(level, vpn)) return false;
    if (space.clearEntry(last, vpn * this.pages.units) >= 0) space.pending.flushAll();
    this.broken.delete(vpn);
    this.pages.map(vpn, pfn);
    space.pending.ignore("the entry was invalid, and flushed");
    return true;
  }

  /** If page `vpn`'s entry at `level` leads to a shared table, it leads to a copy afterwards. */
  private unshareTable(level: number, vpn: number): boolean {
    const { space, shared } = this;
    const { size, units } = this.pages;
    const below = space.walk(vpn * units).path[level + 1];
    const table = below - (below % size);
    if (table !== shared.tableOf(level + 1)) return true;
    const own = this.allocateTable();
    if (own < 0) return false;
    space.memory.u8.copyWithin(own, table, table + size);
    space.clearEntry(level, vpn * units);
    space.pending.flushAll();
    space.setTable(level, vpn * units, own);
    space.pending.ignore("the entry was invalid, and flushed");
    return true;
  }

  /** Takes a page's own frame away; it shows nothing until {@link UnusedShadow.restore}. */
  unmap(vpn: number): number {
    this.lock.acquire();
    const pfn = this.pages.unmap(vpn);
    this.space.pending.ignore("the scheme flushes the range");
    this.broken.add(vpn);
    this.lock.release();
    return pfn;
  }

  /** After the flush of these pages, they show the shared one again. */
  restore(vpn: number, pages: number): void {
    this.lock.acquire();
    for (const page of this.broken) {
      if (page < vpn || page >= vpn + pages) continue;
      this.broken.delete(page);
      this.pages.map(page, this.shared.page / this.pages.size, PageFlags.KERNEL_RO);
      this.space.pending.ignore("the entry was invalid, and flushed");
    }
    this.lock.release();
  }
}

/** Whether a change of the tables failed for want of memory. */
export const lacksTables = (error: unknown): boolean => error instanceof MmuError && error.code === "NO_FRAMES";
