import {
  type Architecture,
  isTagged,
  PageFlags,
  pagesPerEntry,
  type Tables,
  tableIndex,
  WalkResult,
  walk,
} from "@kasan/mmu";
import { offsetOf, vpnOf } from "@kasan/shadow";
import type { EvidenceMemory } from "./identify.ts";

const found = new WalkResult();

/** The physical address that `address` is mapped to, -1 if none. */
export function physicalOf(tables: Tables, address: bigint): number {
  return walk(tables, vpnOf(address), found) ? found.physical + offsetOf(address) : -1;
}

/** Whether `address` is mapped to what the kernel may execute. */
export function isExecutable(tables: Tables, address: bigint): boolean {
  return walk(tables, vpnOf(address), found) && (found.flags & PageFlags.EXEC) !== 0;
}

/** Whether `address` is mapped as memory whose tags are compared. */
export function isTaggedMemory(tables: Tables, address: bigint): boolean {
  return walk(tables, vpnOf(address), found) && isTagged(found.flags);
}

/** Bytes of memory that are searched for a root table at most: 4 GiB, where kernels are. Reading more takes longer than anyone waits. */
const MOST_SEARCHED = 2 ** 32;

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
      if (memory.seemsZero?.(at, bytes.length)) continue;
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
 * image must be mapped too, which tells the kernel's tables from those of its early boot. Where one root serves user space as well,
 * a process's has all of that too: one without user space is the kernel's own, and comes first.
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
  let second: number | undefined;
  const first = searchRoot(
    memory,
    2 ** pageShift,
    (words, page) => maps(words, page + direct) && maps(words, page + image),
    (root) => {
      const tables = { architecture, memory, roots: rootsOf(root) };
      if (!mapsItself(tables, root)) return false;
      second ??= root;
      return !hasUserSpace(tables, root);
    },
  );
  return first ?? second;
}

/** Whether the direct map, wherever in memory it starts, has a root table. */
function mapsItself(tables: Tables, root: number): boolean {
  const { pageOffset } = tables.architecture.layout;
  const start = physicalOf(tables, pageOffset);
  if (start < 0 || root < start || !tables.memory.holds(start)) return false;
  const mapped = pageOffset + BigInt(root - start);
  // No kernel can execute its direct map, but chance can.
  return physicalOf(tables, mapped) === root && !isExecutable(tables, mapped);
}

/** Whether a root table that serves the kernel has entries for user space: for what lies below `TASK_SIZE_MAX`. */
export function hasUserSpace({ architecture, memory }: Tables, root: number): boolean {
  const { layout, levels } = architecture;
  if (architecture.root(0) !== architecture.root(vpnOf(layout.pageOffset))) return false;
  const entries = Math.ceil(vpnOf(layout.taskSizeMax) / pagesPerEntry(levels[0]!));
  for (let at = root; at < root + entries * 8; at += 8) {
    if (architecture.kind(0, memory.word(at), memory.word(at + 4)) !== "none") return true;
  }
  return false;
}
