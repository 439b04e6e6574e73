import type { Lock, MakeScheme, ShadowBackend, ShadowScheme } from "@kasan/vmalloc";
import type { KernelPages } from "../../mm/kernel-pages.ts";
import { mapNew, unmapPage } from "../../mm/page-mapper.ts";
import type { UnusedShadow } from "./unused.ts";

/** What the shadow of vmalloc space needs from a machine, besides {@link ShadowBackend}'s own functions. */
export interface ShadowParts
  extends Pick<
    ShadowBackend,
    "scaleShift" | "shadowOffsetVpn" | "allocatePage" | "freePage" | "references" | "setReferences" | "fill"
  > {
  /** The page tables. */
  readonly kernelPages: KernelPages;
  /** The lock of the page tables. */
  readonly tables: Lock;
  /** Flushes a range from every CPU's TLBs. */
  shootDown(vpn: number, pages: number): void;
  /** Returns the implementation for a scheme that maps a shared page where shadow is unused. */
  unused(shows: "zero" | "poison"): UnusedShadow;
}

/** Writable, because the backend is completed only after the scheme, which says what it needs, is created. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Creates a scheme over a machine's page tables. */
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
