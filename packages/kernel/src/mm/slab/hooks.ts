import { KASAN_TAG_KERNEL } from "@kasan/shadow";
import type { KmemCache } from "./cache.ts";
import { NO_FREE_META } from "./cache.ts";
import type { PlaceMeta } from "./layout.ts";

/** What KASAN does as slabs come. Addresses are physical. */
export interface SlabHooks {
  /** Finds room for metadata and redzone. */
  readonly placeMeta: PlaceMeta;
  /** A slab's pages arrived. */
  poisonSlab(start: number, bytes: number): void;
  /** An object of a new slab gets its metadata. */
  initializeObject(cache: KmemCache, object: number): void;
  /** Before the constructor runs on an object. */
  unpoisonNewObject(cache: KmemCache, object: number): void;
  /** After it ran. */
  poisonNewObject(cache: KmemCache, object: number): void;
}

/**
 * What a mode of KASAN does as slab objects change hands (mm/kasan/common.c). Addresses are physical; a tag is that of the pointer
 * used; `by`: call-stack words of the kernel functions above the caller, innermost first, for the stack that is saved.
 */
export interface ObjectHooks extends SlabHooks {
  /** Whether a free is checked: of an object, at its start, for the first time. */
  readonly checksFrees: boolean;
  /** Whether elements that a mempool keeps are poisoned. */
  readonly poisonsElements: boolean;
  /** Whether freed objects that RCU readers may use are poisoned when these are done (CONFIG_SLUB_RCU_DEBUG). */
  readonly delaysFrees: boolean;
  /** Bytes of objects that were freed and are kept from use. */
  readonly keptBytes: number;
  /** An object leaves the allocator: accessible as a whole. kmalloc narrows it with {@link ObjectHooks.kmalloc}. */
  allocated(cache: KmemCache, object: number, by: Uint32Array): void;
  /** Of an object that kmalloc hands out, `size` bytes are accessible and the rest is redzone. */
  kmalloc(cache: KmemCache, object: number, size: number, by: Uint32Array): void;
  /** The same of a block of `bytes` bytes of whole pages. */
  kmallocLarge(start: number, size: number, bytes: number): void;
  /** A mempool hands an object out again, through the pointer that it was given. */
  reallocated(cache: KmemCache, object: number, by: Uint32Array, tag: number): void;
  /** A mempool keeps a block of whole pages. */
  keepLarge(start: number, bytes: number): void;
  /** Makes `size` bytes of an object accessible through a pointer. */
  unpoison(object: number, size: number, tag: number): void;
  /** The tag of the memory at an address; the one that matches all in a mode without tags. */
  tagOf(object: number): number;
  /** The tag of a new pointer to what was just allocated: objects, or whole pages. */
  pointerTag(object: number): number;
  /** Whether an object is in use; if not, a free of it is a second one (kasan_byte_accessible). */
  isAccessible(object: number, tag: number): boolean;
  /** An object was freed: poison, and the track of the free. @returns whether it has room for what {@link ObjectHooks.keep} notes */
  freed(cache: KmemCache, object: number, by: Uint32Array, tag: number): boolean;
  /** Keeps a freed object from use for a while. @returns false if it is to be released at once */
  keep(cache: KmemCache, object: number): boolean;
  /** An object goes back on a free list. */
  toFreeList(cache: KmemCache, object: number): void;
  /** Remembers a stack that may free the object later: call_rcu, a work item (kasan_record_aux_stack). */
  recordAuxiliary(cache: KmemCache, object: number, by: Uint32Array): void;
  /** An allocation may sleep: lets go of objects that were kept, if they are too many. */
  reduceKept(): void;
  /** A cache is about to be destroyed: lets go of its objects. */
  letGoOf(cache: KmemCache): void;
}

/** A kernel without KASAN. */
export const NO_OBJECT_HOOKS: ObjectHooks = {
  placeMeta: (_shape, size) => ({ size, allocMeta: 0, freeMeta: NO_FREE_META }),
  checksFrees: false,
  poisonsElements: false,
  delaysFrees: false,
  keptBytes: 0,
  poisonSlab() {},
  initializeObject() {},
  unpoisonNewObject() {},
  poisonNewObject() {},
  allocated() {},
  kmalloc() {},
  kmallocLarge() {},
  reallocated() {},
  keepLarge() {},
  unpoison() {},
  tagOf: () => KASAN_TAG_KERNEL,
  pointerTag: () => KASAN_TAG_KERNEL,
  isAccessible: () => true,
  freed: () => false,
  keep: () => false,
  toFreeList() {},
  recordAuxiliary() {},
  reduceKept() {},
  letGoOf() {},
};
