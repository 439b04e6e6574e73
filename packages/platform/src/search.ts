import { type Architecture, isTagged, PageFlags, type Tables, tableIndex, WalkResult, walk } from "@kasan/mmu";
import { offsetOf, vpnOf } from "@kasan/shadow";
import type { EvidenceMemory } from "./identify.ts";

const found = new WalkResult();

/** The physical address that `address` is mapped to, -1 if none. */
export function physicalOf(tables: Tables, address: bigint): number {
  return walk(tables, vpnOf(address), found) ? found.physical + offsetOf(address) : -1;
}

/** Whether the kernel may execute what `address`, which is mapped, is mapped to. */
export function isExecutable(tables: Tables, address: bigint): boolean {
  return walk(tables, vpnOf(address), found) && (found.flags & PageFlags.EXEC) !== 0;
}

/** Whether `address` is mapped as memory whose tags are compared. */
export function isTaggedMemory(tables: Tables, address: bigint): boolean {
  return walk(tables, vpnOf(address), found) && isTagged(found.flags);
}

/** Bytes of memory that are searched for a root table at most: 16 GiB. */
const MOST_SEARCHED = 2 ** 34;

/**
 * Searches memory for root tables, page by page.
 *
 * @param looksLike Whether a page can be one, at a glance: called with words of memory (signed) and where the page starts in them.
 * @param isRoot Whether the page at a physical address is one. Return `false` to search on.
 */
export function searchRoot(
  memory: EvidenceMemory,
  pageBytes: number,
  looksLike: (words: Int32Array, index: number) => boolean,
  isRoot: (physical: number) => boolean,
): number | undefined {
  const bytes = new Uint8Array(2 ** 20);
  const words = new Int32Array(bytes.buffer);
  let searched = 0;
  for (const { physical, size } of memory.segments) {
    const start = Math.ceil(physical / pageBytes) * pageBytes;
    for (let at = start; at + pageBytes <= physical + size; at += bytes.length) {
      searched += bytes.length;
      if (searched > MOST_SEARCHED) return undefined;
      memory.read(at, bytes);
      const end = Math.min(bytes.length, physical + size - at);
      for (let page = 0; page + pageBytes <= end; page += pageBytes) {
        if (looksLike(words, page / 4) && isRoot(at + page)) return at + page;
      }
    }
  }
  return undefined;
}

/**
 * Searches memory for a kernel's root table: one that maps itself in the direct map, which is linear from its start on. A kernel
 * image must be mapped too, which tells the kernel's tables from those of its early boot.
 *
 * @param rootsOf The roots, given the kernel's.
 */
export function searchKernelRoot(
  memory: EvidenceMemory,
  architecture: Architecture,
  rootsOf: (root: number) => readonly number[],
): number | undefined {
  const { layout, levels, pageShift } = architecture;
  const { shift, indexBits } = levels[0]!;
  const index = (address: bigint) => tableIndex(vpnOf(address) >>> 0, vpnOf(address) / 2 ** 32, shift, indexBits) * 2;
  const [direct, image] = [index(layout.pageOffset), index(layout.kernelText)];
  const maps = (words: Int32Array, at: number) => {
    const kind = architecture.kind(0, words[at]!, words[at + 1]!);
    return kind === "table" || kind === "leaf";
  };
  return searchRoot(
    memory,
    2 ** pageShift,
    (words, page) => maps(words, page + direct) && maps(words, page + image),
    (root) => {
      const tables = { architecture, memory, roots: rootsOf(root) };
      const start = physicalOf(tables, layout.pageOffset);
      if (start < 0 || root < start) return false;
      const mapped = layout.pageOffset + BigInt(root - start);
      // No kernel can execute its direct map, but chance can.
      return physicalOf(tables, mapped) === root && !isExecutable(tables, mapped);
    },
  );
}
