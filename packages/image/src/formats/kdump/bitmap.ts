import type { MemorySegment } from "@kasan/platform";
import type { ByteSource } from "../../source.ts";

/** What is read of a bitmap at a time, for which the bits before it are counted. Bytes. */
const BLOCK = 4096;
const BITS = BLOCK * 8;
/** Blocks that are kept. */
const KEPT = 256;

/** Bits in a file, one for each page of a machine, of which some blocks are in memory. */
export class Bitmap {
  /** How many bits there are. */
  readonly bits: number;
  private readonly blocks = new Map<number, Uint8Array>();
  /** By block: how many bits are set before it. */
  private ranks: Float64Array | undefined;

  constructor(
    private readonly source: ByteSource,
    private readonly offset: number,
    bits: number,
  ) {
    this.bits = bits;
  }

  /** Whether a bit is set. */
  has(bit: number): boolean {
    if (!(bit >= 0 && bit < this.bits)) return false;
    const block = this.block(Math.floor(bit / BITS));
    return ((block[(bit % BITS) >>> 3]! >> (bit & 7)) & 1) !== 0;
  }

  /** How many bits are set before a bit. Looks at all bits when it is called first. */
  rank(bit: number): number {
    this.ranks ??= this.count();
    const index = Math.floor(bit / BITS);
    return this.ranks[index]! + countBits(this.block(index), bit % BITS);
  }

  /** The runs of bits that are set, as memory. After `most` of them, the last one goes on to the last bit. */
  runs(pageBytes: number, most: number): MemorySegment[] {
    const runs: { physical: number; size: number }[] = [];
    let start = -1;
    const end = (bit: number) => {
      if (start >= 0) runs.push({ physical: start * pageBytes, size: (bit - start) * pageBytes });
      start = -1;
    };
    this.forEachWord((word, bit) => {
      if (word === 0) return end(bit);
      if (word === -1 && start >= 0) return;
      for (let i = 0; i < 32; i++) {
        if ((word >>> i) & 1) start = start < 0 ? bit + i : start;
        else if (runs.length < most) end(bit + i);
      }
    });
    end(this.bits);
    return runs;
  }

  private count(): Float64Array {
    const ranks = new Float64Array(Math.ceil(this.bits / BITS) + 1);
    let rank = 0;
    this.forEachWord((word, bit) => {
      if (bit % BITS === 0) ranks[bit / BITS] = rank;
      rank += bitsOf(word);
    });
    return ranks;
  }

  /** All words, of 32 bits, in order; bits behind the last one are not set. */
  private forEachWord(visit: (word: number, bit: number) => void): void {
    const bytes = new Uint8Array(2 ** 20);
    const words = new Int32Array(bytes.buffer);
    const all = Math.ceil(this.bits / 8);
    for (let at = 0; at < all; at += bytes.length) {
      bytes.fill(0);
      this.source.read(this.offset + at, bytes.subarray(0, Math.min(bytes.length, all - at)));
      const count = Math.ceil(Math.min(bytes.length, all - at) / 4);
      for (let i = 0; i < count; i++) {
        const bit = (at + i * 4) * 8;
        const over = bit + 32 - this.bits;
        visit(over > 0 ? words[i]! & (0xffffffff >>> over) : words[i]!, bit);
      }
    }
  }

  private block(index: number): Uint8Array {
    const kept = this.blocks.get(index);
    if (kept) return kept;
    const block = new Uint8Array(BLOCK);
    this.source.read(this.offset + index * BLOCK, block);
    if (this.blocks.size >= KEPT) this.blocks.clear();
    this.blocks.set(index, block);
    return block;
  }
}

function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many of the first bits of a block are set. */
function countBits(block: Uint8Array, bits: number): number {
  let count = 0;
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) count += bitsOf(block[i]!);
  return count + bitsOf(block[whole]! & ((1 << (bits & 7)) - 1));
}
