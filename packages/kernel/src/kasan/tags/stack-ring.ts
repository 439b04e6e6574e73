import type { PhysicalMemory } from "@kasan/mmu";
import { NO_LOCK, type SpinLock } from "../../smp/lock.ts";
import { readTrack, TRACK_BYTES, type TrackData } from "../track.ts";

/** Number of entries of the ring, a power of two (KASAN_STACK_RING_SIZE_DEFAULT of mm/kasan/tags.c). */
export const STACK_RING_ENTRIES = 32 << 10;
/** `struct kasan_stack_ring_entry`: u64 pointer, u64 object size, the track, u64 whether it is a free. */
const ENTRY_BYTES = 16 + TRACK_BYTES + 8;
const SIZE = 8;
const TRACK = 16;
const IS_FREE = TRACK + TRACK_BYTES;
/** The position, followed by the entries. */
const HEADER_BYTES = 8;

/** Bytes that a ring takes. */
export const STACK_RING_BYTES = HEADER_BYTES + STACK_RING_ENTRIES * ENTRY_BYTES;

/** An object's history, as far as the ring still has it. */
export interface ObjectHistory {
  /** Track of its allocation. */
  readonly allocated?: TrackData;
  /** Track of its free. */
  readonly freed?: TrackData;
  /** The more recent of the two; undefined if neither is known. */
  readonly last?: "allocated" | "freed";
}

/**
 * The stack ring of the tag-based modes (mm/kasan/tags.c): the last 32768 allocations and frees of objects. Objects have no
 * metadata of their own in these modes. Concurrency: who adds an entry holds {@link StackRing.lock} until its track is written,
 * and for a free from before the memory's tag changes. So a report of the freed memory, which takes the lock to look, finds the
 * free, complete.
 */
export class StackRing {
  private readonly ram: PhysicalMemory;
  private readonly base: number;
  /** Protects the entries. */
  readonly lock: SpinLock;

  /** @param base - buffer offset of {@link STACK_RING_BYTES} bytes, aligned to 8, zeroed */
  constructor(ram: PhysicalMemory, base: number, lock: SpinLock = NO_LOCK) {
    this.lock = lock;
    this.ram = ram;
    this.base = base;
  }

  private at(position: number): number {
    return this.base + HEADER_BYTES + (position & (STACK_RING_ENTRIES - 1)) * ENTRY_BYTES;
  }

  /**
   * Adds an entry for an object (physical address), its tag, and its cache's object size. The caller holds the lock until it has
   * written the track.
   *
   * @returns buffer offset at which to write its track
   */
  push(object: number, tag: number, size: number, isFree: boolean): number {
    const { u32 } = this.ram;
    const at = this.at(u32[this.base >>> 2]++);
    const word = at >>> 2;
    this.ram.wrote(this.base, HEADER_BYTES);
    this.ram.wrote(at, ENTRY_BYTES);
    u32[word] = object;
    u32[word + 1] = tag;
    u32[word + SIZE / 4] = size;
    u32[word + IS_FREE / 4] = isFree ? 1 : 0;
    return at + TRACK;
  }

  /**
   * The latest allocation and free of an object with a tag (kasan_complete_mode_report_info of mm/kasan/report_tags.c). Earlier
   * lives of the object are ignored.
   */
  find(object: number, tag: number, size: number): ObjectHistory {
    this.lock.acquire();
    const history = this.search(object, tag, size);
    this.lock.release();
    return history;
  }

  private search(object: number, tag: number, size: number): ObjectHistory {
    const { u32 } = this.ram;
    const end = u32[this.base >>> 2];
    let allocated: TrackData | undefined;
    let freed: TrackData | undefined;
    let last: ObjectHistory["last"];
    for (let n = 1; n <= Math.min(end, STACK_RING_ENTRIES) && !(allocated && freed); n++) {
      const at = this.at(end - n);
      if (u32[at >>> 2] !== object || u32[(at >>> 2) + 1] !== tag || u32[(at + SIZE) >>> 2] !== size) continue;
      if (u32[(at + IS_FREE) >>> 2] !== 0) {
        if (freed) break;
        freed = readTrack(this.ram, at + TRACK);
        last ??= "freed";
      } else {
        if (allocated) break;
        allocated = readTrack(this.ram, at + TRACK);
        last ??= "allocated";
      }
    }
    return { ...(allocated && { allocated }), ...(freed && { freed }), ...(last && { last }) };
  }
}
