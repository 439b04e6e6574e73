import { KASAN_TAG_INVALID, KASAN_TAG_KERNEL, KASAN_TAG_MAX, minTag } from "@kasan/shadow";
import type { Counter, Counters } from "../../smp/counters.ts";

/** Bytes of memory that one tag describes. */
export const TAG_GRANULE = 16;

/**
 * What is written in place of each value of generic mode's shadow, in the tag-based modes: all poison is one value, and what is
 * accessible has no tag yet, which whoever hands it out gives it.
 */
export const tagTable = (): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => (value < TAG_GRANULE ? KASAN_TAG_KERNEL : KASAN_TAG_INVALID));

/** How a mode makes tags of 32 random bits. */
export interface TagRules {
  /** The lowest tag. */
  readonly lowest: number;
  /** How many low bits of the random ones are passed over. */
  readonly shift: number;
}

/** Tags of software, as kasan_random_tag of mm/kasan/sw_tags.c takes them. */
export const SW_TAG_RULES: TagRules = { lowest: minTag("sw_tags"), shift: 0 };
/**
 * Tags of hardware (IRG), without those that the kernel excludes: the invalid one and the one that matches all (`GCR_EL1`). Bit n of
 * the generator repeats after 2^(n + 1) tags, so its low bits are no choice where there are few tags.
 */
export const HW_TAG_RULES: TagRules = { lowest: minTag("hw_tags"), shift: 20 };

/** How many different tags objects can have. */
export const tagCount = ({ lowest }: TagRules): number => KASAN_TAG_MAX + 1 - lowest;

/** Random tags: a linear congruential generator (mm/kasan/sw_tags.c), here seeded by the machine. */
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
   * The tag of an object (physical address) that keeps one for as long as its slab lives: with a constructor, which may have
   * left pointers to the object, or in use beyond its free (SLAB_TYPESAFE_BY_RCU).
   */
  lasting(object: number): number {
    const mixed = Math.imul((object >>> 4) ^ this.seed, 0x9e3779b1);
    return this.from(mixed ^ (mixed >>> 15));
  }
}
