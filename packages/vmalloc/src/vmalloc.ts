import { PAGE_SHIFT } from "@kasan/shadow";
import { type Area, type AreaAllocator, AreaFlag } from "./areas.ts";
import { BLOCK_PAGES, type Dirty, MOST_BLOCK_MAP } from "./blocks.ts";
import type { ShadowScheme } from "./schemes/scheme.ts";

/** The machine interface for vmalloc. */
export interface VmallocBackend {
  /** Allocates a page of RAM. @returns its frame number, or -1 */
  allocatePage(gfp: number): number;
  /** Drops the reference to a page that vmalloc allocated. */
  freePage(pfn: number): void;
  /**
   * Maps a page where nothing is mapped, writable, not executable. `own`: vmalloc owns the page. @returns false if memory is short
   */
  map(vpn: number, pfn: number, own: boolean): boolean;
  /** Unmaps a page; TLBs may hold it until the purge. @returns the frame, or -1 if nothing was mapped */
  unmap(vpn: number): number;
  /** Flushes a range from every CPU's TLBs. */
  flush(vpn: number, pages: number): void;
}

/** A lock that keeps other CPUs out. A CPU may take it again while it holds it. */
export interface Lock {
  /** Waits until the lock is free and takes it. */
  acquire(): void;
  /** Releases the lock. */
  release(): void;
}

const NO_LOCK: Lock = { acquire() {}, release() {} };

/** A request for an area. */
export interface VmallocRequest {
  /** Number of bytes to be accessible; rounded up to pages for the mapping. */
  readonly size: number;
  /** Alignment of the address in bytes; a power of two, at least a page. */
  readonly align?: number;
  /** Allocation flags for the pages. */
  readonly gfp: number;
  /** Call-stack word of the caller. */
  readonly caller: number;
}

/** Counts of a {@link Vmalloc}. */
export interface VmallocCounts {
  /** Areas in use. */
  readonly areas: number;
  /** Number of pages, including guard pages, of freed areas that wait for the purge. */
  readonly lazyPages: number;
}

/**
 * Number of lazily freed pages of 2^`pageShift` bytes that triggers a purge: 32 MB for each bit of the CPU count (lazy_max_pages of
 * mm/vmalloc.c).
 */
export function lazyMaxPages(cpus: number, pageShift: number = PAGE_SHIFT): number {
  return (32 - Math.clz32(cpus)) * ((32 * 1024 * 1024) / 2 ** pageShift);
}

/** Number of unmapped pages behind an area's own. */
const guardPages = (flags: number): number => (flags & AreaFlag.RAM ? 0 : 1);

/**
 * vmalloc: areas of consecutive addresses over single pages, each followed by an unmapped guard page. Freeing an area unmaps it at
 * once and frees its pages; its addresses wait for the next purge.
 *
 * Concurrency: the lock protects areas, blocks of vm_map_ram, and the shadow scheme's `populate` and `release`. The pages of an
 * area or of a mapping in a block, their mappings, and their shadow belong to the owner alone.
 */
export class Vmalloc {
  /** The part of the address space to allocate from. */
  protected readonly areas: AreaAllocator;
  /** The machine. */
  protected readonly backend: VmallocBackend;
  /** Undefined in a machine without KASAN. */
  protected readonly shadow: ShadowScheme | undefined;
  /** Protects the areas. */
  protected readonly lock: Lock;
  private readonly lazyMax: number;
  /** Page size in bytes. */
  private readonly pageSize: number;

  /**
   * @param areas - the part of the address space to allocate from
   * @param backend - the machine
   * @param shadow - undefined in a machine without KASAN
   * @param cpus - number of CPUs of the machine, for {@link lazyMaxPages}
   * @param lock - protects the areas, and all areas that share a `RangePool`. None by default, for a single CPU
   * @param nodes - number of nodes that {@link lazyMaxPages} is divided among
   * @param pageShift - log2 of the page size used for page numbers; 12 by default
   */
  constructor(
    areas: AreaAllocator,
    backend: VmallocBackend,
    shadow: ShadowScheme | undefined,
    cpus: number,
    lock: Lock = NO_LOCK,
    nodes = 1,
    pageShift: number = PAGE_SHIFT,
  ) {
    this.pageSize = 2 ** pageShift;
    this.lock = lock;
    this.areas = areas;
    this.backend = backend;
    this.shadow = shadow;
    this.lazyMax = Math.floor(lazyMaxPages(cpus, pageShift) / nodes);
  }

  /** Allocates addresses for `pages` pages and the guard page, with shadow. @returns the first page number, or -1 */
  private allocateArea(pages: number, align: number, flags: number, caller: number): number {
    this.lock.acquire();
    const vpn = this.takeArea(pages, align, flags, caller);
    this.lock.release();
    return vpn;
  }

