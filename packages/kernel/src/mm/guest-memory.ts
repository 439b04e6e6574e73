import { Access, type Mmu, type PhysicalMemory, TlbKind } from "@kasan/mmu";
import { PAGE_SIZE, vpnFromHalves } from "@kasan/shadow";
import type { AccessChecks, Faults } from "./access-checks.ts";

/** The address `count` bytes after an address given in halves: `[low, high]`, both unsigned. */
export function addHalves(low: number, high: number, count: number): [number, number] {
  const sum = (low >>> 0) + count;
  return [sum >>> 0, (high + Math.floor(sum / 2 ** 32)) >>> 0];
}

/** Converts bytes to a byte string: one character U+0000 … U+00FF per byte. */
export function bytesToString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Joins the halves of a 64-bit value. */
export const join = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** Converts a size in halves to a number: exact below 2^53, which no valid size reaches. */
export const sizeOf = (low: number, high: number): number => (high >>> 0) * 2 ** 32 + (low >>> 0);

/** Number of pages in the address space, which wraps around after them. */
const PAGES = 2 ** 52;
const pageOf = (address: bigint): number => Number(BigInt.asUintN(64, address) >> 12n);
const nextPage = (vpn: number): number => (vpn + 1) % PAGES;

/**
 * The routines that move and fill memory, as traces name them. On the architecture that compares tags, memmove and memcpy are one
 * (arch/arm64/lib/memcpy.S); of the names of an address, the kernel prints the one with the fewest underscores that is not weak,
 * then the first in alphabetical order (scripts/kallsyms.c).
 */
const MEMCPY = ["__memcpy"];
const MEMSET = ["__memset"];

/**
 * Accesses to guest memory by kernel functions that run outside wasm: through the MMU, page by page. An access that faults ends the
 * guest with an oops, as inside the kernel.
 */
export class GuestMemory {
  private readonly faults: Faults;
  private readonly checks: AccessChecks;
  private readonly mmu: Mmu;
  private readonly ram: PhysicalMemory;
  private readonly u8: Uint8Array;

  /**
   * @param mmu - the CPU's MMU
   * @param checks - the processor's checks at each access
   * @param faults - handles faulting accesses
   */
  constructor(ram: PhysicalMemory, mmu: Mmu, checks: AccessChecks, faults: Faults) {
    this.faults = faults;
    this.checks = checks;
    this.mmu = mmu;
    this.ram = ram;
    this.u8 = ram.u8;
  }

  /**
   * Buffer offset of `bytes` bytes of a page, for reading or writing. Causes an oops if they are not accessible. `by`: the
   * functions that access it.
   */
  private at(vpn: number, offset: number, access: number, bytes: number, by?: readonly string[]): number {
    const page = this.mmu.translate(vpn, access, TlbKind.DATA, offset);
    if (page < 0) this.faults.pageFault(this.mmu.fault);
    this.checks.check(vpn, offset, page + offset, bytes, access === Access.WRITE, by);
    return page + offset;
  }

  /** The byte at an address. */
  readByte(low: number, high: number): number {
    return this.u8[this.at(vpnFromHalves(low, high), low & 0xfff, Access.READ, 1)];
  }

  /** The 32-bit word at an address of any alignment. */
  read32(low: number, high: number): number {
    this.checks.checkRange(join(low, high), 4, false);
    const value = this.mmu.read32(vpnFromHalves(low, high), low & 0xfff);
    if (value < 0) this.faults.pageFault(this.mmu.fault);
    return value;
  }

  /** Writes a 32-bit word at an address of any alignment. */
  write32(low: number, high: number, value: number): void {
    this.checks.checkRange(join(low, high), 4, true);
    if (!this.mmu.write32(vpnFromHalves(low, high), low & 0xfff, value)) this.faults.pageFault(this.mmu.fault);
  }

  /** Reads `count` bytes starting at an address (modulo 2^64). */
  read(address: bigint, count: number): Uint8Array {
    this.checks.checkRange(address, count, false);
    const bytes = new Uint8Array(count);
    const done = this.mmu.copyOut(pageOf(address), Number(address & 0xfffn), bytes);
    if (done < count) this.faults.pageFault(this.mmu.fault);
    return bytes;
  }

  /** Writes bytes starting at an address (modulo 2^64). */
  write(address: bigint, bytes: Uint8Array): void {
    this.checks.checkRange(address, bytes.length, true);
    const done = this.mmu.copyIn(pageOf(address), Number(address & 0xfffn), bytes);
    if (done < bytes.length) this.faults.pageFault(this.mmu.fault);
  }

