import { type ModeName, modeNamed } from "@kasan/kernel";
import type { KernelSource } from "@kasan/platform";

/** Compile options. */
export interface CompileOptions {
  /**
   * The architecture-specific part of the kernel's source: `Platform.source` of `@kasan/platform`. {@link runProgram} uses the
   * machine's. Without it the code sees no architecture's configuration.
   */
  readonly source?: KernelSource;
  /** KASAN's mode: `generic` by default. `hw_tags` has no instrumentation. */
  readonly mode?: ModeName;
  /** `outline`: checks are function calls; `inline`: the shadow is read inline; `off`: no instrumentation. */
  readonly instrument: "outline" | "inline" | "off";
  /** log2 of the page size; 12 by default. */
  readonly pageShift?: number;
  /** `KASAN_SHADOW_OFFSET`, for inline checks and the stack's redzones. */
  readonly shadowOffset: bigint;
  /** Optimization level, as after `-O`. The kernel's is 2. */
  readonly optimize: "0" | "1" | "2" | "3" | "s" | "z";
  /** Whether variables that went out of scope are poisoned. */
  readonly useAfterScope: boolean;
  /** Whether stack variables have redzones. True by default; guests always see CONFIG_KASAN_STACK. */
  readonly stack?: boolean;
  /** Whether the given files count the edges of their code that are passed. False by default. */
  readonly coverage?: boolean;
  /** Whether they log what they compare, besides counting edges. False by default. */
  readonly comparisons?: boolean;
  /** Macro definitions, `NAME` or `NAME=value`, as after `-D`. */
  readonly defines: readonly string[];
  /** Folders to search for headers, before the kernel headers. */
  readonly includes: readonly string[];
}

/** A line like this in a C file leaves the file uninstrumented, as `KASAN_SANITIZE_file.o := n` does in a Makefile. */
export const KASAN_SANITIZE_MARK = /^[ \t]*(?:\/\/|\/\*|\*)?[ \t]*KASAN_SANITIZE[ \t]*:=[ \t]*n\b/m;

/** The path at which clang sees the kernel headers. */
export const HEADER_ROOT = "/kasan/include";

/** The path at which clang sees the precompiled header. */
export const PRECOMPILED = "/kasan/precompiled.pch";

/** What a Makefile says about how one of its files is compiled. */
export interface FileFlags {
  /** Folders searched for headers before the kernel's own. */
  readonly folders: readonly string[];
  /** Macro definitions. */
  readonly defines: readonly string[];
  /** Headers included at the beginning. */
  readonly headers: readonly string[];
  /** Flags about warnings, which count for files against a kernel's headers that are not the kernel's own. */
  readonly warnings: readonly string[];
  /** False for a file that `KASAN_SANITIZE` leaves out. */
  readonly sanitize: boolean;
  /** False for a file that `KCOV_INSTRUMENT` leaves out: its edges are not counted. */
  readonly cover: boolean;
}

/** The flags of a file that no Makefile describes. */
export const NO_FLAGS: FileFlags = { folders: [], defines: [], headers: [], warnings: [], sanitize: true, cover: true };

/** A file to compile. */
export interface Unit {
  /** Its index among the module's files, starting at 0. */
  readonly index: number;
  /** Its path, as the compiler sees it. */
  readonly source: string;
  /** False for a file that contains {@link KASAN_SANITIZE_MARK}. */
  readonly sanitize: boolean;
  /** Whether its edges are counted, if the options ask for it. */
  readonly cover: boolean;
  /** The value of `KBUILD_MODNAME`; unset for the kernel's own code. */
  readonly module: string | undefined;
  /** Whether the file starts from the header at {@link PRECOMPILED}. */
  readonly precompiled: boolean;
}

/**
 * The command line that compiles one file. The object goes to standard output: the file system here reports no block size, so clang
 * writes files a few bytes at a time, which took longer than compiling.
 */
export function clangArguments(options: CompileOptions, unit: Unit): string[] {
  return [
    ...sharedArguments(options, unit),
    // Distinguishes init functions with the same name in several files.
    `-DKASAN_GUEST_UNIT=${unit.index}`,
    ...(unit.precompiled ? ["-include-pch", PRECOMPILED] : ["-include", CONFIGURATION]),
    "-c",
    unit.source,
    ...coverageArguments(options, unit.cover),
    "-o",
    "-",
  ];
}

