import type { PhysicalMemory } from "@kasan/mmu";
import { NO_LOCK, type SpinLock } from "../smp/lock.ts";

/** Maximum depth of a saved stack (CONFIG_STACKDEPOT_MAX_FRAMES). */
export const MAX_FRAMES = 64;

const BUCKETS = 4096;
const HEADER_WORDS = 4;

/**
 * The stack depot (lib/stackdepot.c): each distinct call stack is stored once and identified by a handle. A stack is a sequence of
 * call-stack words (docs/architecture.md), innermost first.
 *
 *     arena: used | stored | dropped | spare | buckets[4096] | records: next, hash, count, words…
 *
 * A handle is a record's word index from the depot's start; 0 means none. Nothing is ever removed.
 */
export class StackDepot {
  private readonly ram: PhysicalMemory;
  private readonly offset: number;
  private readonly words: Uint32Array;
  private readonly lock: SpinLock;

  constructor(ram: PhysicalMemory, offset: number, bytes: number, lock: SpinLock = NO_LOCK) {
    this.ram = ram;
    this.offset = offset;
    this.lock = lock;
    this.words = new Uint32Array(ram.u8.buffer, offset, bytes >>> 2);
    if (this.words[0] === 0) this.words[0] = HEADER_WORDS + BUCKETS;
  }

  /** Number of distinct stacks stored. */
  get stored(): number {
    return this.words[1];
  }

  /** Number of stacks that did not fit. */
  get dropped(): number {
    return this.words[2];
  }

  /** Bytes in use, buckets included. */
  get usedBytes(): number {
    return this.words[0] * 4;
  }

  /**
   * Stores the first `count` words of `stack` unless already present. O(count) expected.
   *
   * @returns the handle, or 0 if the depot is full
   */
  save(stack: Uint32Array, count: number): number {
    let hash = count;
    for (let i = 0; i < count; i++) hash = (Math.imul(hash ^ stack[i], 0x9e3779b1) ^ (hash >>> 15)) | 0;
    this.lock.acquire();
    const handle = this.findOrAdd(hash >>> 0, stack, count);
    this.lock.release();
    return handle;
  }

  private findOrAdd(hash: number, stack: Uint32Array, count: number): number {
    const { words } = this;
    const bucket = HEADER_WORDS + (hash & (BUCKETS - 1));
    for (let at = words[bucket]; at !== 0; at = words[at]) {
      if (words[at + 1] === hash && words[at + 2] === count && this.equals(at + 3, stack, count)) return at;
    }
    const at = words[0];
    this.ram.wrote(this.offset, 4 * HEADER_WORDS);
    if (at + 3 + count > words.length) {
      words[2]++;
      return 0;
    }
    this.ram.wrote(this.offset + 4 * at, 4 * (3 + count));
    this.ram.wrote(this.offset + 4 * bucket, 4);
    words[at] = words[bucket];
    words[at + 1] = hash;
    words[at + 2] = count;
    for (let i = 0; i < count; i++) words[at + 3 + i] = stack[i];
    words[0] = at + 3 + count;
    words[1]++;
    words[bucket] = at;
    return at;
  }

  private equals(at: number, stack: Uint32Array, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.words[at + i] !== stack[i]) return false;
    return true;
  }

  /**
   * Whether a handle from {@link StackDepot.save}, or 0, refers to the stack whose words are `prefix`, followed by those of `u32`
   * from index `last` down to `first`.
   */
  holds(handle: number, prefix: Uint32Array, u32: Uint32Array, first: number, last: number): boolean {
    const { words } = this;
    const above = prefix.length;
    if (handle === 0 || words[handle + 2] !== above + last - first + 1) return false;
    let at = handle + 3;
    for (let i = 0; i < above; i++) if (words[at++] !== prefix[i]) return false;
    for (let i = last; i >= first; i--) if (words[at++] !== u32[i]) return false;
    return true;
  }

  /** The words of a stored stack, innermost first; empty for an invalid handle (a guest may have overwritten it). */
  fetch(handle: number): Uint32Array {
    const { words } = this;
    if (handle < HEADER_WORDS + BUCKETS || handle + 3 > words[0]) return new Uint32Array();
    const count = words[handle + 2];
    if (count > MAX_FRAMES || handle + 3 + count > words[0]) return new Uint32Array();
    return words.slice(handle + 3, handle + 3 + count);
  }
}