  /** The bytes of a NUL-terminated string, at most `limit`. */
  private stringBytes(address: bigint, limit: number): Uint8Array {
    const bytes: number[] = [];
    let vpn = pageOf(address);
    let offset = Number(address & 0xfffn);
    while (bytes.length < limit) {
      const at = this.at(vpn, offset, Access.READ, 1);
      const here = this.u8.subarray(at, at + Math.min(PAGE_SIZE - offset, limit - bytes.length));
      const zero = here.indexOf(0);
      this.checks.check(vpn, offset, at, zero < 0 ? here.length : zero + 1, false);
      for (const byte of zero < 0 ? here : here.subarray(0, zero)) bytes.push(byte);
      if (zero >= 0) break;
      vpn = nextPage(vpn);
      offset = 0;
    }
    return Uint8Array.from(bytes);
  }

  /** A NUL-terminated string, at most `limit` bytes, as a byte string: one character U+0000 … U+00FF per byte. */
  byteString(address: bigint, limit: number): string {
    return bytesToString(this.stringBytes(address, limit));
  }

  /** A NUL-terminated string, at most `limit` bytes. Invalid UTF-8 becomes U+FFFD. */
  string(address: bigint, limit = 4096): string {
    return new TextDecoder().decode(this.stringBytes(address, limit));
  }

  /** memset. `count`: bytes, any number; if the range is not fully mapped, the first unmapped page causes an oops. */
  fill(low: number, high: number, value: number, count: number): void {
    let vpn = vpnFromHalves(low, high);
    let offset = low & 0xfff;
    while (count > 0) {
      const run = Math.min(count, PAGE_SIZE - offset);
      const at = this.at(vpn, offset, Access.WRITE, run, MEMSET);
      this.ram.fill(value, at, at + run);
      count -= run;
      offset = 0;
      vpn = nextPage(vpn);
    }
  }

  /** memmove of `count` bytes; the ranges may overlap. */
  copy(toLow: number, toHigh: number, fromLow: number, fromHigh: number, count: number): void {
    if (count <= 0) return;
    const to = vpnFromHalves(toLow, toHigh);
    const from = vpnFromHalves(fromLow, fromHigh);
    const distance = (to - from) * PAGE_SIZE + ((toLow & 0xfff) - (fromLow & 0xfff));
    // A range larger than RAM cannot all be writable: it faults in either direction. Going up, the faulting address is exact.
    const fits = count <= this.ram.size;
    if (fits && distance > 0 && distance < count) this.copyDown(to, toLow & 0xfff, from, fromLow & 0xfff, count);
    else this.copyUp(to, toLow & 0xfff, from, fromLow & 0xfff, count);
  }

  private copyUp(to: number, toOffset: number, from: number, fromOffset: number, count: number): void {
    while (count > 0) {
      const run = Math.min(count, PAGE_SIZE - toOffset, PAGE_SIZE - fromOffset);
      const source = this.at(from, fromOffset, Access.READ, run, MEMCPY);
      this.u8.copyWithin(this.at(to, toOffset, Access.WRITE, run, MEMCPY), source, source + run);
      count -= run;
      toOffset += run;
      fromOffset += run;
      if (toOffset === PAGE_SIZE) to = nextPage(to);
      if (fromOffset === PAGE_SIZE) from = nextPage(from);
      toOffset &= 0xfff;
      fromOffset &= 0xfff;
    }
  }

  /** Copies the last bytes first, for an overlapping destination above the source. */
  private copyDown(to: number, toOffset: number, from: number, fromOffset: number, count: number): void {
    while (count > 0) {
      const toEnd = toOffset + count;
      const fromEnd = fromOffset + count;
      const run = Math.min(count, ((toEnd - 1) & 0xfff) + 1, ((fromEnd - 1) & 0xfff) + 1);
      const toAt = toEnd - run;
      const fromAt = fromEnd - run;
      const source = this.at(
        (from + Math.floor(fromAt / PAGE_SIZE)) % PAGES,
        fromAt % PAGE_SIZE,
        Access.READ,
        run,
        MEMCPY,
      );
      this.u8.copyWithin(
        this.at((to + Math.floor(toAt / PAGE_SIZE)) % PAGES, toAt % PAGE_SIZE, Access.WRITE, run, MEMCPY),
        source,
        source + run,
      );
      count -= run;
    }
  }
}
