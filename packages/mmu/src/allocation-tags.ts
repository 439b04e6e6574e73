import type { Arena, PhysicalMemory } from "./memory.ts";
import type { UniformPages } from "./uniform-pages.ts";

/** Bytes of memory that share a tag (`MTE_GRANULE_SIZE`). */
export const TAG_GRANULE_BYTES = 16;
/** log2 of {@link TAG_GRANULE_BYTES}. */
export const TAG_GRANULE_SHIFT = 4;
/** A tag as it is stored: its four bits, below four ones, as in a kernel pointer's top byte. */
const STORED = 0xf0;

/**
 * The tag storage of a processor with tagged memory (arm64 MTE): four bits for each 16 bytes of RAM, beside RAM and not
 * addressable. Here it is a byte for each, 0xf0 + tag, so that the tag of the byte at buffer offset p lies at `base + (p >> 4)`,
 * and one comparison with a pointer's top byte tells whether they match: nibbles would need a shift and a mask at each access.
 * A view on the arena; physical addresses.
 */
export class AllocationTags {
  /** Buffer offset of the tag of physical address 0. */
  readonly base: number;
  /** Told what changes. */
  uniform: UniformPages | undefined;
  private readonly memory: PhysicalMemory;

  /** A view on tag storage that exists. */
  constructor(memory: PhysicalMemory, base: number) {
    this.memory = memory;
    this.base = base;
  }

  /** Bytes of the arena that it takes for so many bytes of RAM. */
  static bytes(ram: number): number {
    return ram >>> TAG_GRANULE_SHIFT;
  }

  /**
   * Reserves tag storage for all of RAM.
   *
   * @param fresh Whether to make all tags 0, as after power-on.
   * @throws {@link MmuError} `ARENA_FULL`.
   */
  static reserve(memory: PhysicalMemory, arena: Arena, fresh: boolean): AllocationTags {
    const bytes = AllocationTags.bytes(memory.size);
    const base = arena.reserve(bytes, { align: 64, noted: true });
    if (fresh) memory.fill(STORED, base, base + bytes);
    return new AllocationTags(memory, base);
  }

  /** The tag of the byte at an address, 0xf0 … 0xff (LDG). */
  get(address: number): number {
    return this.memory.u8[this.base + (address >>> TAG_GRANULE_SHIFT)]!;
  }

  /** Gives all granules that `bytes` bytes from an address touch a tag, of which four bits count (STG). Nothing behind RAM. */
  set(address: number, bytes: number, tag: number): void {
    const end = Math.min(address + bytes, this.memory.size);
    if (end <= address) return;
    const first = this.base + (address >>> TAG_GRANULE_SHIFT);
    this.memory.fill(STORED | tag, first, this.base + ((end - 1) >>> TAG_GRANULE_SHIFT) + 1);
    this.uniform?.changed(address, end - address);
  }

  /**
   * The first of `bytes` bytes from an address whose tag is another one than a pointer's, of which four bits count.
   *
   * @returns How many bytes behind `address` it lies; -1 if all have that tag.
   */
  firstMismatch(address: number, bytes: number, tag: number): number {
    const { u8 } = this.memory;
    const expected = STORED | tag;
    const last = this.base + ((address + bytes - 1) >>> TAG_GRANULE_SHIFT);
    const first = this.base + (address >>> TAG_GRANULE_SHIFT);
    for (let at = first; at <= last; at++) {
      if (u8[at] !== expected) return Math.max(0, ((at - this.base) << TAG_GRANULE_SHIFT) - address);
    }
    return -1;
  }
}
