import { KASAN_VMALLOC_INVALID, PAGE_SIZE } from "@kasan/shadow";
import type { ShadowBackend, ShadowScheme } from "./shadow-scheme.ts";

/**
 * The scheme that Linux adopted (mm/kasan/shadow.c, kasan_populate_vmalloc and kasan_release_vmalloc; described in
 * Documentation/dev-tools/kasan.rst, "CONFIG_KASAN_VMALLOC"):
 *
 * - shadow is mapped when an area first needs it; one page of shadow covers eight pages of memory and is shared by
 *   all areas there
 * - freeing an area poisons its shadow, which stays mapped
 * - when the purge has made the area part of a free range, the shadow pages that lie wholly under that range are
 *   unmapped and freed; those that reach beyond it may still serve a neighbour
 *
 *     free range        |.............................|
 *     shadow pages   |----A----|----B----|----C----|----D----|     B and C go, A and D stay
 */
export class LazyShadow implements ShadowScheme {
  /** `lazy`. */
  readonly name = "lazy";
  private readonly backend: ShadowBackend;
  private readonly perPage: number;

  /** @param backend - the machine whose shadow this is */
  constructor(backend: ShadowBackend) {
    this.backend = backend;
    this.perPage = 1 << backend.scaleShift;
  }

  private shadowVpn(vpn: number): number {
    return (Math.floor(vpn / this.perPage) + this.backend.shadowOffsetVpn) % 2 ** 52;
  }

  populate(vpn: number, pages: number): boolean {
    const { backend } = this;
    const last = this.shadowVpn(vpn + pages - 1);
    for (let shadow = this.shadowVpn(vpn); shadow <= last; shadow++) {
      if (backend.lookup(shadow) >= 0) continue;
      const pfn = backend.allocatePage();
      if (pfn < 0) return false;
      // Filled before it can be seen: whoever finds the page mapped finds it poisoned.
      backend.fill(pfn, 0, PAGE_SIZE, KASAN_VMALLOC_INVALID);
      if (!backend.map(shadow, pfn)) {
        backend.freePage(pfn);
        return false;
      }
    }
    return true;
  }

  unpoison(vpn: number, bytes: number): void {
    const granule = this.perPage;
    const whole = Math.floor(bytes / granule);
    this.fill(vpn, 0, whole, 0);
    const rest = bytes % granule;
    if (rest !== 0) this.fill(vpn, whole, whole + 1, rest);
  }

  poison(vpn: number, pages: number): void {
    this.fill(vpn, 0, (pages * PAGE_SIZE) / this.perPage, KASAN_VMALLOC_INVALID);
  }

  /** Fills shadow bytes `from` up to `to`, counted from the shadow of page `vpn`. */
  private fill(vpn: number, from: number, to: number, value: number): void {
    const { backend } = this;
    const base = (vpn % this.perPage) * (PAGE_SIZE / this.perPage);
    for (let at = base + from; at < base + to; ) {
      const page = Math.floor(at / PAGE_SIZE);
      const end = Math.min(base + to, (page + 1) * PAGE_SIZE);
      const pfn = backend.lookup(this.shadowVpn(vpn) + page);
      if (pfn >= 0) backend.fill(pfn, at - page * PAGE_SIZE, end - page * PAGE_SIZE, value);
      at = end;
    }
  }

  release(vpn: number, pages: number, freeVpn: number, freePages: number): void {
    const { backend, perPage } = this;
    // Shadow pages that the area touches, and of these those that lie wholly under the free range.
    const first = Math.max(Math.floor(vpn / perPage), Math.ceil(freeVpn / perPage));
    const end = Math.min(Math.ceil((vpn + pages) / perPage), Math.floor((freeVpn + freePages) / perPage));
    const freed: number[] = [];
    for (let group = first; group < end; group++) {
      const shadow = this.shadowVpn(group * perPage);
      if (backend.lookup(shadow) >= 0) freed.push(backend.unmap(shadow));
    }
    if (freed.length === 0) return;
    // A page may be used for something else only when no TLB can reach it any more.
    backend.flush(this.shadowVpn(first * perPage), end - first);
    for (const pfn of freed) backend.freePage(pfn);
  }
}
