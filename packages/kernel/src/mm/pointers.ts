import { KASAN_TAG_KERNEL, resetTag, tagOf, withTag } from "@kasan/shadow";

/** What a pointer's top byte is. Addresses are given whole, or by their upper 32 bits (of either sign): hot paths make no bigint. */
export interface Pointers {
  /** The upper half of an address without a tag: signed. */
  untag(high: number): number;
  /** The tag of a pointer by its upper half; the one that matches all where pointers have none. */
  tagOf(high: number): number;
  /** The upper half of an address with a tag: unsigned. */
  withTag(high: number, tag: number): number;
  /** The address that a pointer leads to. */
  address(pointer: bigint): bigint;
  /** The tag of a pointer; the one that matches all where pointers have none. */
  tag(pointer: bigint): number;
  /** A pointer to an address, with a tag. */
  pointer(address: bigint, tag: number): bigint;
}

/** A pointer is an address. */
export const PLAIN_POINTERS: Pointers = {
  untag: (high) => high | 0,
  tagOf: () => KASAN_TAG_KERNEL,
  withTag: (high) => high >>> 0,
  address: (pointer) => pointer,
  tag: () => KASAN_TAG_KERNEL,
  pointer: (address) => address,
};

/** The top byte is a tag, which the processor ignores: bit 55 extends over it. */
export const TAGGED_POINTERS: Pointers = {
  untag: (high) => (high << 8) >> 8,
  tagOf: (high) => high >>> 24,
  withTag: (high, tag) => ((high & 0xffffff) | (tag << 24)) >>> 0,
  address: resetTag,
  tag: tagOf,
  pointer: withTag,
};
