import { ImageError } from "../error.ts";
import type { Kernel } from "./kernel.ts";
import { offsetOf, withoutTypes } from "./layout.ts";

/** Where `struct kmem_cache` (mm/slab.h, before 6.8 include/linux/slub_def.h) has what is needed of it. Bytes. */
export interface CacheLayout {
  /** A pointer to its name. */
  readonly name: number;
  /** Bytes from one object to the next, 4 bytes. */
  readonly size: number;
  /** Bytes of an object, 4 bytes. */
  readonly objectSize: number;
  /** `kasan_info`: where an object has its allocation's and its free's metadata, 4 bytes each; absent without them. */
  readonly kasan: { readonly alloc: number; readonly free: number } | undefined;
  /** Bytes before an object for SLUB's own checks, 4 bytes; `undefined` if not known. */
  readonly redLeftPad: number | undefined;
}

/** Bytes of `struct kmem_cache` that are searched. */
const SEARCHED = 512;
/** Pointers in `kmalloc_caches`: some types, 14 sizes each. */
const MOST_CACHES = 256;
/** `KASAN_NO_FREE_META`: an object has no free metadata. */
export const NO_FREE_META = 0x7fffffff;

/**
 * The layout of this kernel's caches: as its types say, else measured. kmalloc's caches serve as known ones: `kmalloc-96` has objects
 * of 96 bytes.
 *
 * @throws {@link ImageError} `IMAGE_TYPES` if neither works
 */
export function cacheLayout(kernel: Kernel): CacheLayout {
  return typedLayout(kernel) ?? measuredLayout(kernel);
}

function typedLayout(kernel: Kernel): CacheLayout | undefined {
  if (!kernel.types) return undefined;
  const offset = (member: string) => offsetOf(kernel, "kmem_cache", member);
  const [name, size, objectSize] = [offset("name"), offset("size"), offset("object_size")];
  if (name === undefined || size === undefined || objectSize === undefined) return undefined;
  const [alloc, free] = [offset("kasan_info.alloc_meta_offset"), offset("kasan_info.free_meta_offset")];
  const kasan = alloc === undefined || free === undefined ? undefined : { alloc, free };
  return { name, size, objectSize, kasan, redLeftPad: offset("red_left_pad") };
}

/** A cache whose objects' size is known, and its bytes. */
interface KnownCache {
  readonly bytes: DataView;
  readonly objectSize: number;
}

function measuredLayout(kernel: Kernel): CacheLayout {
  const caches = kmallocCaches(kernel);
  const name = wordWhere(caches.length, 8, (i, at) => sizeInName(nameAt(kernel, caches[i]!, at)) !== undefined);
  if (name === undefined) throw unknown(kernel);
  const known = caches.flatMap((address): KnownCache[] => {
    const objectSize = sizeInName(nameAt(kernel, address, name));
    const bytes = kernel.attempt(() => new DataView(kernel.memory.bytes(address, SEARCHED).buffer));
    return objectSize === undefined || bytes === undefined ? [] : [{ bytes, objectSize }];
  });
  const word = (i: number, at: number) => known[i]!.bytes.getUint32(at, true);
  // `size` comes directly before `object_size`, and is no less.
  const objectSize = wordWhere(known.length, 4, (i, at) => {
    const { objectSize: bytes } = known[i]!;
    return at >= 4 && word(i, at) === bytes && word(i, at - 4) >= bytes && word(i, at - 4) <= bytes * 2 + 1024;
  });
  if (objectSize === undefined) throw unknown(kernel);
  const kasan = kernel.image.kasan === "generic" ? measuredKasan(known, name) : undefined;
  return { name, size: objectSize - 4, objectSize, kasan, redLeftPad: undefined };
}

/**
 * An object's allocation metadata comes right after it, that of its free is in it, or after the other, or missing. Before the name come
 * words that look alike (`align`, `red_left_pad`).
 */
function measuredKasan(known: readonly KnownCache[], name: number): CacheLayout["kasan"] {
  const alloc = wordWhere(known.length, 4, (i, at) => {
    const { bytes, objectSize } = known[i]!;
    if (at <= name || at + 8 > SEARCHED || bytes.getUint32(at, true) !== Math.ceil(objectSize / 8) * 8) return false;
    const free = bytes.getUint32(at + 4, true);
    return free === 0 || free === NO_FREE_META || (free > objectSize && free < objectSize + 64);
  });
  return alloc === undefined ? undefined : { alloc, free: alloc + 4 };
}

const unknown = (kernel: Kernel) =>
  new ImageError(
    "IMAGE_TYPES",
    `where struct kmem_cache has its members is not known: ${withoutTypes(kernel)}, and kmalloc's caches were not found`,
  );

/** The caches in `kmalloc_caches`, an array that ends with no pointer. */
export function kmallocCaches(kernel: Kernel): bigint[] {
  const { memory } = kernel;
  const array = kernel.symbol("kmalloc_caches");
  if (array === undefined) return [];
  const pointers = kernel.attempt(() => new BigUint64Array(memory.bytes(array, MOST_CACHES * 8).buffer)) ?? [];
  const found = new Set<bigint>();
  for (const pointer of pointers) {
    // Sizes that a type lacks, and the one of 0 bytes, are null.
    if (pointer === 0n) continue;
    if (!isKernelPointer(kernel, pointer)) break;
    found.add(pointer);
  }
  return [...found];
}

function isKernelPointer({ memory }: Kernel, pointer: bigint): boolean {
  return memory.untagged(pointer) >= 1n << 63n && memory.has(pointer);
}

/** The first place, by `step` bytes, at which most of `count` structures have what is looked for. */
function wordWhere(count: number, step: number, has: (index: number, at: number) => boolean): number | undefined {
  for (let at = 0; count > 0 && at + step <= SEARCHED; at += step) {
    let found = 0;
    for (let i = 0; i < count; i++) if (has(i, at)) found++;
    // Caches can be merged, or too large for metadata.
    if (found >= count * 0.7) return at;
  }
  return undefined;
}

function nameAt(kernel: Kernel, cache: bigint, at: number): string {
  return kernel.attempt(() => kernel.memory.text(kernel.memory.u64(cache + BigInt(at)), 64)) ?? "";
}

/** The bytes that a name of kmalloc's says: `kmalloc-96`, `kmalloc-cg-2k`, `dma-kmalloc-1M`. */
function sizeInName(name: string): number | undefined {
  const [, digits, unit] = /^(?:dma-)?kmalloc-(?:[\w-]*-)?(\d+)([kM]?)$/.exec(name) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit === "k" ? 1024 : unit === "M" ? 2 ** 20 : 1);
}
