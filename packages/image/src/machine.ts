import type { Identified, IdentifyHints } from "@kasan/platform";
import type { KernelConfig } from "./kernel-config.ts";
import type { SymbolTable } from "./symbols/symbol-table.ts";
import type { KernelFile } from "./symbols/vmlinux.ts";
import type { Btf } from "./types/btf.ts";
import type { VmcoreInfo } from "./vmcoreinfo.ts";

/** Statements about an image that come before what it says itself. */
export interface ImageHints extends Partial<IdentifyHints> {
  /** The name of the architecture: `x86_64`. Needed for raw memory. */
  readonly arch?: string;
  /** The kernel's configuration: see {@link parseKernelConfig}. What depends on it is told from the page tables otherwise. */
  readonly config?: KernelConfig;
  /** The text of the kernel's System.map, in place of the symbols in its memory. */
  readonly systemMap?: string;
  /** The kernel's own file, vmlinux, by whose symbols and types it is read in place of those in its memory. */
  readonly vmlinux?: KernelFile;
}

/** The machine whose memory an image holds. */
export interface ImageMachine extends Identified {
  /** The name of its architecture: `x86_64`. */
  readonly arch: string;
  /** The kernel's release, if it says so. */
  readonly release: string | undefined;
  /** How far KASLR moved the kernel's addresses; `undefined` if the kernel does not say. */
  readonly kernelOffset: bigint | undefined;
  /** The kernel's configuration, if it was given. */
  readonly config: KernelConfig | undefined;
  /** The kernel's symbols, if they were given or needed so far. */
  readonly symbols?: SymbolTable;
  /** The kernel's types, if they were given. */
  readonly types?: Btf;
  /** The kernel's description of itself, if it was needed so far. */
  readonly facts?: VmcoreInfo;
}
