import { ImageError } from "../error.ts";
import type { Kernel } from "./kernel.ts";
import { offsetOf, sizeOf } from "./layout.ts";

/** An entry of the ring. */
export interface RingEntry {
  /** The object, with its tag. */
  readonly pointer: bigint;
  /** Bytes of its cache's objects. */
  readonly size: number;
  /** The address of its `struct kasan_track`. */
  readonly track: bigint;
  /** Whether it was freed; else allocated. */
  readonly isFree: boolean;
}

/** Entries of a ring; 32,768 by default (`kasan.stack_ring_size`). */
const MOST_ENTRIES = 2 ** 24;
/** Bytes of `struct kasan_stack_ring` before its size: a lock, which has more with lockdep. */
const MOST_LOCK = 128;

/** The last allocations and frees, of the tag-based modes (`stack_ring` in mm/kasan/tags.c). */
export class StackRing {
  /** Whether tracks have CPU and time. */
  readonly hasExtra: boolean;
  private readonly size: number;
  private readonly position: bigint;
  private readonly start: bigint;
  private readonly entryBytes: number;
  private entries: DataView | undefined;

  /** @throws {@link ImageError} `IMAGE_SYMBOLS` if there is none */
  constructor(private readonly kernel: Kernel) {
    const ring = kernel.symbol("stack_ring");
    const at = ring === undefined ? undefined : sizeAt(kernel, ring);
    if (at === undefined) throw new ImageError("IMAGE_SYMBOLS", "the kernel's ring of stacks was not found");
    const { memory } = kernel;
    this.size = Number(memory.u64(at));
    this.position = memory.u64(at + 8n);
    this.start = memory.u64(at + 16n);
    this.entryBytes = sizeOf(kernel, "kasan_stack_ring_entry") ?? this.measuredBytes();
    this.hasExtra = this.entryBytes > 32;
  }

  /** The entries, the newest first. */
  *newestFirst(): Generator<RingEntry> {
    const { size, position, entryBytes, start } = this;
    this.entries ??= new DataView(this.kernel.memory.bytes(start, size * entryBytes).buffer);
    const count = position < BigInt(size) ? Number(position) : size;
    for (let i = 1; i <= count; i++) {
      const at = Number((position - BigInt(i)) % BigInt(size)) * entryBytes;
      yield {
        pointer: this.entries.getBigUint64(at, true),
        size: Number(this.entries.getBigUint64(at + 8, true)),
        track: start + BigInt(at + 16),
        isFree: this.entries.getUint8(at + entryBytes - 8) === 1,
      };
    }
  }

  /** 32 bytes, or 40 with CONFIG_KASAN_EXTRA_INFO: by which entries have pointers at their start. */
  private measuredBytes(): number {
    const fitting = (bytes: number) => {
      let count = 0;
      for (let i = 0; i < Math.min(64, this.size); i++) {
        const at = this.start + BigInt(i * bytes);
        const size = this.kernel.attempt(() => this.kernel.memory.u64(at + 8n)) ?? 0n;
        if (size > 0n && size <= 1n << 24n) count++;
      }
      return count;
    };
    return fitting(40) > fitting(32) ? 40 : 32;
  }
}

/** The address of the ring's size: then come the position and the pointer to the entries. */
function sizeAt(kernel: Kernel, ring: bigint): bigint | undefined {
  const { memory } = kernel;
  const typed = offsetOf(kernel, "kasan_stack_ring", "size");
  if (typed !== undefined) return ring + BigInt(typed);
  for (let at = ring; at < ring + BigInt(MOST_LOCK); at += 8n) {
    const [size, entries] = [memory.u64(at), memory.u64(at + 16n)];
    if (size > 0n && size <= MOST_ENTRIES && entries >= 1n << 63n && memory.has(entries)) return at;
  }
  return undefined;
}
