/**
 * How vmalloc space is backed with shadow memory. A scheme is told of every change of the areas and maps, poisons and
 * frees shadow accordingly. Ranges are whole pages of memory: `vpn` up to `vpn + pages`.
 *
 * To add a scheme: implement these, take what is needed of the machine as a {@link ShadowBackend}, and run the contract
 * suite `test/shadow-scheme-contract.ts` on it.
 *
 * Lock order, once several CPUs run: areas before page tables. A scheme is called with the areas' lock held, except
 * for `poison` and `unpoison`, which touch only shadow that their caller's own area keeps mapped.
 */
export interface ShadowScheme {
  /** For people and for `--vmalloc-shadow`. */
  readonly name: string;
  /**
   * An area is about to be used. Afterwards all its shadow must be mapped, and nothing of it accessible.
   *
   * @returns false if memory is short; what was mapped then stays for the `release` that follows
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
  /** Page number of the shadow of address 0. */
  readonly shadowOffsetVpn: number;
  /** Allocates a page of RAM. @returns its frame number, or -1 */
  allocatePage(): number;
  /** Gives back a page that {@link ShadowBackend.allocatePage} gave. */
  freePage(pfn: number): void;
  /** The frame that a page is mapped to, or -1. */
  lookup(vpn: number): number;
  /** Maps a page where nothing was mapped. @returns false if a page table was needed and memory is short */
  map(vpn: number, pfn: number): boolean;
  /** Unmaps a page. @returns the frame that it was mapped to. The TLBs are flushed by {@link ShadowBackend.flush}. */
  unmap(vpn: number): number;
  /** Flushes a range from every CPU's TLBs. */
  flush(vpn: number, pages: number): void;
  /** Fills the bytes `from` up to `to` of a frame. */
  fill(pfn: number, from: number, to: number, value: number): void;
}
