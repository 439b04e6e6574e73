import type { KasanMode } from "@kasan/shadow";
import type { CoreFormat } from "./core.ts";
import type { Evidence, Identified } from "./identify.ts";
import type { Platform } from "./platform.ts";

/** What of a processor or its kernel can be chosen, as text: a command line's flag, a field of JSON. */
export interface PlatformOption {
  /** Its name, in the form of a flag: `page-size`. */
  readonly name: string;
  /** What stands for its value in help: `size`. */
  readonly placeholder: string;
  /** A few words for help: `bytes of a page`. */
  readonly about: string;
  /** The values that it takes; or the range of whole numbers, both inclusive. */
  readonly values: readonly string[] | { readonly least: number; readonly most: number };
  /** Its value unless one is given. */
  readonly default: string;
}

/** Values of {@link PlatformOption}s by name. It survives JSON and a structured clone. */
export type PlatformChoice = Readonly<Record<string, string>>;

/** An architecture, as it is registered. */
export interface PlatformPlugin {
  /** Its one name, in commands, JSON and docs: `x86_64`. */
  readonly name: string;
  /** Its name for people: `x86-64`. */
  readonly title: string;
  /** What can be chosen. */
  readonly options: readonly PlatformOption[];
  /** The KASAN modes that its kernels have. */
  readonly modes: readonly KasanMode[];
  /**
   * Makes the platform.
   *
   * @param choice A value for each of {@link options}, each of which the option takes.
   * @param kasan The kernel's KASAN, which decides on the layout of its shadow.
   */
  create(choice: PlatformChoice, kasan: KasanMode | "off"): Platform;
  /** What a core file looks like: what {@link Platform.core} is, too. */
  readonly core?: CoreFormat;
  /** The register that holds the kernel's root table, for people who have to give it: `CR3`. */
  readonly rootRegister?: string;
  /** The register that holds user space's root table, where that is another. */
  readonly userRootRegister?: string;
  /** Finds the page tables in a memory image; `undefined` if there are none. */
  identify?(evidence: Evidence): Identified | undefined;
}
