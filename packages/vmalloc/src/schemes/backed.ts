import { KASAN_VMALLOC_INVALID, PAGE_SHIFT, unpoisonIn } from "@kasan/shadow";
import type { ShadowBackend, ShadowScheme, UnusedShadow } from "./scheme.ts";

/**
 * Base of all schemes with real shadow. A shadow page, which covers eight pages of memory, is mapped when an area first needs it.
 * It is poisoned before it becomes visible and shared by all areas it covers. The schemes differ in when it is freed.
 */
export abstract class BackedShadow implements ShadowScheme {
  abstract readonly name: string;
  readonly real = true;
  readonly unused: UnusedShadow = "unmapped";
  /** The machine that owns the shadow. */
  protected readonly backend: ShadowBackend;
  /** Pages of memory covered by a shadow page. */
  protected readonly perPage: number;
  /** Page size in bytes. */
  private readonly pageSize: number;
  /** Number of pages after which addresses wrap around. */
  private readonly pageNumbers: number;

  /** @param backend - the machine that owns the shadow */
  constructor(backend: ShadowBackend) {
    this.backend = backend;
    this.perPage = 1 << backend.scaleShift;
    const { pageShift = PAGE_SHIFT } = backend;
    this.pageSize = 2 ** pageShift;
    this.pageNumbers = 2 ** (64 - pageShift);
  }

  /** The shadow page of a page of memory. */
  protected shadowVpn(vpn: number): number {
    const shadow = Math.floor(vpn / this.perPage) + this.backend.shadowOffsetVpn;
    return shadow < this.pageNumbers ? shadow : shadow - this.pageNumbers;
  }

  populate(vpn: number, pages: number): boolean {
    const first = this.shadowVpn(vpn);
    const last = this.shadowVpn(vpn + pages - 1);
    let added: number[] | undefined;
    for (let shadow = first; shadow <= last; shadow++) {
      const pfn = this.backend.lookup(shadow);
      if (pfn >= 0) this.join(pfn);
      else if (this.mapNew(shadow)) {
        added ??= [];
        added.push(shadow);
      } else {
        this.undo(first, shadow, added ?? []);
        return false;
      }
    }
    return true;
  }

  /** Called when another area uses a mapped shadow page. */
  protected join(_pfn: number): void {}

  /** Called when an area that {@link BackedShadow.join}ed a page cannot be created. */
  protected leave(_pfn: number): void {}

  /** Maps a shadow page where there is none. @returns false if memory is short */
  protected mapNew(shadow: number): boolean {
    const { backend } = this;
    const pfn = backend.allocatePage();
    if (pfn < 0) return false;
    // Fill before mapping: anyone who finds the page mapped finds it poisoned.
    backend.fill(pfn, 0, this.pageSize, KASAN_VMALLOC_INVALID);
    if (backend.map(shadow, pfn)) return true;
    backend.freePage(pfn);
    return false;
  }

  private undo(first: number, end: number, added: readonly number[]): void {
    for (let shadow = first; shadow < end; shadow++) {
      if (!added.includes(shadow)) this.leave(this.backend.lookup(shadow));
    }
    this.free(added);
  }

  unpoison(vpn: number, bytes: number): void {
    // A shadow page covers as many pages as each of its bytes covers bytes.
    const granule = this.perPage;
    unpoisonIn({ fill: (index, granules, value) => this.fill(vpn, index, index + granules, value) }, 0, bytes, granule);
  }

  poison(vpn: number, pages: number): void {
    this.fill(vpn, 0, (pages * this.pageSize) / this.perPage, KASAN_VMALLOC_INVALID);
  }

  /** Fills shadow bytes `from` up to `to`, counted from the shadow of page `vpn`. */
  private fill(vpn: number, from: number, to: number, value: number): void {
    const { backend } = this;
    // `&` is exact for the low bits of any page number and much cheaper than `%`.
    const base = (vpn & (this.perPage - 1)) * (this.pageSize / this.perPage);
    for (let at = base + from; at < base + to; ) {
      const page = Math.floor(at / this.pageSize);
      const end = Math.min(base + to, (page + 1) * this.pageSize);
      const pfn = backend.lookup(this.shadowVpn(vpn) + page);
      if (pfn >= 0) backend.fill(pfn, at - page * this.pageSize, end - page * this.pageSize, value);
      at = end;
    }
  }

  abstract release(vpn: number, pages: number, freeVpn: number, freePages: number): void;

  /** Frees the shadow pages that the area `vpn`, `pages` touches and that lie wholly under the range `freeVpn`, `freePages`. */
  protected freeUnder(vpn: number, pages: number, freeVpn: number, freePages: number): void {
    const { perPage } = this;
    const first = Math.max(Math.floor(vpn / perPage), Math.ceil(freeVpn / perPage));
    const end = Math.min(Math.ceil((vpn + pages) / perPage), Math.floor((freeVpn + freePages) / perPage));
    const mapped: number[] = [];
    for (let group = first; group < end; group++) {
      const shadow = this.shadowVpn(group * perPage);
      if (this.backend.lookup(shadow) >= 0) mapped.push(shadow);
    }
    this.free(mapped);
  }

  /** Unmaps and frees shadow pages given in ascending order. */
  protected free(shadows: readonly number[]): void {
    const { backend } = this;
    if (shadows.length === 0) return;
    const frames = shadows.map((shadow) => backend.unmap(shadow));
    // A page may be reused only when no TLB can reach it any more.
    backend.flush(shadows[0], shadows[shadows.length - 1] - shadows[0] + 1);
    for (const pfn of frames) backend.freePage(pfn);
  }
}
