/** The mapping of the shadow of vmalloc space where no area needs shadow. */
export type UnusedShadow = "unmapped" | "zero" | "poison";

/** Properties of a scheme. They must not depend on the machine that the scheme is created for. */
export interface SchemeTraits {
  /** Whether areas have real shadow, so that accesses to them are checked. If not, stacks cannot be in vmalloc space. */
  readonly real: boolean;
  /** The mapping of unused shadow. The machine sets it up before the first area. */
  readonly unused: UnusedShadow;
}

/**
 * How vmalloc space is backed with shadow memory. A scheme is called for every change of the areas, and maps, poisons and frees
 * shadow accordingly. Ranges are whole pages of memory: `vpn` up to `vpn + pages`.
 *
 * To add a scheme: implement this interface, access the machine through a {@link ShadowBackend}, and run `shadowSchemeContract` of
 * `@kasan/vmalloc/contract` on it.
 *
 * Lock order with several CPUs: areas before page tables. A scheme is called with the areas' lock held, except for `poison` and
 * `unpoison`, which touch only shadow that their caller's own area keeps mapped. Memory order: data written to a shadow page before
 * `map` is visible to anyone who finds it mapped; an unmapped page is freed after the flush that all CPUs have acknowledged.
 */
export interface ShadowScheme extends SchemeTraits {
  /** Name for users and for `--vmalloc-shadow`. */
  readonly name: string;
  /**
   * Called before an area is used. Afterwards all its shadow must be mapped, and all of it inaccessible.
   *
   * @returns false if memory is short; then nothing is held for this area, and no `release` follows
   */
  populate(vpn: number, pages: number): boolean;
  /** Makes the first `bytes` bytes from page `vpn` on accessible; the rest of the area stays poisoned. */
  unpoison(vpn: number, bytes: number): void;
  /** Called when an area is freed, before its addresses are reused. */
  poison(vpn: number, pages: number): void;
  /**
   * Called when an area's addresses become usable again, after the TLBs were flushed. `freeVpn`, `freePages`: the free range that
   * now contains it.
   */
  release(vpn: number, pages: number, freeVpn: number, freePages: number): void;
}

/** The machine interface for schemes. Page numbers of shadow are ordinary virtual page numbers. */
export interface ShadowBackend {
  /** log2 of the bytes that a shadow byte describes. */
  readonly scaleShift: number;
  /** log2 of the page size used for page numbers; 12 by default. */
  readonly pageShift?: number;
  /** Page number of the shadow of address 0. */
  readonly shadowOffsetVpn: number;
  /** Allocates a page of RAM, with one reference. @returns its frame number, or -1 */
  allocatePage(): number;
  /** Frees a page from {@link ShadowBackend.allocatePage}. */
  freePage(pfn: number): void;
  /** Reference count of a page from {@link ShadowBackend.allocatePage}; initially 1. */
  references(pfn: number): number;
  /** Sets {@link ShadowBackend.references}. */
  setReferences(pfn: number, count: number): void;
  /** The frame that a page is mapped to; -1 if nothing, or the unused shadow's page, is mapped. */
  lookup(vpn: number): number;
  /**
   * Maps a page where {@link ShadowBackend.lookup} returns -1. First removes the mapping of unused shadow, at every level of the
   * tables at which it is shared: an invalid entry, a flush, the new entry.
   *
   * @returns false if a page table is needed and memory is short
   */
  map(vpn: number, pfn: number): boolean;
  /**
   * Unmaps a page; the mapping of unused shadow returns after {@link ShadowBackend.flush}.
   *
   * @returns the frame that it was mapped to, which TLBs may reach until then
   */
  unmap(vpn: number): number;
  /** Flushes a range from every CPU's TLBs, then restores the mapping of unused shadow there. */
  flush(vpn: number, pages: number): void;
  /** Fills the bytes `from` up to `to` of a frame. */
  fill(pfn: number, from: number, to: number, value: number): void;
}

/** Creates a scheme for a machine. */
export type MakeScheme = (backend: ShadowBackend) => ShadowScheme;
