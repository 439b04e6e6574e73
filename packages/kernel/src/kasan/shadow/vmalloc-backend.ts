import { MmuError, PageFlags } from "@kasan/mmu";
import type { Lock, MakeScheme, ShadowBackend, ShadowScheme } from "@kasan/vmalloc";
import type { KernelPages } from "../../mm/kernel-pages.ts";
import type { UnusedShadow } from "./unused.ts";

/** Whether a change of the tables failed for want of memory. */
export const lacksTables = (error: unknown): boolean => error instanceof MmuError && error.code === "NO_FRAMES";

/**
 * Maps a page for the kernel where nothing was mapped.
 *
 * @param tables - the lock of the page tables
 * @returns false if a page table was needed and memory is short
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
 * @param flushed - who flushes the TLBs, and when
 * @returns the frame, or -1 if nothing was mapped
 */
export function unmapPage(pages: KernelPages, tables: Lock, vpn: number, flushed: string): number {
  tables.acquire();
  const pfn = pages.unmap(vpn);
  pages.space.pending.ignore(flushed);
  tables.release();
  return pfn;
}

/** What the shadow of vmalloc space needs of a machine, besides {@link ShadowBackend}'s own functions. */
export interface ShadowParts
  extends Pick<
    ShadowBackend,
    "scaleShift" | "shadowOffsetVpn" | "allocatePage" | "freePage" | "references" | "setReferences" | "fill"
  > {
  /** The page tables. */
  readonly kernelPages: KernelPages;
  /** Their lock. */
  readonly tables: Lock;
  /** Flushes a range from every CPU's TLBs. */
  shootDown(vpn: number, pages: number): void;
  /** What a scheme asks for that shows something where shadow is unused. */
  unused(shows: "zero" | "poison"): UnusedShadow;
}

/** A backend that is completed after the scheme, which says what it needs, was made. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Makes a scheme over the page tables of a machine. */
export function schemeOverTables(parts: ShadowParts, make: MakeScheme): ShadowScheme {
  const { kernelPages, tables } = parts;
  const backend: Mutable<ShadowBackend> = {
    scaleShift: parts.scaleShift,
    pageShift: kernelPages.shift,
    shadowOffsetVpn: parts.shadowOffsetVpn,
    allocatePage: parts.allocatePage,
    freePage: parts.freePage,
    references: parts.references,
    setReferences: parts.setReferences,
    fill: parts.fill,
    lookup: (vpn) => kernelPages.lookup(vpn),
    map: (vpn, pfn) => mapNew(kernelPages, tables, vpn, pfn),
    unmap: (vpn) => unmapPage(kernelPages, tables, vpn, "the scheme flushes the range"),
    flush: parts.shootDown,
  };
  const scheme = make(backend);
  if (scheme.unused === "unmapped") return scheme;
  const unused = parts.unused(scheme.unused);
  backend.lookup = (vpn) => unused.lookup(vpn);
  backend.map = (vpn, pfn) => unused.map(vpn, pfn);
  backend.unmap = (vpn) => unused.unmap(vpn);
  backend.flush = (vpn, pages) => {
    parts.shootDown(vpn, pages);
    unused.restore(vpn, pages);
  };
  return scheme;
}
