import { type EntryMemory, repeatsInWords } from "@kasan/mmu";
import type { ByteSource } from "./source.ts";

/** Physical memory that a file holds. */
export interface Segment {
  /** First physical address. */
  readonly physical: number;
  /** Bytes. */
  readonly size: number;
  /** Their offset in the file. */
  readonly offset: number;
}

const PAGE = 4096;
/** Pages that are kept: 8 MiB. */
const SLOTS = 2048;
/** Pages that are read at a time: a kernel's page tables lie near each other. */
const AHEAD = 8;

/**
 * Physical memory in a file of any size: pages are read when they are asked for, and the last ones of each slot are kept.
 * Memory outside all segments is absent. A page that is partly present reads as zeros elsewhere.
 *
 * @example
 * ```ts
 * import { ImageMemory } from "@kasan/image";
 *
 * const bytes = new Uint8Array(4096).fill(0xaa);
 * const read = (offset: number, into: Uint8Array) => {
 *   const there = bytes.subarray(offset, offset + into.length);
 *   into.set(there);
 *   return there.length;
 * };
 * const memory = new ImageMemory({ size: 4096, read, close() {} }, [{ physical: 0x100000, size: 4096, offset: 0 }]);
 * console.log(memory.byte(0x100fff)); // 170
 * console.log(memory.byte(0x101000)); // -1
 * ```
 */
export class ImageMemory implements EntryMemory {
  /** The memory in the image, ascending and disjoint. */
  readonly segments: readonly Segment[];
  private readonly source: ByteSource;
  private readonly bytes = new Uint8Array(SLOTS * PAGE);
  private readonly words = new Int32Array(this.bytes.buffer);
  /** By slot: the page in it, -1 if none. */
  private readonly pages = new Float64Array(SLOTS).fill(-1);
  /** By slot: whether the image has any of it. */
  private readonly present = new Uint8Array(SLOTS);

  /** Memory in `source`. `segments` are ascending and disjoint. */
  constructor(source: ByteSource, segments: readonly Segment[]) {
    this.source = source;
    this.segments = segments;
  }

  /** Bytes of memory in all. */
  get size(): number {
    return this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  holds(physical: number): boolean {
    if (!(physical >= 0 && physical < 2 ** 52)) return false;
    return this.present[this.slot(physical)] === 1;
  }

  word(physical: number): number {
    return this.words[this.slot(physical) * (PAGE / 4) + ((physical & (PAGE - 1)) >>> 2)]!;
  }

  repeats(physical: number, bytes: number): boolean {
    for (let page = physical; page < physical + bytes; page += PAGE) {
      if (
        !this.holds(page) ||
        this.word(page) !== this.word(physical) ||
        this.word(page + 4) !== this.word(physical + 4)
      ) {
        return false;
      }
      const count = Math.min(PAGE, physical + bytes - page) / 4;
      const first = this.slot(page) * (PAGE / 4) + ((page & (PAGE - 1)) >>> 2);
      if (!repeatsInWords(this.words, first, count)) return false;
    }
    return true;
  }

  /** The byte at a physical address; -1 if the image does not have it. */
  byte(physical: number): number {
    return this.holds(physical) ? this.bytes[this.slot(physical) * PAGE + (physical & (PAGE - 1))]! : -1;
  }

  /** Copies from a physical address on, past the cache; bytes that the image does not have are 0. Returns how many it has. */
  read(physical: number, into: Uint8Array): number {
    into.fill(0);
    let found = 0;
    for (let i = this.firstAfter(physical); i < this.segments.length; i++) {
      const { physical: start, size, offset } = this.segments[i]!;
      const from = Math.max(start, physical);
      const to = Math.min(start + size, physical + into.length);
      if (from >= to) break;
      found += this.source.read(offset + from - start, into.subarray(from - physical, to - physical));
    }
    return found;
  }

  /** The slot that holds the page of a physical address, after reading it if need be. */
  private slot(physical: number): number {
    const page = Math.floor(physical / PAGE);
    const slot = page % SLOTS;
    if (this.pages[slot] !== page) this.load(page - (page % AHEAD));
    return slot;
  }

  /** Reads the pages from `first` on. */
  private load(first: number): void {
    const slot = first % SLOTS;
    const bytes = this.bytes.subarray(slot * PAGE, (slot + AHEAD) * PAGE);
    const whole = this.read(first * PAGE, bytes) === bytes.length;
    for (let i = 0; i < AHEAD; i++) {
      this.pages[slot + i] = first + i;
      this.present[slot + i] = whole || this.has((first + i) * PAGE) ? 1 : 0;
    }
  }

  /** Whether a segment has any of the page at a physical address. */
  private has(physical: number): boolean {
    const next = this.segments[this.firstAfter(physical)];
    return next !== undefined && next.physical < physical + PAGE;
  }

  /** The first segment that ends after a physical address. */
  private firstAfter(physical: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.segments[middle]!.physical + this.segments[middle]!.size > physical) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
