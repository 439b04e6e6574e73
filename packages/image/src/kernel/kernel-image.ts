import type { EvidenceMemory, Platform } from "@kasan/platform";
import type { KasanMode, ShadowLayout } from "@kasan/shadow";
import type { VmcoreInfo } from "../vmcoreinfo.ts";

/** What a kernel's own data are read from: memory, page tables, and the kernel's description of itself. A `MemoryImage` is one. */
export interface KernelImage {
  /** The page-table format, and the kernel's regions. */
  readonly architecture: Platform;
  /** Physical addresses of the root tables, NaN where one is not known. */
  readonly roots: readonly number[];
  /** The physical memory. */
  readonly memory: EvidenceMemory;
  /** The kernel's KASAN. */
  readonly kasan: KasanMode | "off";
  /** The layout of its shadow; `undefined` if it has none. */
  readonly shadow: ShadowLayout | undefined;
  /** VMCOREINFO; `undefined` if the image has none. */
  readonly facts: VmcoreInfo | undefined;
  /** The physical address that page `vpn` (address / 4096) is mapped to, -1 if to none. */
  translatePage(vpn: number): number;
  /** The physical address that `address` is mapped to, -1 if to none. */
  translate(address: bigint): number;
}

/** Whether the machine has memory at a physical address: elsewhere are devices, or nothing. */
export const hasMemory = ({ memory }: KernelImage, at: number): boolean =>
  memory.segments.some(({ physical, size }) => physical <= at && at < physical + size);