  /** Allocates an area without memory, under the lock. Returns its first page, or -1. */
  protected takeArea(pages: number, align: number, flags: number, caller: number): number {
    const backed = flags & AreaFlag.ALLOC ? pages : 0;
    const all = pages + guardPages(flags);
    const alignPages = Math.max(1, align / this.pageSize);
    let vpn = this.areas.allocate(all, alignPages, flags, caller, backed);
    if (vpn < 0) {
      this.reclaim();
      vpn = this.areas.allocate(all, alignPages, flags, caller, backed);
      if (vpn < 0) return -1;
    }
    if (this.shadow && !this.shadow.populate(vpn, all)) {
      this.areas.cancel(vpn);
      return -1;
    }
    return vpn;
  }

  /**
   * vmalloc: allocates an area with its own pages. `size` bytes of them are accessible.
   *
   * @returns the first page number, or -1 if memory or addresses are short, or `size` is 0; nothing is held then
   */
  allocate(request: VmallocRequest): number {
    const pages = Math.ceil(request.size / this.pageSize);
    if (pages === 0) return -1;
    const vpn = this.allocateArea(pages, request.align ?? this.pageSize, AreaFlag.ALLOC, request.caller);
    return vpn < 0 ? -1 : this.back(vpn, pages, request);
  }

  /**
   * Allocates an area like {@link Vmalloc.allocate}, at an address chosen by the caller.
   *
   * @returns whether it succeeded; if not, nothing is held
   */
  allocateAt(vpn: number, request: VmallocRequest): boolean {
    const pages = Math.ceil(request.size / this.pageSize);
    this.lock.acquire();
    let taken = this.areas.allocateAt(vpn, pages + 1, request.caller, pages);
    if (taken && this.shadow && !this.shadow.populate(vpn, pages + 1)) {
      this.areas.cancel(vpn);
      taken = false;
    }
    this.lock.release();
    return taken && this.back(vpn, pages, request) >= 0;
  }

  /** Allocates an area's pages. @returns its first page number, or -1 if memory is short; the area is free then */
  private back(vpn: number, pages: number, request: VmallocRequest): number {
    for (let i = 0; i < pages; i++) {
      const pfn = this.backend.allocatePage(request.gfp);
      if (pfn < 0 || !this.backend.map(vpn + i, pfn, true)) {
        if (pfn >= 0) this.backend.freePage(pfn);
        this.free(vpn);
        return -1;
      }
    }
    this.shadow?.unpoison(vpn, request.size);
    return vpn;
  }

  /**
   * vmap: maps pages owned by the caller as an area.
   *
   * @param frames - frame numbers, in order
   * @param caller - call-stack word of the caller
   * @returns the first page number, or -1 if memory or addresses are short, or there are no frames
   */
  map(frames: readonly number[], caller: number): number {
    if (frames.length === 0) return -1;
    const vpn = this.allocateArea(frames.length, this.pageSize, AreaFlag.MAP, caller);
    return this.show(frames, vpn, () => this.free(vpn));
  }

  /**
   * vm_map_ram: maps pages owned by the caller contiguously, without a guard page; up to {@link MOST_BLOCK_MAP} in a block.
   *
   * @param frames - frame numbers, in order
   * @returns the first page number, or -1 if memory or addresses are short, or there are no frames
   */
  mapRam(frames: readonly number[]): number {
    const pages = frames.length;
    if (pages === 0) return -1;
    const vpn =
      pages > MOST_BLOCK_MAP ? this.allocateArea(pages, this.pageSize, AreaFlag.RAM, 0) : this.takeOfBlock(pages);
    return this.show(frames, vpn, () => this.unmapRam(vpn, pages));
  }

  /** Maps frames from `vpn` on, unless that is -1, and makes them accessible. @returns `vpn`, or -1 after calling `undo` */
  private show(frames: readonly number[], vpn: number, undo: () => void): number {
    if (vpn < 0) return -1;
    for (let i = 0; i < frames.length; i++) {
      if (this.backend.map(vpn + i, frames[i], false)) continue;
      undo();
      return -1;
    }
    this.shadow?.unpoison(vpn, frames.length * this.pageSize);
    return vpn;
  }

  /** Takes addresses from a block, creating a new one if necessary. @returns the first page number, or -1 */
  private takeOfBlock(pages: number): number {
    const { areas, lock } = this;
    const { blocks } = areas;
    lock.acquire();
    let vpn = blocks.take(pages);
    if (vpn < 0 && this.makeBlock()) vpn = blocks.take(pages);
    lock.release();
    return vpn;
  }

  /** Creates a new block, under the lock. @returns false if memory or addresses are short */
  private makeBlock(): boolean {
    const { blocks } = this.areas;
    const block = blocks.reserve();
    if (block === 0) return false;
    const vpn = this.takeArea(BLOCK_PAGES, BLOCK_PAGES * this.pageSize, AreaFlag.RAM | AreaFlag.BLOCK, 0);
    if (vpn < 0) blocks.cancel(block);
    else blocks.add(block, vpn);
    return vpn >= 0;
  }

