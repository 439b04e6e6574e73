import { posix } from "node:path";
import { type Cache, cacheKey } from "../compile/cache.ts";
import { CLANG_VERSION, runTool } from "../compile/compile.ts";
import { CODE_ARGUMENTS, type CompileOptions, sanitizeArguments } from "../compile/options.ts";
import { GuestError } from "../error.ts";
import { ARCHITECTURE_ROOT, asTree, type HeaderSearch, SEARCHED, TREE_ROOT } from "./headers.ts";
import type { FileFlags } from "./kbuild.ts";

/** A file to compile against a kernel's headers. */
export interface TreeUnit {
  /** Its path as clang sees it. */
  readonly source: string;
  /** Its index among the files of its module. */
  readonly index: number;
  /** What the kernel's Makefiles say about it. */
  readonly flags: FileFlags;
  /** The name of the module that it is part of; undefined for a part of the kernel. */
  readonly module: string | undefined;
}

/** A compiled file. */
export interface TreeObject {
  readonly unit: TreeUnit;
  readonly bytes: Uint8Array;
  /** clang's warnings; empty if the object came from the cache. */
  readonly diagnostics: string;
}

/** Headers that every file begins with (`LINUXINCLUDE` and `USERINCLUDE` of a kernel's Makefile). */
const FIRST = [
  `${ARCHITECTURE_ROOT}/include/asm/kasan-guest.h`,
  `${TREE_ROOT}/include/linux/compiler-version.h`,
  `${TREE_ROOT}/include/linux/kconfig.h`,
  `${TREE_ROOT}/include/linux/compiler_types.h`,
];

/** The command line that compiles a file against a kernel's headers. The object goes to standard output. */
function unitArguments(
  options: CompileOptions,
  { source, index, flags, module }: TreeUnit,
  first: readonly string[],
): string[] {
  const base = posix.basename(source, ".c").replace(/[^A-Za-z0-9_]/g, "_");
  const name = module ?? base;
  return [
    "clang",
    ...CODE_ARGUMENTS,
    `-O${options.optimize}`,
    "-fshort-wchar",
    // The kernel's own warnings depend on its compiler; errors are what counts here.
    "-w",
    `-fmacro-prefix-map=${TREE_ROOT}/=`,
    `-fdebug-prefix-map=${TREE_ROOT}/=`,
    // Symbols are exported by the linker.
    "-D__DISABLE_EXPORTS",
    ...(module === undefined ? [] : ["-DMODULE"]),
    `-DKASAN_GUEST_UNIT=${index}`,
    ...[`KBUILD_MODNAME="${name}"`, `KBUILD_BASENAME="${base}"`, `KBUILD_MODFILE="${name}"`].map(
      (define) => `-D${define}`,
    ),
    `-D__KBUILD_MODNAME=kmod_${name}`,
    ...(flags.sanitize ? sanitizeArguments(options) : []),
    ...[...flags.defines, ...options.defines].map((define) => `-D${define}`),
    ...[...flags.folders, ...options.includes, ...SEARCHED].flatMap((folder) => ["-I", folder]),
    ...[...first, ...flags.headers].flatMap((header) => ["-include", header]),
    "-c",
    source,
    "-o",
    "-",
  ];
}

/** Compiles files against the headers of one kernel. */
export class TreeCompiler {
  private readonly search: HeaderSearch;
  private readonly options: CompileOptions;
  private readonly cache: Cache;

  /** @param options - `includes` as clang sees them */
  constructor(search: HeaderSearch, options: CompileOptions, cache: Cache) {
    this.search = search;
    this.options = options;
    this.cache = cache;
  }

  /**
   * Compiles a file, or takes it from the cache.
   *
   * @throws {@link GuestError} `COMPILE_FAILED` with clang's diagnostics
   */
  async compile(unit: TreeUnit, started: () => void): Promise<TreeObject> {
    const { flags, source } = unit;
    const first = FIRST.filter((path) => this.search.has(path));
    const { files, digest } = this.search.closure(
      [source, ...first, ...flags.headers],
      [...flags.folders, ...this.options.includes],
    );
    const command = unitArguments(this.options, unit, first);
    const key = cacheKey("unit", CLANG_VERSION, JSON.stringify(command), digest);
    const cached = await this.cache.get(key);
    if (cached) return { unit, bytes: cached, diagnostics: "" };
    started();
    const { files: done, output, errors } = await runTool(command, asTree(files));
    if (!done) throw new GuestError("COMPILE_FAILED", `${shown(source)} does not compile`, errors);
    await this.cache.put(key, output);
    return { unit, bytes: output, diagnostics: errors };
  }
}

/** A path as users know it. */
export const shown = (path: string): string =>
  path.startsWith(`${TREE_ROOT}/`) ? path.slice(TREE_ROOT.length + 1) : path;
