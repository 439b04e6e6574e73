import type { EntryMemory, Tables } from "@kasan/mmu";
import type { KasanMode } from "@kasan/shadow";
import type { CoreNote } from "./core.ts";
import type { PlatformChoice } from "./options.ts";
import type { Platform } from "./platform.ts";

/** A stretch of physical memory that an image holds. */
export interface MemorySegment {
  /** First physical address. */
  readonly physical: number;
  /** Bytes. */
  readonly size: number;
}

/** The physical memory of an image. */
export interface EvidenceMemory extends EntryMemory {
  /** The memory in the image, ascending and disjoint. */
  readonly segments: readonly MemorySegment[];
  /** Copies from a physical address on; bytes that the image does not have are 0. Returns how many it has. */
  read(physical: number, into: Uint8Array): number;
  /** Why the image does not have the page at a physical address, for people to read; `undefined` if it does, or if there is no saying why. */
  absence?(physical: number): string | undefined;
  /** Whether a stretch is most likely a hole of a sparse file, which a search may pass over. Not there: none is. */
  seemsZero?(physical: number, size: number): boolean;
}

/** The kernel's description of itself (VMCOREINFO; Documentation/admin-guide/kdump/vmcoreinfo.rst). */
export interface KernelFacts {
  /** A value as it stands. */
  text(name: string): string | undefined;
  /** `SYMBOL(name)`: an address. */
  symbol(name: string): bigint | undefined;
  /** `NUMBER(name)`, modulo 2^64. */
  number(name: string): bigint | undefined;
}

/** The user's own statements about an image. They come before what the image itself says. */
export interface IdentifyHints {
  /** Physical address of the kernel's root table. */
  readonly root?: number;
  /** Physical address of user space's root table, where that is another. */
  readonly userRoot?: number;
  /** Values of the architecture's options, those that were given. */
  readonly choice: PlatformChoice;
  /** The kernel's KASAN. */
  readonly kasan?: KasanMode | "off";
}

/** What is known about an image before its machine is identified. */
export interface Evidence {
  /** Its memory. */
  readonly memory: EvidenceMemory;
  /** A core's notes. */
  readonly notes: readonly CoreNote[];
  /** The kernel's description of itself, searched for on first use. */
  readonly facts: () => KernelFacts | undefined;
  /** The user's statements. */
  readonly hints: IdentifyHints;
  /**
   * The first eight bytes of one of the kernel's variables, found by the kernel's own symbols; `undefined` if it has none of that name,
   * or its symbols are not found. Reads all symbols, once.
   *
   * @param tables - the page tables through which the kernel is read
   */
  readonly variable?: (tables: Tables, name: string) => bigint | undefined;
}

/** A machine whose memory an image holds. */
export interface Identified {
  /** Its platform. */
  readonly platform: Platform;
  /** Physical addresses of the root tables, NaN where one is not known (arm64's TTBR0, unless given). */
  readonly roots: readonly number[];
  /** How the root was found, for people. */
  readonly rootFrom: string;
  /** The kernel's KASAN. */
  readonly kasan: KasanMode | "off";
  /** Warnings, for people to read. */
  readonly warnings: readonly string[];
}
