import type { KernelSource } from "@kasan/platform";

/** How C is compiled. */
export interface CompileOptions {
  /**
   * What of the kernel's source is the architecture's: {@link Platform.source}. {@link runProgram} takes the machine's. Without it
   * the code sees no architecture's configuration.
   */
  readonly source?: KernelSource;
  /**
   * KASAN's mode: `generic` by default. `hw_tags` has no instrumentation at all.
   */
  readonly mode?: "generic" | "sw_tags" | "hw_tags";
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

/**
 * How names of check functions begin with software tags and checks in place. What clang puts there ends in a trap or in a call by a
 * convention of arm64's own, and it knows none of that for WebAssembly; so it makes calls here, too, and the rewriter the code in
 * place.
 */
export const INLINE_TAGS = "__hwasan_inline_";

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
    ...(instrument === "off" ? [] : kasanConfig(options)),
    ...(instrument === "off" || options.mode === "hw_tags" || !sanitize ? [] : sanitizerArguments(options)),
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

/** What a kernel's configuration says of KASAN, for headers and guests that ask. */
function kasanConfig({ instrument, shadowOffset, mode = "generic" }: CompileOptions): string[] {
  // What is about instrumentation and shadow.
  const software = [
    `-DCONFIG_KASAN_${instrument.toUpperCase()}=1`,
    "-DCONFIG_KASAN_STACK=1",
    // Its default (mm/Kconfig.debug).
    "-DCONFIG_SLUB_RCU_DEBUG=1",
    `-DCONFIG_KASAN_SHADOW_OFFSET=0x${shadowOffset.toString(16)}UL`,
  ];
  return [
    "-DCONFIG_KASAN=1",
    `-DCONFIG_KASAN_${mode.toUpperCase()}=1`,
    ...(mode === "hw_tags" ? ["-DCONFIG_ARM64_MTE=1"] : software),
    "-DCONFIG_KASAN_VMALLOC=1",
    "-DCONFIG_KASAN_EXTRA_INFO=1",
    "-DCONFIG_CC_HAS_KASAN_MEMINTRINSIC_PREFIX=1",
    "-DCONFIG_KASAN_KUNIT_TEST_MODULE=1",
  ];
}

/** The kernel's flags for software tags (scripts/Makefile.kasan). */
function tagArguments({ instrument, stack = true }: CompileOptions): string[] {
  const llvm = [
    "-hwasan-instrument-with-calls=1",
    `-hwasan-instrument-stack=${stack ? 1 : 0}`,
    "-hwasan-use-short-granules=0",
    "-hwasan-inline-all-checks=0",
    "-hwasan-kernel-mem-intrinsic-prefix=1",
    ...(instrument === "inline" ? [`-hwasan-memory-access-callback-prefix=${INLINE_TAGS}`] : []),
  ];
  const compiler = ["-fsanitize=kernel-hwaddress", "-fsanitize-recover=kernel-hwaddress"];
  return [
    ...compiler.flatMap((flag) => ["-Xclang", flag]),
    ...llvm.flatMap((flag) => ["-mllvm", flag]),
    // As the kernel's compiler-clang.h has it, for both sanitizers.
    "-D__SANITIZE_ADDRESS__=1",
  ];
}

/** The kernel's flags for generic KASAN (scripts/Makefile.kasan). The driver refuses them for wasm; the compiler does not. */
function sanitizerArguments(options: CompileOptions): string[] {
  if (options.mode === "sw_tags") return tagArguments(options);
  const { instrument, shadowOffset, useAfterScope, stack = true } = options;
  const llvm = [
    `-asan-instrumentation-with-call-threshold=${instrument === "outline" ? 0 : 1_000_000}`,
    `-asan-stack=${stack ? 1 : 0}`,
    "-asan-globals=1",
    "-asan-instrument-dynamic-allocas=1",
    `-asan-mapping-offset=0x${shadowOffset.toString(16)}`,
    "-asan-kernel-mem-intrinsic-prefix=1",
  ];
  const compiler = ["-fsanitize=kernel-address", "-fsanitize-recover=kernel-address"];
  if (useAfterScope) compiler.push("-fsanitize-address-use-after-scope");
  else llvm.push("-asan-use-after-scope=0");
  return [
    ...compiler.flatMap((flag) => ["-Xclang", flag]),
    ...llvm.flatMap((flag) => ["-mllvm", flag]),
    "-D__SANITIZE_ADDRESS__=1",
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
