import { type CompileChoice, type ModeName, modeNamed } from "@kasan/kernel";
import type { KernelSource } from "@kasan/platform";

/** How C is compiled. */
export interface CompileOptions {
  /**
   * What of the kernel's source is the architecture's: `Platform.source` of `@kasan/platform`. {@link runProgram} takes the machine's. Without it
   * the code sees no architecture's configuration.
   */
  readonly source?: KernelSource;
  /** KASAN's mode: `generic` by default. `hw_tags` has no instrumentation at all. */
  readonly mode?: ModeName;
  /** `outline`: checks are calls; `inline`: the shadow is read in place; `off`: no instrumentation. */
  readonly instrument: "outline" | "inline" | "off";
  /** log2 of the bytes of a page; 12 by default. */
  readonly pageShift?: number;
  /** `KASAN_SHADOW_OFFSET`, for inline checks and the stack's redzones. */
  readonly shadowOffset: bigint;
  /** Optimization: what follows `-O`. The kernel's is 2. */
  readonly optimize: "0" | "1" | "2" | "3" | "s" | "z";
  /** Poison variables that went out of scope. */
  readonly useAfterScope: boolean;
  /** Redzones around stack variables. True by default; guests see CONFIG_KASAN_STACK in any case. */
  readonly stack?: boolean;
  /** `NAME` or `NAME=value`, as after `-D`. */
  readonly defines: readonly string[];
  /** Folders to search for headers, before the kernel headers. */
  readonly includes: readonly string[];
  /** A kernel's source: its headers are searched last. */
  readonly kernelTree?: string;
}

/** A line like this in a C file leaves that file uninstrumented, as `KASAN_SANITIZE_file.o := n` does in a Makefile. */
export const KASAN_SANITIZE_MARK = /^[ \t]*(?:\/\/|\/\*|\*)?[ \t]*KASAN_SANITIZE[ \t]*:=[ \t]*n\b/m;

/** Where clang sees the kernel headers. */
export const HEADER_ROOT = "/kasan/include";

/** Where clang sees the headers of a kernel's source. */
export const KERNEL_TREE_ROOT = "/kasan/kernel-tree";

/** A file to compile. */
export interface Unit {
  /** Which of the module's files it is, from 0 on. */
  readonly index: number;
  /** Its path, as the compiler sees it. */
  readonly source: string;
  /** False for a file that carries {@link KASAN_SANITIZE_MARK}. */
  readonly sanitize: boolean;
  /** What `KBUILD_MODNAME` is; unset for the kernel's own code. */
  readonly module: string | undefined;
}

/**
 * The command line that compiles one file. The object goes to the standard output: what clang writes into files it writes
 * a few bytes at a time here, where a file system says nothing of its block size, which took longer than to compile.
 */
export function clangArguments(options: CompileOptions, unit: Unit): string[] {
  const { instrument, optimize, defines, includes } = options;
  const { index, source, sanitize, module } = unit;
  return [
    "clang",
    "--target=wasm64-unknown-unknown",
    "-std=gnu11",
    "-fPIC",
    `-O${optimize}`,
    "-g",
    "-mbulk-memory",
    "-matomics",
    // What the kernel's Makefile says of C's less useful freedoms.
    "-fno-strict-aliasing",
    "-fno-strict-overflow",
    "-fno-delete-null-pointer-checks",
    "-fno-common",
    "-funsigned-char",
    "-Wno-pointer-sign",
    "-nostdinc",
    "-D__KERNEL__",
    "-DMODULE",
    ...(options.pageShift === undefined ? [] : [`-DCONFIG_PAGE_SHIFT=${options.pageShift}`]),
    ...(options.source?.config ?? []).map((option) => `-DCONFIG_${option}=1`),
    `-DKASAN_GUEST_UNIT=${index}`,
    ...(module === undefined ? [] : [`-DKBUILD_MODNAME="${module}"`]),
    ...(instrument === "off" ? [] : kasanArguments({ ...options, instrument }, sanitize)),
    ...defines.map((define) => `-D${define}`),
    ...includes.flatMap((folder) => ["-I", folder]),
    "-isystem",
    HEADER_ROOT,
    // Where "../tools/…" of a file in a kernel's lib/ leads to if that kernel's source has no tools/.
    "-isystem",
    `${HEADER_ROOT}/tools`,
    ...(options.kernelTree === undefined ? [] : ["-isystem", KERNEL_TREE_ROOT]),
    "-include",
    `${HEADER_ROOT}/linux/kconfig.h`,
    "-c",
    source,
    "-o",
    "-",
  ];
}

/** What a mode wants of the compiler. `sanitize`: whether the file is instrumented. */
function kasanArguments(
  { mode = "generic", stack = true, ...options }: CompileOptions & Pick<CompileChoice, "instrument">,
  sanitize: boolean,
): string[] {
  const { compile } = modeNamed(mode);
  const choice = { ...options, stack };
  const { compiler, llvm } = compile.instrument(choice);
  const instrumented = [
    ...compiler.flatMap((flag) => ["-Xclang", flag]),
    ...llvm.flatMap((flag) => ["-mllvm", flag]),
    ...compile.instrumented.map((define) => `-D${define}`),
  ];
  return [...compile.config(choice).map((define) => `-D${define}`), ...(sanitize ? instrumented : [])];
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
