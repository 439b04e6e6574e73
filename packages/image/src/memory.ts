import { type EntryMemory, repeatsInWords } from "@kasan/mmu";
import type { MemorySegment } from "@kasan/platform";
import type { PhysicalSource } from "./formats/format.ts";

const PAGE = 4096;
/** Pages that are kept: 8 MiB. */
const SLOTS = 2048;
/** Pages that are read at a time: a kernel's page tables lie near each other. */
const AHEAD = 8;

/**
 * The physical memory of an image of any size: pages are read when they are asked for, and the last ones of each slot are kept.
 * Memory outside all segments is absent. A page that is partly present reads as zeros elsewhere.
 *
 * @example
 * ```ts
 * import { ImageMemory, MemorySource, SegmentedMemory } from "@kasan/image";
 *
 * const source = new MemorySource(new Uint8Array(4096).fill(0xaa));
 * const memory = new ImageMemory(new SegmentedMemory(source, [{ physical: 0x100000, size: 4096, offset: 0 }]));
 * console.log(memory.byte(0x100fff)); // 170
 * console.log(memory.byte(0x101000)); // -1
 * ```
 */
export class ImageMemory implements EntryMemory {
  /** Where the machine has memory, ascending and disjoint. Pages in it can be {@link absence | absent}. */
  readonly segments: readonly MemorySegment[];
  private readonly source: PhysicalSource;
  private readonly bytes = new Uint8Array(SLOTS * PAGE);
  private readonly words = new Int32Array(this.bytes.buffer);
  /** By slot: the page in it, -1 if none. */
  private readonly pages = new Float64Array(SLOTS).fill(-1);
  /** By slot: whether the image has any of it. */
  private readonly present = new Uint8Array(SLOTS);

  /** See {@link PhysicalSource}, which stays the caller's to close. */
  constructor(source: PhysicalSource) {
    this.source = source;
    this.segments = source.segments;
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
    return this.source.read(physical, into);
  }

  /** Whether a stretch is most likely a hole of a sparse file: zeros that a search may pass over. */
  seemsZero(physical: number, size: number): boolean {
    return this.source.seemsZero?.(physical, size) ?? false;
  }

  /** Why the image does not have the page at a physical address, for people to read; `undefined` if it does. */
  absence(physical: number): string | undefined {
    return this.holds(physical) ? undefined : this.source.absence(physical - (physical % PAGE));
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
      this.present[slot + i] = whole || this.source.absence((first + i) * PAGE) === undefined ? 1 : 0;
    }
  }
}
