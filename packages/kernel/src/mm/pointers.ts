import { KASAN_TAG_KERNEL, resetTag, tagOf, withTag } from "@kasan/shadow";

/**
 * The interpretation of a pointer's top byte. Addresses are passed whole or as their upper 32 bits (of either sign), so that hot
 * paths create no bigint.
 */
export interface Pointers {
  /** The upper half of an address with the tag removed: signed. */
  untag(high: number): number;
  /** The tag of a pointer, given its upper half; the match-all tag if pointers have none. */
  tagOf(high: number): number;
  /** The upper half of an address with a tag: unsigned. */
  withTag(high: number, tag: number): number;
  /** The address of a pointer. */
  address(pointer: bigint): bigint;
  /** The tag of a pointer; the match-all tag if pointers have none. */
  tag(pointer: bigint): number;
  /** A pointer to an address with a tag. */
  pointer(address: bigint, tag: number): bigint;
}

/** Untagged pointers: a pointer is an address. */
export const PLAIN_POINTERS: Pointers = {
  untag: (high) => high | 0,
  tagOf: () => KASAN_TAG_KERNEL,
  withTag: (high) => high >>> 0,
  address: (pointer) => pointer,
  tag: () => KASAN_TAG_KERNEL,
  pointer: (address) => address,
};

/** The top byte is a tag, which the processor ignores: it sign-extends bit 55 instead. */
export const TAGGED_POINTERS: Pointers = {
  untag: (high) => (high << 8) >> 8,
  tagOf: (high) => high >>> 24,
  withTag: (high, tag) => ((high & 0xffffff) | (tag << 24)) >>> 0,
  address: resetTag,
  tag: tagOf,
  pointer: withTag,
};
