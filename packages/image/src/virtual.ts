import type { Architecture } from "@kasan/mmu";
import type { EvidenceMemory } from "@kasan/platform";
import { resetTag, truncateAddress } from "@kasan/shadow";
import { ImageError } from "./error.ts";

/** Page tables and the memory behind them, as far as reading through them goes: a {@link MemoryImage} is one. */
export interface Translated {
  /** The physical address that page `vpn` (address / 4096) is mapped to, -1 if to none. */
  translatePage(vpn: number): number;
  /** The physical memory. */
  readonly memory: Pick<EvidenceMemory, "read" | "holds">;
  /** Their format: whether pointers can have tags. */
  readonly architecture: Pick<Architecture, "ignoredTopBits">;
}

const PAGE = 4096;
const PAGE_BITS = 12n;
/** Pages that are kept: 1 MiB. */
const MOST_PAGES = 256;

/**
 * Reads a kernel's memory at its own addresses (0 … 2^64-1; tags are ignored where processors do), little-endian. What is not mapped, or not in the image, throws:
 * readers of a kernel's lists then end where the memory does.
 */
export class VirtualMemory {
  private readonly pages = new Map<bigint, DataView | undefined>();

  /** Memory as the page tables of an image show it. */
  constructor(private readonly image: Translated) {}

  /** An address without its tag. */
  untagged(address: bigint): bigint {
    const whole = truncateAddress(address);
    return this.image.architecture.ignoredTopBits > 0 ? resetTag(whole) : whole;
  }

  /** Whether there is memory at an address. */
  has(address: bigint): boolean {
    return this.page(this.untagged(address) >> PAGE_BITS) !== undefined;
  }

  /**
   * A copy of `length` bytes.
   *
   * @throws {@link ImageError} `IMAGE_ADDRESS`, as all readers here
   */
  bytes(address: bigint, length: number): Uint8Array {
    const into = new Uint8Array(length);
    const done = this.read(address, into);
    if (done < length) throw missing(address + BigInt(done));
    return into;
  }

  /** Fills `into` as far as there is memory without a gap. Returns how many bytes that was. */
  read(address: bigint, into: Uint8Array): number {
    for (let done = 0; done < into.length; ) {
      const at = this.untagged(address + BigInt(done));
      const offset = Number(at & 0xfffn);
      const physical = this.image.translatePage(Number(at >> PAGE_BITS));
      if (physical < 0 || !this.image.memory.holds(physical)) return done;
      const part = into.subarray(done, done + PAGE - offset);
      this.image.memory.read(physical + offset, part);
      done += part.length;
    }
    return into.length;
  }

  /** Whether an address is mapped, be its memory in the image or not. */
  isMapped(address: bigint): boolean {
    return this.image.translatePage(Number(this.untagged(address) >> PAGE_BITS)) >= 0;
  }

  /** A copy of `length` bytes; those that are not mapped, or not in the image, are 0. */
  bytesOrZeros(address: bigint, length: number): Uint8Array {
    const into = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      done += this.read(address + BigInt(done), into.subarray(done));
      // Past the page that is not there.
      if (done < length) done += PAGE - Number(this.untagged(address + BigInt(done)) & 0xfffn);
    }
    return into;
  }

  /** The byte at an address. */
  u8(address: bigint): number {
    return this.viewOf(address).getUint8(Number(address & 0xfffn));
  }

  /** The 16-bit word at an address. */
  u16(address: bigint): number {
    return this.word(address, 2, (view, at) => view.getUint16(at, true));
  }

  /** The 32-bit word at an address. */
  u32(address: bigint): number {
    return this.word(address, 4, (view, at) => view.getUint32(at, true));
  }

  /** The signed 32-bit word at an address. */
  s32(address: bigint): number {
    return this.u32(address) | 0;
  }

  /** The 64-bit word at an address: a pointer, or an unsigned long. */
  u64(address: bigint): bigint {
    return this.word(address, 8, (view, at) => view.getBigUint64(at, true));
  }

  /** The text at an address up to its NUL, in Latin-1. At most `most` bytes. */
  text(address: bigint, most = 256): string {
    const bytes = new Uint8Array(most);
    const found = bytes.subarray(0, this.read(address, bytes));
    const end = found.indexOf(0);
    if (found.length === 0 || (end < 0 && found.length < most)) throw missing(address + BigInt(found.length));
    return new TextDecoder("latin1").decode(end < 0 ? found : found.subarray(0, end));
  }

  private word<T>(address: bigint, size: number, get: (view: DataView, at: number) => T): T {
    const offset = Number(address & 0xfffn);
    if (offset + size <= PAGE) return get(this.viewOf(address), offset);
    const bytes = this.bytes(address, size);
    return get(new DataView(bytes.buffer), 0);
  }

  private viewOf(address: bigint): DataView {
    const view = this.page(this.untagged(address) >> PAGE_BITS);
    if (view === undefined) throw missing(address);
    return view;
  }

  private page(vpn: bigint): DataView | undefined {
    if (this.pages.has(vpn)) return this.pages.get(vpn);
    const physical = this.image.translatePage(Number(vpn));
    let view: DataView | undefined;
    if (physical >= 0 && this.image.memory.holds(physical)) {
      view = new DataView(new ArrayBuffer(PAGE));
      this.image.memory.read(physical, new Uint8Array(view.buffer));
    }
    if (this.pages.size >= MOST_PAGES) this.pages.delete(this.pages.keys().next().value!);
    this.pages.set(vpn, view);
    return view;
  }
}

const missing = (address: bigint) =>
  new ImageError(
    "IMAGE_ADDRESS",
    `nothing at ${truncateAddress(address).toString(16)}: it is not mapped, or not in the image`,
  );
