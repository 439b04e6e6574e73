import type { KernelImage } from "../src/kernel/kernel-image.ts";

const PAGE = 4096;

/** An image whose memory notes which of its pages are read, or has other contents in some. */
export function changedMemory(
  image: KernelImage,
  pages: ReadonlyMap<number, Uint8Array>,
  noted?: Set<number>,
): KernelImage {
  const read = (physical: number, into: Uint8Array) => {
    const count = image.memory.read(physical, into);
    for (let page = Math.floor(physical / PAGE); page * PAGE < physical + into.length; page++) {
      noted?.add(page);
      const other = pages.get(page);
      if (!other) continue;
      const from = Math.max(physical, page * PAGE);
      const to = Math.min(physical + into.length, (page + 1) * PAGE);
      into.set(other.subarray(from - page * PAGE, to - page * PAGE), from - physical);
    }
    return count;
  };
  const holds = (physical: number) => pages.has(Math.floor(physical / PAGE)) || image.memory.holds(physical);
  const memory = Object.create(image.memory, { read: { value: read }, holds: { value: holds } });
  return Object.create(image, { memory: { value: memory } });
}

/** An image in which bytes at some of the kernel's addresses are others. */
export function written(image: KernelImage, ...writes: readonly (readonly [address: bigint, bytes: Uint8Array])[]) {
  const pages = new Map<number, Uint8Array>();
  for (const [address, bytes] of writes) {
    for (const [i, byte] of bytes.entries()) {
      const physical = image.translate(address + BigInt(i));
      const number = Math.floor(physical / PAGE);
      const page = pages.get(number) ?? new Uint8Array(PAGE);
      if (!pages.has(number)) image.memory.read(number * PAGE, page);
      pages.set(number, page);
      page[physical % PAGE] = byte;
    }
  }
  return changedMemory(image, pages);
}

/** A 64-bit word's bytes. */
export const word = (value: bigint) => new Uint8Array(BigUint64Array.of(value).buffer);
