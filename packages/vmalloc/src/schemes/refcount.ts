import { BackedShadow } from "./backed.ts";

/**
 * Each shadow page counts the areas that use it, in its page descriptor, and is freed with the last one. The neighbours are not
 * examined, and no page is left behind.
 */
export class RefcountShadow extends BackedShadow {
  /** `refcount`. */
  readonly name = "refcount";

  protected override join(pfn: number): void {
    this.backend.setReferences(pfn, this.backend.references(pfn) + 1);
  }

  protected override leave(pfn: number): void {
    this.backend.setReferences(pfn, this.backend.references(pfn) - 1);
  }

  release(vpn: number, pages: number): void {
    const unused: number[] = [];
    for (let shadow = this.shadowVpn(vpn); shadow <= this.shadowVpn(vpn + pages - 1); shadow++) {
      const pfn = this.backend.lookup(shadow);
      if (pfn < 0) continue;
      if (this.backend.references(pfn) > 1) this.leave(pfn);
      else unused.push(shadow);
    }
    this.free(unused);
  }
}