  /**
   * vm_unmap_ram: unmaps and poisons a mapping from {@link Vmalloc.mapRam}; its addresses wait for the purge.
   *
   * @returns false if there cannot be such a mapping of so many pages
   */
  unmapRam(vpn: number, pages: number): boolean {
    const { areas, lock } = this;
    if (pages > MOST_BLOCK_MAP) return this.free(vpn);
    lock.acquire();
    const holds = areas.blocks.holds(vpn, pages);
    lock.release();
    if (!holds) return false;
    this.hide(vpn, pages, false);
    lock.acquire();
    const block = areas.blocks.giveBack(vpn, pages);
    if (block >= 0) this.freeBlocks([block]);
    if (areas.lazyPages > this.lazyMax) this.purge();
    lock.release();
    return true;
  }

  /** Makes the areas of abandoned blocks wait for the purge, under the lock. */
  private freeBlocks(vpns: readonly number[]): void {
    for (const vpn of vpns) this.areas.defer(this.areas.unlink(vpn, true));
  }

  /** Poisons and unmaps pages; frees them if vmalloc owns them. */
  private hide(vpn: number, pages: number, own: boolean): void {
    const { backend } = this;
    this.shadow?.poison(vpn, pages);
    for (let i = 0; i < pages; i++) {
      const pfn = backend.unmap(vpn + i);
      if (own && pfn >= 0) backend.freePage(pfn);
    }
  }

  /**
   * Frees the area that starts at a page: vfree of an allocated area, or vunmap of a mapped one, whose pages stay with their owner.
   *
   * @returns false if no area starts there
   */
  free(vpn: number): boolean {
    const { areas, lock } = this;
    lock.acquire();
    const area = areas.unlink(vpn);
    lock.release();
    if (area === 0) return false;
    const flags = areas.flagsOf(area);
    this.hide(vpn, areas.pagesOf(area) - guardPages(flags), (flags & AreaFlag.ALLOC) !== 0);
    lock.acquire();
    areas.defer(area);
    if (areas.lazyPages > this.lazyMax) this.purge();
    lock.release();
    return true;
  }

  /** Makes freed addresses usable again: one flush for all of them, then unused shadow is freed. */
  purge(): void {
    this.purgeWith(undefined);
  }

  /**
   * vm_unmap_aliases: a purge that also flushes pages unmapped in blocks, and gives up blocks that are nearly used up. Afterwards
   * no TLB holds an unmapped page.
   */
  unmapAliases(): void {
    const { areas, lock } = this;
    lock.acquire();
    this.freeBlocks(areas.blocks.giveUpUnused(false));
    this.purgeWith(areas.blocks.flushed());
    lock.release();
  }

  /** Called under the lock when addresses are short: a purge that gives up all blocks in which nothing is mapped. */
  private reclaim(): void {
    this.freeBlocks(this.areas.blocks.giveUpUnused(true));
    this.purge();
  }

  /** {@link Vmalloc.purge}, with one flush that includes dirty pages of blocks. */
  private purgeWith(dirty: Dirty | undefined): void {
    this.lock.acquire();
    const { backend, shadow } = this;
    const purged = this.areas.purge(
      (vpn, pages) => {
        const start = Math.min(vpn, dirty?.start ?? vpn);
        backend.flush(start, Math.max(vpn + pages, dirty?.end ?? 0) - start);
      },
      (vpn, pages, freeVpn, freePages) => shadow?.release(vpn, pages, freeVpn, freePages),
    );
    if (purged === 0 && dirty !== undefined) backend.flush(dirty.start, dirty.end - dirty.start);
    this.lock.release();
  }

  /** Whether {@link Vmalloc.allocateAt} would find room there for an area of `size` bytes. */
  isFree(vpn: number, size: number): boolean {
    this.lock.acquire();
    const free = this.areas.isFree(vpn, Math.ceil(size / this.pageSize) + 1);
    this.lock.release();
    return free;
  }

  /** The area that contains a page. */
  find(vpn: number): Area | undefined {
    this.lock.acquire();
    const area = this.areas.find(vpn);
    this.lock.release();
    return area;
  }

  /** All areas in use, in ascending order. */
  list(): Iterable<Area> {
    return this.areas.areas();
  }

  /** Areas that were freed and wait for the purge, newest first. */
  unpurged(): Iterable<Area> {
    return this.areas.waiting();
  }

  /** Counts of areas in use and pages waiting for the purge. */
  get counts(): VmallocCounts {
    return { areas: this.areas.count, lazyPages: this.areas.lazyPages };
  }
}
