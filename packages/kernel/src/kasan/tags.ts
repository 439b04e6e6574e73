import { KASAN_TAG_INVALID, KASAN_TAG_KERNEL, KASAN_TAG_MAX } from "@kasan/shadow";
import type { Counters } from "../counters.ts";

/** Bytes of memory that one tag describes. */
export const TAG_GRANULE = 16;

/**
 * What is written in place of each value of generic mode's shadow, in the tag-based modes: all poison is one value, and what is
 * accessible has no tag yet, which whoever hands it out gives it.
 */
export const tagTable = (): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => (value < TAG_GRANULE ? KASAN_TAG_KERNEL : KASAN_TAG_INVALID));

/** Random tags (kasan_random_tag of mm/kasan/sw_tags.c): a linear congruential generator, here seeded by the machine. */
export class TagSource {
  private readonly counters: Counters;
  private readonly seed: number;

  constructor(counters: Counters, seed: number) {
    this.counters = counters;
    this.seed = seed;
  }

  /** A tag, 0 … {@link KASAN_TAG_MAX}. */
  random(): number {
    const state = (Math.imul(1664525, this.counters.get("tags")) + 1013904223) >>> 0;
    this.counters.set("tags", state);
    return state % (KASAN_TAG_MAX + 1);
  }

  /**
   * The tag of an object (physical address) that keeps one for as long as its slab lives: with a constructor, which may have
   * left pointers to the object, or in use beyond its free (SLAB_TYPESAFE_BY_RCU).
   */
  lasting(object: number): number {
    const mixed = Math.imul((object >>> 4) ^ this.seed, 0x9e3779b1);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % (KASAN_TAG_MAX + 1);
  }
}
