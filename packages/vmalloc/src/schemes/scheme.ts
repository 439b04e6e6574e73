/** What shadow of vmalloc space shows where no area needs it. */
export type UnusedShadow = "unmapped" | "zero" | "poison";

/** What a scheme says of itself. It must not depend on the machine that the scheme is made for. */
export interface SchemeTraits {
  /** Whether areas have shadow of their own, so that accesses to them are checked. If not, stacks cannot lie in vmalloc space. */
  readonly real: boolean;
  /** What unused shadow shows. The machine sets that up before the first area. */
  readonly unused: UnusedShadow;
}

/**
 * How vmalloc space is backed with shadow memory. A scheme is told of every change of the areas and maps, poisons and
 * frees shadow accordingly. Ranges are whole pages of memory: `vpn` up to `vpn + pages`.
 *
 * To add a scheme: implement these, take what is needed of the machine as a {@link ShadowBackend}, and run `shadowSchemeContract`
 * of `@kasan/vmalloc/contract` on it.
 *
 * Lock order, once several CPUs run: areas before page tables. A scheme is called with the areas' lock held, except
 * for `poison` and `unpoison`, which touch only shadow that their caller's own area keeps mapped. Memory order: what is
 * written into a shadow page before `map` is seen by whoever finds it mapped; a page that was unmapped is freed after the
 * flush that all CPUs have acknowledged.
 */
export interface ShadowScheme extends SchemeTraits {
  /** For people and for `--vmalloc-shadow`. */
  readonly name: string;
  /**
   * An area is about to be used. Afterwards all its shadow must be mapped, and nothing of it accessible.
   *
   * @returns false if memory is short; then nothing of this area is held, and no `release` follows
   */
  populate(vpn: number, pages: number): boolean;
  /** The first `bytes` bytes from page `vpn` on become accessible; the rest of the area stays poisoned. */
  unpoison(vpn: number, bytes: number): void;
  /** An area was freed; its addresses are not yet used again. */
  poison(vpn: number, pages: number): void;
  /**
   * An area's addresses are about to become usable again, after the TLBs were flushed. `freeVpn`, `freePages`: the
   * free range that it is now part of.
   */
  release(vpn: number, pages: number, freeVpn: number, freePages: number): void;
}

/** What schemes ask of the machine. Page numbers of shadow are ordinary virtual page numbers. */
export interface ShadowBackend {
  /** log2 of the bytes that a shadow byte describes. */
  readonly scaleShift: number;
  /** log2 of the bytes of a page, in which page numbers count; 12 by default. */
  readonly pageShift?: number;
  /** Page number of the shadow of address 0. */
  readonly shadowOffsetVpn: number;
  /** Allocates a page of RAM, with one reference. @returns its frame number, or -1 */
  allocatePage(): number;
  /** Gives back a page that {@link ShadowBackend.allocatePage} gave. */
  freePage(pfn: number): void;
  /** References of a page that {@link ShadowBackend.allocatePage} gave; 1 at first. */
  references(pfn: number): number;
  /** Sets {@link ShadowBackend.references}. */
  setReferences(pfn: number, count: number): void;
  /** The frame that a page is mapped to; -1 if nothing is, or what unused shadow shows. */
  lookup(vpn: number): number;
  /**
   * Maps a page where {@link ShadowBackend.lookup} says that nothing is. What unused shadow shows there is taken away
   * first, at every level of the tables at which it is shared: an invalid entry, a flush, the new entry.
   *
   * @returns false if a page table was needed and memory is short
   */
  map(vpn: number, pfn: number): boolean;
  /**
   * Unmaps a page; what unused shadow shows comes back after {@link ShadowBackend.flush}.
   *
   * @returns the frame that it was mapped to, which TLBs may reach until then
   */
  unmap(vpn: number): number;
  /** Flushes a range from every CPU's TLBs; then unused shadow shows there what it shows. */
  flush(vpn: number, pages: number): void;
  /** Fills the bytes `from` up to `to` of a frame. */
  fill(pfn: number, from: number, to: number, value: number): void;
}

/** Makes a scheme for a machine. */
export type MakeScheme = (backend: ShadowBackend) => ShadowScheme;
