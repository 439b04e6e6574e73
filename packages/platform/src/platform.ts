import type { Architecture } from "@kasan/mmu";
import type { CoreFormat } from "./core.ts";
import { PlatformError } from "./error.ts";
import type { ListingFormat, ListingOf } from "./listing.ts";
import type { MemoryModel } from "./memory-model.ts";
import type { KernelWords } from "./words.ts";

/** An architecture's own part of the kernel's source. */
export interface KernelSource {
  /** The folder below `arch/`: `x86`, `arm64`, `riscv`. */
  readonly folder: string;
  /** The options that every kernel of the architecture sets, without `CONFIG_`: `X86_64`. */
  readonly config: readonly string[];
}

/**
 * The effect of a division by zero. It raises an exception (x86), or gives 0 (arm64) or all ones (RISC-V) as the quotient and the
 * dividend as the remainder. Where it does not trap, the lowest number divided by -1 gives itself.
 */
export type Division = "traps" | "zero" | "ones";

/**
 * An architecture, configured: a page-table format, and what else differs between processors and their kernels. Every
 * member beyond {@link Architecture} may be absent. Code that needs an absent member throws {@link PlatformError}
 * `PLATFORM_MEMBER`, which names the member; see {@link member}.
 *
 * To add an architecture, write a {@link PlatformPlugin} in a package of its own:
 *
 * 1. The page tables: the checklist of {@link Architecture}. With that alone `@kasan/mmu` works, `kasan layout` counts what
 *    shadow costs, and `@kasan/vmalloc`'s and `@kasan/shadow`'s schemes run.
 * 2. To boot a machine and print reports and oopses (`kasan run`): {@link words}, {@link division}, {@link source}.
 * 3. To explore interleavings (`kasan check`): {@link memoryModel}.
 * 4. To write memory dumps (`kasan run --dump`): {@link core}.
 * 5. To read dumps (`kasan ptdump`, `kasan inspect`): {@link listing}, {@link PlatformPlugin.identify}.
 */
export interface Platform extends Architecture {
  /** How its kernel words what it logs. */
  readonly words?: KernelWords;
  /** The architecture's part of the kernel's source. */
  readonly source?: KernelSource;
  /** The result of a division by zero. */
  readonly division?: Division;
  /** How the processor orders memory. */
  readonly memoryModel?: MemoryModel;
  /** Its core files. */
  readonly core?: CoreFormat;
  /** The form of the kernel's listing of its page tables. */
  listing?(of: ListingOf): ListingFormat;
}

/**
 * A member that may be absent.
 *
 * @param purpose What it is needed for, to complete "is needed to": `print an oops`.
 * @throws {@link PlatformError} `PLATFORM_MEMBER` if it is absent.
 */
export function member<Name extends OptionalMember>(
  platform: Platform,
  name: Name,
  purpose: string,
): NonNullable<Platform[Name]> {
  const value = platform[name];
  if (value !== undefined) return value;
  throw new PlatformError(
    "PLATFORM_MEMBER",
    `${platform.name} does not say its ${name}, which is needed to ${purpose}; add Platform.${name} to its plugin`,
  );
}

/** The members of {@link Platform} that may be absent. */
export type OptionalMember = Exclude<keyof Platform, keyof Architecture>;
