import type { Identified, IdentifyHints } from "@kasan/platform";
import type { KernelConfig } from "./kernel-config.ts";
import type { VmcoreInfo } from "./vmcoreinfo.ts";

/** Statements about an image that come before what it says itself. */
export interface ImageHints extends Partial<IdentifyHints> {
  /** The name of the architecture: `x86_64`. Needed for raw memory. */
  readonly arch?: string;
  /** The kernel's configuration: see {@link parseKernelConfig}. What depends on it is told from the page tables otherwise. */
  readonly config?: KernelConfig;
  /** The text of the kernel's System.map, in place of the symbols in its memory. */
  readonly systemMap?: string;
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
  /** The text of the kernel's System.map, if it was given. */
  readonly systemMap?: string;
  /** The kernel's description of itself, if it was needed so far. */
  readonly facts?: VmcoreInfo;
}
