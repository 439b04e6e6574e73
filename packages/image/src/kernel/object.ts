import { KASAN_SLAB_FREE, KASAN_SLAB_FREE_META, KASAN_SLAB_REDZONE, KASAN_TAG_INVALID, shadowOf } from "@kasan/shadow";
import { freeObjects } from "./free-objects.ts";
import type { Kernel } from "./kernel.ts";
import { type FoundObject, Slabs } from "./slab.ts";
import { type ObjectTracks, Tracks } from "./tracks.ts";
import { kernelVersionOf } from "./version.ts";

/** What became of an object. `unused`: its slab was made, and it was never allocated. */
export type ObjectState = "in use" | "in quarantine" | "free" | "unused" | "unknown";

/** The object that an address lies in or next to, and its life. */
export interface ObjectLife extends FoundObject {
  /** What became of it, as far as its shadow tells. */
  readonly state: ObjectState;
  /** Bytes that were asked for; the object's size if that is no longer known. */
  readonly allocSize: number;
  /** Who allocated and freed it. */
  readonly tracks: ObjectTracks;
}

/** The slab allocator of a kernel. */
export const slabsOf = (kernel: Kernel): Slabs => kernel.once("slabs", () => new Slabs(kernel));

/** Who allocated and freed a kernel's objects. */
export const tracksOf = (kernel: Kernel): Tracks =>
  kernel.once("tracks", () => new Tracks(kernel, slabsOf(kernel), kernelVersionOf(kernel)));

/**
 * The object nearest to an address. `pointer`: with its tag.
 *
 * @returns `undefined` if no slab is there
 * @throws ImageError if the kernel's structures are not known
 */
export function objectAt(kernel: Kernel, pointer: bigint): ObjectLife | undefined {
  const found = slabsOf(kernel).objectAt(kernel.memory.untagged(pointer));
  if (!found) return undefined;
  const shadow = shadowBytes(kernel, found);
  return {
    ...found,
    state: kernel.image.shadow ? stateOf(kernel, shadow[0]) : listedState(freeObjects(kernel, found), found.address),
    allocSize: allocSize(kernel, found, shadow),
    tracks: tracksOf(kernel).of(found, pointer, shadow[0] ?? -1),
  };
}

/** The shadow of an object; empty if the kernel has none. */
function shadowBytes({ image, memory, attempt }: Kernel, { address, cache }: FoundObject): Uint8Array {
  if (!image.shadow) return new Uint8Array(0);
  const { granule } = image.shadow;
  const start = shadowOf(image.shadow, address);
  return attempt(() => memory.bytes(start, Math.ceil(cache.objectSize / granule))) ?? new Uint8Array(0);
}

/** What became of an object of a kernel without shadow: whether it is on a list of free ones, if these are known. */
export function listedState(free: ReadonlySet<bigint> | undefined, address: bigint): ObjectState {
  return free === undefined ? "unknown" : free.has(address) ? "free" : "in use";
}

/** What became of an object, by the shadow of its first granule: `undefined` if it has none. */
export function stateOf({ image }: Kernel, first: number | undefined): ObjectState {
  if (first === undefined) return "unknown";
  if (image.kasan === "sw_tags") return first === KASAN_TAG_INVALID ? "free" : "in use";
  if (first < 8) return "in use";
  // An object that leaves the quarantine loses its metadata (`qlink_free` in mm/kasan/quarantine.c).
  if (first === KASAN_SLAB_FREE_META) return "in quarantine";
  return first === KASAN_SLAB_FREE ? "free" : first === KASAN_SLAB_REDZONE ? "unused" : "unknown";
}

/** `kasan_get_alloc_size`: up to the first granule that is not all allowed. */
function allocSize({ image }: Kernel, { cache: { objectSize } }: FoundObject, shadow: Uint8Array): number {
  const granule = image.shadow?.granule ?? 8;
  let size = 0;
  for (const byte of shadow) {
    if (size >= objectSize) break;
    if (image.kasan === "sw_tags" ? byte !== KASAN_TAG_INVALID : byte === 0) size += granule;
    else return size + (image.kasan === "generic" && byte < granule ? byte : 0) || objectSize;
  }
  return Math.min(size, objectSize) || objectSize;
}

/** The tag of an object's memory in tag-based modes, by its shadow; `undefined` without. */
export function memoryTag(kernel: Kernel, address: bigint): number | undefined {
  const { image } = kernel;
  if (image.kasan !== "sw_tags" || !image.shadow) return undefined;
  return kernel.attempt(() => kernel.memory.u8(shadowOf(image.shadow!, kernel.memory.untagged(address))));
}
