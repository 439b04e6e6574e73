import { KASAN_TAG_KERNEL } from "@kasan/shadow";
import type { KmemCache } from "./cache.ts";
import { NO_FREE_META } from "./cache.ts";
import type { PlaceMeta } from "./layout.ts";
import { MIN_ALIGN } from "./sizes.ts";

/** KASAN's hooks for new slabs. Addresses are physical. */
export interface SlabHooks {
  /** Minimum alignment of objects in bytes (ARCH_SLAB_MINALIGN). */
  readonly minAlign: number;
  /** Places metadata and redzone. */
  readonly placeMeta: PlaceMeta;
  /** Bytes of the metadata of an allocation, and of those of a free, where there are any. */
  readonly allocMetaBytes: number;
  readonly freeMetaBytes: number;
  /** Bytes at an object's start that metadata have at the moment: those of a free, in an object that is withheld from reuse. */
  metaInObject(cache: KmemCache, object: number): number;
  /** Called for the pages of a new slab. */
  poisonSlab(start: number, bytes: number): void;
  /** Initializes the metadata of an object of a new slab. */
  initializeObject(cache: KmemCache, object: number): void;
  /** Called before the constructor runs on an object. */
  unpoisonNewObject(cache: KmemCache, object: number): void;
  /** Called after the constructor ran. */
  poisonNewObject(cache: KmemCache, object: number): void;
}

/**
 * A KASAN mode's hooks for slab objects (mm/kasan/common.c). Addresses are physical; tags are those of the pointer used. `by`:
 * call-stack words of the kernel functions above the caller, innermost first, for the saved stack.
 */
export interface ObjectHooks extends SlabHooks {
  /** Whether frees are checked: the pointer must be the start of an object that is not free. */
  readonly checksFrees: boolean;
  /** Whether elements kept by a mempool are poisoned. */
  readonly poisonsElements: boolean;
  /** Whether freed objects that RCU readers may use are poisoned after the grace period (CONFIG_SLUB_RCU_DEBUG). */
  readonly delaysFrees: boolean;
  /** Bytes of freed objects that are withheld from reuse. */
  readonly keptBytes: number;
  /** Called when an object is allocated; makes all of it accessible. {@link ObjectHooks.kmalloc} narrows this for kmalloc. */
  allocated(cache: KmemCache, object: number, by: Uint32Array): void;
  /** Called for an object from kmalloc: `size` bytes are accessible, the rest is redzone. */
  kmalloc(cache: KmemCache, object: number, size: number, by: Uint32Array): void;
  /** The same for a block of whole pages of `bytes` bytes. */
  kmallocLarge(start: number, size: number, bytes: number): void;
  /** Called when a mempool hands an object out again, through the pointer that it was given. */
  reallocated(cache: KmemCache, object: number, by: Uint32Array, tag: number): void;
  /** Called when a mempool keeps a block of whole pages. */
  keepLarge(start: number, bytes: number): void;
  /** Makes `size` bytes of an object accessible through a pointer. */
  unpoison(object: number, size: number, tag: number): void;
  /** The tag of the memory at an address; the match-all tag in a mode without tags. */
  tagOf(object: number): number;
  /** The tag for a new pointer to allocated objects or whole pages. */
  pointerTag(object: number): number;
  /** Whether an object is in use; if not, freeing it is a double free (kasan_byte_accessible). */
  isAccessible(object: number, tag: number): boolean;
  /**
   * Called when an object is freed: poisons it and records the free track. @returns whether it has room for the data of
   * {@link ObjectHooks.keep}
   */
  freed(cache: KmemCache, object: number, by: Uint32Array, tag: number): boolean;
  /** Withholds a freed object from reuse for a while. @returns false if it must be released at once */
  keep(cache: KmemCache, object: number): boolean;
  /** Called when an object returns to a free list. */
  toFreeList(cache: KmemCache, object: number): void;
  /** Records a stack that may lead to the object's free, as of call_rcu or a work item (kasan_record_aux_stack). */
  recordAuxiliary(cache: KmemCache, object: number, by: Uint32Array): void;
  /** Called by allocations that may sleep: releases withheld objects if there are too many. */
  reduceKept(): void;
  /** Releases the withheld objects of a cache that is about to be destroyed. */
  letGoOf(cache: KmemCache): void;
}

/** Hooks of a kernel without KASAN. */
export const NO_OBJECT_HOOKS: ObjectHooks = {
  minAlign: MIN_ALIGN,
  placeMeta: (_shape, size) => ({ size, allocMeta: 0, freeMeta: NO_FREE_META }),
  allocMetaBytes: 0,
  freeMetaBytes: 0,
  metaInObject: () => 0,
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
