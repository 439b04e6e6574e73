import type { Kernel } from "./kernel.ts";
import { slabObjects } from "./neighbours.ts";
import { slabsOf } from "./object.ts";
import { pagesOf } from "./page-dump.ts";
import type { FoundSlab } from "./slab.ts";

/** Descriptors are there, or not, in pages of so many bytes. */
const PAGE = 4096;

/** All slabs in the image, by the descriptors of its pages. */
export function* eachSlab(kernel: Kernel): Generator<FoundSlab> {
  const slabs = slabsOf(kernel);
  const pages = pagesOf(kernel);
  const { pageBytes } = pages;
  for (const { physical, size } of kernel.image.memory.segments) {
    for (let at = Math.ceil(physical / pageBytes) * pageBytes; at + pageBytes <= physical + size; at += pageBytes) {
      const descriptor = pages.descriptorOf(at);
      if (!kernel.memory.has(descriptor)) {
        at += pageBytes * (pagesUpTo(descriptor, pages.bytes) - 1);
        continue;
      }
      const found = kernel.attempt(() => slabs.slabOf(descriptor));
      const address = found && directAddress(kernel, at);
      if (found && address !== undefined) yield { ...found, address, physical: at, head: descriptor };
    }
  }
}

/** How many pages' descriptors there are from one to the end of the page that it lies in. */
const pagesUpTo = (descriptor: bigint, bytes: number) => Math.ceil((PAGE - Number(descriptor & 0xfffn)) / bytes);

/** The objects of a cache, in all its slabs, but for those that are known to be free: what is in these was true once. */
export function* eachObject(kernel: Kernel, cache: string): Generator<bigint> {
  for (const { cache: of, address: slab } of eachSlab(kernel)) {
    if (of.name !== cache) continue;
    for (const { address, state } of slabObjects(kernel, slab))
      if (state === "in use" || state === "unknown") yield address;
  }
}

/** The address of a physical one in the direct map; `undefined` if it is not there. */
export function directAddress(kernel: Kernel, physical: number): bigint | undefined {
  const start = directStart(kernel);
  return start === undefined ? undefined : start + BigInt(physical);
}

/** The direct map's address of physical 0, if that were there: by where its first page leads. */
function directStart(kernel: Kernel): bigint | undefined {
  return kernel.once("direct map", () => {
    const { pageOffset } = kernel.image.architecture.layout;
    const first = kernel.image.translate(pageOffset);
    return first < 0 ? undefined : pageOffset - BigInt(first);
  });
}
