import { type Architecture, isTagged, PageFlags, type Tables, WalkResult, walk } from "@kasan/mmu";
import { type KasanMode, offsetOf, vpnOf } from "@kasan/shadow";
import type { Note } from "../elf.ts";
import type { KernelConfig } from "../kernel-config.ts";
import type { ImageMemory } from "../memory.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";

/** The processors that are known. */
export type MachineName = "x86-64" | "arm64";

/** What is said of an image, where it does not say it itself or should not be believed. */
export interface MachineOptions {
  /** The processor. Needed for raw memory. */
  readonly arch?: MachineName;
  /** Physical address of the root table: CR3's, or TTBR1_EL1's. Found if it can be. */
  readonly root?: number;
  /** arm64: physical address of user space's root table, TTBR0_EL1's, which no image names. */
  readonly userRoot?: number;
  /** x86-64: how deep page tables are. */
  readonly levels?: 4 | 5;
  /** arm64: bytes of a page. */
  readonly pageSize?: 4096 | 16384 | 65536;
  /** arm64: `CONFIG_ARM64_VA_BITS`. */
  readonly vaBits?: number;
  /** The kernel's KASAN; found by its shadow otherwise. */
  readonly kasan?: KasanMode | "none";
  /** The kernel's configuration: see {@link parseKernelConfig}. What depends on it is told from the page tables otherwise. */
  readonly config?: KernelConfig;
}

/** What is known of an image before its machine is. */
export interface Evidence {
  /** Its memory. */
  readonly memory: ImageMemory;
  /** A core's notes. */
  readonly notes: readonly Note[];
  /** What the kernel says of itself, looked for when it is first asked for. */
  readonly vmcoreInfo: () => VmcoreInfo | undefined;
  /** What the user says. */
  readonly options: MachineOptions;
}

/** A machine whose memory an image holds. */
export interface Machine {
  /** The processor. */
  readonly arch: MachineName;
  /** Its page-table format. */
  readonly architecture: Architecture;
  /** Physical addresses of the root tables, NaN where one is not known (arm64's TTBR0, unless given). */
  readonly roots: readonly number[];
  /** How the root was found, for people. */
  readonly rootFrom: string;
  /** The kernel's KASAN. */
  readonly kasan: KasanMode | "none";
  /** The kernel's release, if it says so. */
  readonly release: string | undefined;
  /** How far KASLR moved the kernel's addresses; `undefined` if the kernel does not say. */
  readonly kernelOffset: bigint | undefined;
  /** The kernel's configuration, if it was given. */
  readonly config: KernelConfig | undefined;
  /** What seems wrong, for people. */
  readonly warnings: readonly string[];
}

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

/** Pages that are looked at for a root table at most: 16 GiB. */
const MOST_SEARCHED = 2 ** 34;

/**
 * Searches memory for root tables, page by page.
 *
 * @param looksLike Whether a page can be one, at a glance: called with words of memory (signed) and where the page starts in them.
 * @param isRoot Whether the page at a physical address is one. Return `false` to search on.
 */
export function searchRoot(
  memory: ImageMemory,
  pageBytes: number,
  looksLike: (words: Int32Array, index: number) => boolean,
  isRoot: (physical: number) => boolean,
): number | undefined {
  const bytes = Buffer.alloc(2 ** 20);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
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