/**
 * Arguments for a file whose edges are counted, as those of a kernel with CONFIG_KCOV are (scripts/Makefile.kcov): all of them, also those
 * whose count follows from others', since they have lines of their own. clang's driver does not know that the target can.
 */
export function coverageArguments({ coverage, comparisons }: CompileOptions, cover: boolean): string[] {
  if (!coverage || !cover) return [];
  const flags = ["type=3", "trace-pc", "no-prune", ...(comparisons ? ["trace-cmp"] : [])];
  return flags.flatMap((flag) => ["-Xclang", `-fsanitize-coverage-${flag}`]);
}

/** The command line that precompiles a header, for instrumented files. It goes to standard output as well. */
export function precompileArguments(options: CompileOptions, header: string): string[] {
  return [
    ...sharedArguments(options, { sanitize: true, module: undefined }),
    "-include",
    CONFIGURATION,
    // Files have no times here.
    ...["-Xclang", "-fno-pch-timestamp"],
    "-xc-header",
    header,
    "-o",
    "-",
  ];
}

/** How all code of a guest is compiled. */
export const CODE_ARGUMENTS: readonly string[] = [
  "--target=wasm64-unknown-unknown",
  "-std=gnu11",
  "-fPIC",
  // Reports need lines, and which functions were inlined; types would take a tenth of the time that compiling does.
  "-gline-tables-only",
  "-mbulk-memory",
  "-matomics",
  // Flags of the kernel's Makefile that restrict C's less useful freedoms.
  "-fno-strict-aliasing",
  "-fno-strict-overflow",
  "-fno-delete-null-pointer-checks",
  "-fno-common",
  "-funsigned-char",
  "-nostdinc",
  "-D__KERNEL__",
];

/** Every file begins with it. */
const CONFIGURATION = `${HEADER_ROOT}/linux/kconfig.h`;

/** The arguments that a precompiled header and the files that start from it have in common. */
function sharedArguments(options: CompileOptions, { sanitize, module }: Pick<Unit, "sanitize" | "module">): string[] {
  const { optimize, defines, includes } = options;
  return [
    "clang",
    ...CODE_ARGUMENTS,
    `-O${optimize}`,
    "-Wno-pointer-sign",
    "-DMODULE",
    ...(options.pageShift === undefined ? [] : [`-DCONFIG_PAGE_SHIFT=${options.pageShift}`]),
    ...(options.source?.config ?? []).map((option) => `-DCONFIG_${option}=1`),
    ...(module === undefined ? [] : [`-DKBUILD_MODNAME="${module}"`]),
    ...kasanArguments(options, sanitize),
    ...defines.map((define) => `-D${define}`),
    ...includes.flatMap((folder) => ["-I", folder]),
    "-isystem",
    HEADER_ROOT,
    // The target of "../tools/…" in a file of a kernel's lib/ if that kernel's source has no tools/.
    "-isystem",
    `${HEADER_ROOT}/tools`,
  ];
}

/** The compiler arguments of a mode. `sanitize`: whether the file is instrumented. */
function kasanArguments(options: CompileOptions, sanitize: boolean): string[] {
  return [...kasanConfig(options).map((define) => `-D${define}`), ...(sanitize ? sanitizeArguments(options) : [])];
}

/** The configuration that a mode sets: `CONFIG_NAME=value`. Empty without KASAN. */
export function kasanConfig({
  instrument,
  mode = "generic",
  stack = true,
  ...options
}: CompileOptions): readonly string[] {
  return instrument === "off" ? [] : modeNamed(mode).compile.config({ ...options, instrument, stack });
}

/** The compiler arguments for an instrumented file. Empty without KASAN. */
export function sanitizeArguments({
  instrument,
  mode = "generic",
  stack = true,
  ...options
}: CompileOptions): string[] {
  if (instrument === "off") return [];
  const { compile } = modeNamed(mode);
  const { compiler, llvm } = compile.instrument({ ...options, instrument, stack });
  return [
    ...compiler.flatMap((flag) => ["-Xclang", flag]),
    ...llvm.flatMap((flag) => ["-mllvm", flag]),
    ...compile.instrumented.map((define) => `-D${define}`),
  ];
}

/** The command line that links objects into a module. */
export function linkArguments(objects: readonly string[], output: string): string[] {
  return [
    "wasm-ld",
    "-mwasm64",
    "--experimental-pic",
    "-shared",
    "--no-entry",
    "--export-all",
    "--unresolved-symbols=import-dynamic",
    ...objects,
    "-o",
    output,
  ];
}
