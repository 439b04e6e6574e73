import { shadowOf, truncateAddress } from "@kasan/shadow";
import { freeObjects } from "./free-objects.ts";
import type { Kernel } from "./kernel.ts";
import { listedState, type ObjectState, slabsOf, stateOf } from "./object.ts";

/** An object of a slab. */
export interface SlabObject {
  /** Its number in the slab, from 0 on. */
  readonly index: number;
  /** Its first address. */
  readonly address: bigint;
  /** What became of it. */
  readonly state: ObjectState;
}

/**
 * All objects of the slab that an address lies in, in their order; none if no slab is there.
 *
 * @throws {@link ImageError} if the kernel's structures are not known
 */
export function slabObjects(kernel: Kernel, address: bigint): SlabObject[] {
  const found = slabsOf(kernel).objectAt(kernel.memory.untagged(address));
  if (!found) return [];
  const { shadow } = kernel.image;
  const free = shadow ? undefined : freeObjects(kernel, found);
  const first = found.address - BigInt(found.index * found.cache.size);
  return Array.from({ length: found.count }, (_, index) => {
    const at = truncateAddress(first + BigInt(index * found.cache.size));
    const byte = shadow && kernel.attempt(() => kernel.memory.u8(shadowOf(shadow, at)));
    return { index, address: at, state: shadow ? stateOf(kernel, byte) : listedState(free, at) };
  });
}
