import { type AddressSpace, PageFlags } from "@kasan/mmu";
import { vpnFromHalves } from "@kasan/shadow";

/**
 * An address space in units of the kernel's page size: page and frame numbers here are addresses divided by it, whereas the MMU's
 * are addresses divided by 4096.
 */
export class KernelPages {
  /** log2 of the page size. */
  readonly shift: number;
  /** Page size in bytes. */
  readonly size: number;
  /** Number of MMU pages per kernel page. */
  readonly units: number;
  /** The page tables. */
  readonly space: AddressSpace;
  /** Number of pages whose addresses share an upper half. */
  private readonly perHigh: number;

  constructor(space: AddressSpace) {
    this.space = space;
    this.shift = space.architecture.pageShift;
    this.size = 2 ** this.shift;
    this.units = this.size / 4096;
    this.perHigh = 2 ** (32 - this.shift);
  }

  /** The frame that a page is mapped to; -1 if nothing is. */
  lookup(vpn: number): number {
    const pfn = this.space.lookup(vpn * this.units);
    return pfn < 0 ? -1 : Math.floor(pfn / this.units);
  }

  /** Whether a page's entry can be changed without new tables; see `AddressSpace.knows`. */
  knows(vpn: number): boolean {
    return this.space.knows(vpn * this.units);
  }

  /** Maps a page where nothing was mapped; see `AddressSpace.mapPage`. */
  map(vpn: number, pfn: number, flags: number = PageFlags.KERNEL): void {
    this.space.mapPage(vpn * this.units, pfn * this.units, flags);
  }

  /** Points a page's entry, which may be live, directly at another frame; see `AddressSpace.setEntry`. */
  replace(vpn: number, pfn: number, flags: number): void {
    this.space.changePage(vpn * this.units, pfn * this.units, flags);
  }

  /** Unmaps a page; see `AddressSpace.unmapPage`. @returns the frame, or -1 if nothing was mapped */
  unmap(vpn: number): number {
    const pfn = this.space.unmapPage(vpn * this.units);
    return pfn < 0 ? -1 : pfn / this.units;
  }

  /** The page number of an address. */
  pageOf(address: bigint): number {
    return Number(address >> BigInt(this.shift));
  }

  /** The page number of an address in halves; creates no bigint. */
  pageOfHalves(low: number, high: number): number {
    return Math.floor(vpnFromHalves(low, high) / this.units);
  }

  /** The lower half of a page's address. */
  lowOf(vpn: number): number {
    return vpn << this.shift;
  }

  /** The upper half of a page's address. */
  highOf(vpn: number): number {
    return Math.floor(vpn / this.perHigh);
  }

  /** The address of a page. */
  addressOf(vpn: number): bigint {
    return BigInt.asUintN(64, BigInt(vpn) << BigInt(this.shift));
  }

  /** Whether an address, given its low half, is page-aligned. */
  isAligned(low: number): boolean {
    return (low & (this.size - 1)) === 0;
  }
}
