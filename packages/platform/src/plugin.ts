import type { KasanMode } from "@kasan/shadow";
import type { CoreFormat } from "./core.ts";
import type { Evidence, Identified } from "./identify.ts";
import type { PlatformChoice, PlatformOption } from "./options.ts";
import type { Platform } from "./platform.ts";

/** An architecture, as it is registered. */
export interface PlatformPlugin {
  /** Its one name, in commands, JSON and docs: `x86_64`. */
  readonly name: string;
  /** Its name for people: `x86-64`. */
  readonly title: string;
  /** The choices. */
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
  /** The architecture's core files, as in {@link Platform.core}. */
  readonly core?: CoreFormat;
  /** The register that holds the kernel's root table, for people who have to give it: `CR3`. */
  readonly rootRegister?: string;
  /** The register that holds user space's root table, where that is another. */
  readonly userRootRegister?: string;
  /** Finds the page tables in a memory image; `undefined` if there are none. */
  identify?(evidence: Evidence): Identified | undefined;
}
