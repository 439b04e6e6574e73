import { KASAN_TAG_INVALID, KASAN_TAG_KERNEL, KASAN_TAG_MAX, minTag } from "@kasan/shadow";
import type { Counter, Counters } from "../../smp/counters.ts";

/** Bytes of memory that one tag describes. */
export const TAG_GRANULE = 16;

/**
 * Maps generic mode's shadow values to those of the tag-based modes: all poison becomes one value. Accessible memory gets its tag
 * later, when it is handed out.
 */
export const tagTable = (): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => (value < TAG_GRANULE ? KASAN_TAG_KERNEL : KASAN_TAG_INVALID));

/** How a mode derives tags from 32 random bits. */
export interface TagRules {
  /** The lowest tag. */
  readonly lowest: number;
  /** Number of low random bits to discard. */
  readonly shift: number;
}

/** Software tags, as kasan_random_tag of mm/kasan/sw_tags.c generates them. */
export const SW_TAG_RULES: TagRules = { lowest: minTag("sw_tags"), shift: 0 };
/**
 * Hardware tags (IRG), excluding the invalid and the match-all tag as the kernel does (`GCR_EL1`). Bit n of the generator has
 * period 2^(n + 1), so its low bits are too predictable when there are few tags.
 */
export const HW_TAG_RULES: TagRules = { lowest: minTag("hw_tags"), shift: 20 };

/** Number of different tags that objects can have. */
export const tagCount = ({ lowest }: TagRules): number => KASAN_TAG_MAX + 1 - lowest;

/** Random tags from a linear congruential generator (mm/kasan/sw_tags.c), seeded by the machine. */
export class TagSource {
  private readonly state: Counter;
  private readonly seed: number;
  private readonly rules: TagRules;
  private readonly count: number;

  constructor(counters: Counters, seed: number, rules: TagRules = SW_TAG_RULES) {
    this.state = counters.counter("tags");
    this.seed = seed;
    this.rules = rules;
    this.count = tagCount(rules);
  }

  private from(bits: number): number {
    return this.rules.lowest + ((bits >>> this.rules.shift) % this.count);
  }

  /** A tag, from the mode's lowest to {@link KASAN_TAG_MAX}. */
  random(): number {
    const state = (Math.imul(1664525, this.state.get()) + 1013904223) >>> 0;
    this.state.set(state);
    return this.from(state);
  }

  /**
   * The permanent tag of an object (physical address) that keeps one for as long as its slab exists: its constructor may have left
   * pointers to the object, or it may be used after its free (SLAB_TYPESAFE_BY_RCU).
   */
  lasting(object: number): number {
    const mixed = Math.imul((object >>> 4) ^ this.seed, 0x9e3779b1);
    return this.from(mixed ^ (mixed >>> 15));
  }
}
