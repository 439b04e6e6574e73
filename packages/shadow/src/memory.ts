import { addressOf, formatAddress, offsetOf, PAGE_SIZE, truncateAddress, vpnOf } from "./address.ts";
import type { KnownBugType } from "./bug-traits.ts";
import { bugType } from "./bug-type.ts";
import { ACCESS_OK, checkAccess, createFound, type ShadowPages, shadowByteAt } from "./check.ts";
import { ShadowError } from "./error.ts";
import { hasShadow, type ShadowLayout, shadowOffsetOf, shadowVpnOf } from "./layout.ts";
import { type KasanMode, shadowInit } from "./poison.ts";
import { granulesOf, poison, unpoisonIn } from "./poisoning.ts";
import { type ShadowView, shadowView } from "./scan.ts";
import { checkTags, resetTag, tagOf } from "./tags.ts";

/** The result of {@link ShadowMemory.check} for an access that KASAN would report. */
export interface BadAccess {
  /** The first bad address, as the kernel defines it; see {@link checkAccess}. Without a tag. */
  readonly address: bigint;
  /** Its shadow byte, or -1 if it has none. */
  readonly shadow: number;
  /** Its name in a report. */
  readonly bug: KnownBugType;
}

/**
 * A shadow for the whole address space that stands alone: for tools and for trying things out. (The machine of
 * `@kasan/kernel` keeps its shadow in simulated RAM behind page tables instead, and uses the functions below it.)
 *
 * Pages are made when first written. All others read as one common page, like the kernel's early shadow page.
 *
 * @example
 * ```ts
 * import { KASAN_SLAB_REDZONE, ShadowMemory, X86_64_GENERIC } from "@kasan/shadow";
 *
 * const shadow = new ShadowMemory(X86_64_GENERIC);
 * shadow.poison(0xffff888000a59800n, 256, KASAN_SLAB_REDZONE);
 * shadow.unpoison(0xffff888000a59800n, 115);
 * console.log(shadow.check(0xffff888000a59800n + 114n, 1)); // undefined
 * console.log(shadow.check(0xffff888000a59800n + 115n, 1)?.bug); // slab-out-of-bounds
 * ```
 */
export class ShadowMemory implements ShadowPages {
  private pages: ShadowView;
  private used = PAGE_SIZE;
  private readonly indices = new Map<number, number>();
  private readonly found = createFound();

  /**
   * @param layout Where shadow addresses lie.
   * @param mode What shadow bytes mean; by default what the layout's scale is made for.
   */
  constructor(
    readonly layout: ShadowLayout,
    readonly mode: KasanMode = layout.scaleShift === 3 ? "generic" : "sw_tags",
  ) {
    this.pages = shadowView(new Uint8Array(4 * PAGE_SIZE).fill(shadowInit(mode)));
  }

  /** The buffer that holds all pages. Another one after a write that needs more room. */
  get view(): ShadowView {
    return this.pages;
  }

  /** See {@link ShadowPages.indexOf}; never -1. */
  indexOf(shadowVpn: number): number {
    return this.indices.get(shadowVpn) ?? 0;
  }

  /**
   * Poisons `size` bytes of memory from `address` on, both multiples of the granule, with a poison value or tag.
   *
   * @throws {@link ShadowError} `SHADOW_ALIGN` if they are not, `SHADOW_VALUE` if `value` is no byte.
   */
  poison(address: bigint, size: number, value: number): void {
    if (size % this.layout.granule !== 0) throw this.unaligned("size", size);
    this.write(address, size / this.layout.granule, value);
  }

  /**
   * Makes `size` bytes of memory accessible; `address` is a multiple of the granule. In the tag-based modes the memory
   * gets the tag of `address`.
   *
   * @throws {@link ShadowError} `SHADOW_ALIGN` if `address` is not aligned.
   */
  unpoison(address: bigint, size: number): void {
    const { granule } = this.layout;
    if (this.mode !== "generic") return this.write(address, granulesOf(size, granule), tagOf(address));
    const fill = (index: number, granules: number, value: number) =>
      this.write(address + BigInt(index * granule), granules, value);
    unpoisonIn({ fill }, 0, size, granule);
  }

  /** The shadow byte of `address`. */
  byteAt(address: bigint): number {
    const untagged = this.untag(address);
    return shadowByteAt(this.layout, this, vpnOf(untagged), offsetOf(untagged));
  }

  /**
   * Checks an access of `size` bytes at `address`, as instrumented code would; `undefined` if it is allowed. A negative
   * size is the huge one that C makes of it.
   */
  check(address: bigint, size: number): BadAccess | undefined {
    const { layout, mode } = this;
    const found = this.found;
    const untagged = this.untag(address);
    const vpn = vpnOf(untagged);
    const offset = offsetOf(untagged);
    const bytes = size < 0 ? size + 2 ** 64 : size;
    const result =
      mode === "generic"
        ? checkAccess(layout, this, vpn, offset, bytes, found)
        : checkTags(layout, this, tagOf(address), vpn, offset, bytes, found);
    if (result === ACCESS_OK) return undefined;

    const first = addressOf(found.vpn, found.offset);
    const shadow = hasShadow(layout, first) ? this.byteAt(first) : -1;
    const nextShadow = this.byteAt(first + BigInt(layout.granule));
    return { address: first, shadow, bug: bugType({ mode, address, size: BigInt(size), shadow, nextShadow }) };
  }

  private untag(address: bigint): bigint {
    return this.mode === "generic" ? truncateAddress(address) : resetTag(address);
  }

  private write(address: bigint, granules: number, value: number): void {
    const start = this.untag(address);
    if (start % BigInt(this.layout.granule) !== 0n) throw this.unaligned("address", formatAddress(address));
    let shadowVpn = shadowVpnOf(this.layout, vpnOf(start), offsetOf(start));
    let offset = shadowOffsetOf(this.layout, vpnOf(start), offsetOf(start));
    while (granules > 0) {
      const count = Math.min(granules, PAGE_SIZE - offset);
      const page = this.pageForWriting(shadowVpn); // first: it may replace the view
      poison(this.pages.bytes, page + offset, count, value);
      granules -= count;
      offset = 0;
      shadowVpn++;
    }
  }

  private pageForWriting(shadowVpn: number): number {
    const known = this.indices.get(shadowVpn);
    if (known !== undefined) return known;
    const index = this.used;
    this.used += PAGE_SIZE;
    this.indices.set(shadowVpn, index);
    if (this.used > this.pages.bytes.length) {
      const larger = new Uint8Array(2 * this.pages.bytes.length).fill(shadowInit(this.mode));
      larger.set(this.pages.bytes);
      this.pages = shadowView(larger);
    }
    return index;
  }

  private unaligned(what: string, value: number | string): ShadowError {
    return new ShadowError("SHADOW_ALIGN", `${what} ${value} is not a multiple of the granule, ${this.layout.granule}`);
  }
}
