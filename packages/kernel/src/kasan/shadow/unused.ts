import { type AddressSpace, PageFlags } from "@kasan/mmu";
import type { Lock } from "@kasan/vmalloc";
import { KernelPages } from "../../mm/kernel-pages.ts";
import { lacksTables } from "../../mm/page-mapper.ts";

/** A page mapped in many places, through tables that are shared at each level. */
export interface SharedShadow {
  /** Physical address of the page. */
  readonly page: number;
  /** Physical address of the shared table of a level, 1 or more. */
  tableOf(level: number): number;
}

/**
 * Shadow of vmalloc space in which one shared page is mapped wherever no area needs its own. Replacing the shared page goes through
 * an invalid entry (break-before-make) at every level at which tables are shared. Each step changes one entry and then does the
 * required flush.
 */
export class UnusedShadow {
  /** The page tables. */
  protected readonly space: AddressSpace;
  /** The page tables, in units of the kernel's pages. */
  protected readonly pages: KernelPages;
  private readonly shared: SharedShadow;
  /** Allocates a page for a table. Returns its physical address, or -1 if memory is short. */
  private readonly allocateTable: () => number;
  private readonly lock: Lock;
  /** Pages that are unmapped until the flush that follows in the same call. */
  private readonly broken = new Set<number>();

  /**
   * @param shared - the page and the tables that map it; they cover all pages passed to this object
   * @param lock - the lock of the page tables
   */
  constructor(space: AddressSpace, shared: SharedShadow, allocateTable: () => number, lock: Lock) {
    this.space = space;
    this.pages = new KernelPages(space);
    this.lock = lock;
    this.shared = shared;
    this.allocateTable = allocateTable;
  }

  /** The frame that a page has of its own; -1 if it maps the shared page, or nothing. */
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
    this.broken.delete(vpn);
    this.replaceShared(vpn, pfn);
    return true;
  }

  /** Replaces the shared page by a page's own frame, in a table that is not shared. */
  protected replaceShared(vpn: number, pfn: number): void {
    const { space, pages } = this;
    const last = space.architecture.levels.length - 1;
    if (space.clearEntry(last, vpn * pages.units) >= 0) space.pending.flushAll();
    pages.map(vpn, pfn);
    space.pending.flushNew();
  }

  /** If page `vpn`'s entry at `level` points to a shared table, replaces it by a copy. */
  private unshareTable(level: number, vpn: number): boolean {
    const { space, shared } = this;
    const { size, units } = this.pages;
    const below = space.walk(vpn * units).path[level + 1];
    const table = below - (below % size);
    if (table !== shared.tableOf(level + 1)) return true;
    const own = this.allocateTable();
    if (own < 0) return false;
    space.memory.copyTable(own, table, size);
    space.clearEntry(level, vpn * units);
    space.pending.flushAll();
    space.setTable(level, vpn * units, own);
    space.pending.flushNew();
    return true;
  }

  /** Removes a page's own frame. Nothing is mapped there until {@link UnusedShadow.restore}. */
  unmap(vpn: number): number {
    this.lock.acquire();
    const pfn = this.pages.unmap(vpn);
    this.space.pending.ignore("the scheme flushes the range");
    this.broken.add(vpn);
    this.lock.release();
    return pfn;
  }

  /** Maps the shared page again, after these pages were flushed. */
  restore(vpn: number, pages: number): void {
    this.lock.acquire();
    for (const page of this.broken) {
      if (page < vpn || page >= vpn + pages) continue;
      this.broken.delete(page);
      this.pages.map(page, this.shared.page / this.pages.size, PageFlags.KERNEL_RO);
      this.space.pending.flushNew();
    }
    this.lock.release();
  }
}
