import { posix } from "node:path";
import { assemblyErrors, describeAssembly } from "../compile/assembly.ts";
import { type CompileCache, cacheKey } from "../compile/compile-cache.ts";
import { CLANG_VERSION } from "../compile/compiler.ts";
import { COMPUTED_GOTO, withoutComputedGotos } from "../compile/computed-goto.ts";
import { cacheDiagnostics, cachedDiagnostics } from "../compile/diagnostics.ts";
import { addFile, fileAt, type Tree } from "../compile/files.ts";
import {
  CODE_ARGUMENTS,
  type CompileOptions,
  coverageArguments,
  type FileFlags,
  sanitizeArguments,
} from "../compile/options.ts";
import type { ToolRun } from "../compile/tool.ts";
import { shared, type Tools } from "../compile/tools.ts";
import { GuestError } from "../error.ts";
import { ARCHITECTURE_ROOT, asTree, type Closure, type HeaderSearch, SEARCHED, TREE_ROOT } from "./headers.ts";
import { ownMessages, warningFlags } from "./warnings.ts";

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
  /** Whether the user named it: its edges are counted, if the options ask for it. */
  readonly named: boolean;
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

/** Where clang sees what differs between the units that start from the same precompiled header, and that header. */
const UNIT_HEADER = "/kasan/unit.h";
const PRELUDE_HEADER = "/kasan/prelude.h";
const PRELUDE = "/kasan/prelude.pch";

/** Where clang sees a file whose computed gotos were rewritten. */
const GOTOLESS = "/kasan/gotoless.i";

/** Headers that most files include. They are compiled once for all units of a kind; that takes as long as compiling one of these. */
const COMMON = ["module", "slab", "mm", "fs", "sched", "device", "uaccess", "vmalloc", "kthread"];

/** How the files of a kernel's source are compiled. */
export interface TreeCompileOptions extends CompileOptions {
  /** Flags of the compiler that the kernel's configuration sets. */
  readonly flags: readonly string[];
}

/** Kinds of units that have a precompiled header in common. */
interface Kind {
  readonly sanitize: boolean;
  /** Whether it is a part of a module: `MODULE` is defined. */
  readonly module: boolean;
}

/** The arguments that units of one kind have in common. @param warnings - flags for these, which a precompiled header may have others of */
function kindArguments(options: TreeCompileOptions, { sanitize, module }: Kind, warnings: readonly string[]): string[] {
  return [
    "clang",
    ...CODE_ARGUMENTS,
    `-O${options.optimize}`,
    "-fshort-wchar",
    ...warnings,
    `-fmacro-prefix-map=${TREE_ROOT}/=`,
    `-fdebug-prefix-map=${TREE_ROOT}/=`,
    ...options.flags,
    // Symbols are exported by the linker.
    "-D__DISABLE_EXPORTS",
    ...(module ? ["-DMODULE"] : []),
    ...(sanitize ? sanitizeArguments(options) : []),
  ];
}

const including = (headers: readonly string[]): string[] => headers.flatMap((header) => ["-include", header]);
const searching = (folders: readonly string[]): string[] => folders.flatMap((folder) => ["-I", folder]);

/** The text of {@link UNIT_HEADER}: what kbuild defines for each file. */
function unitHeader({ source, index, module }: TreeUnit): string {
  const base = posix.basename(source, ".c").replace(/[^A-Za-z0-9_]/g, "_");
  const name = module ?? base;
  const defines = {
    KBUILD_MODNAME: `"${name}"`,
    KBUILD_BASENAME: `"${base}"`,
    KBUILD_MODFILE: `"${name}"`,
    __KBUILD_MODNAME: `kmod_${name}`,
    KASAN_GUEST_UNIT: index,
  };
  return Object.entries(defines)
    .map(([define, value]) => `#define ${define} ${value}\n`)
    .join("");
}

/** A file that sets macros before its first include, other than those that are looked at when they are used, needs headers of its own. */
const SETS_FIRST = /^[ \t]*#[ \t]*(?:define|undef)[ \t]+(?!pr_fmt\b|dev_fmt\b)/m;

function startsPlain(bytes: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = /^[ \t]*#[ \t]*include/m.exec(text)?.index ?? text.length;
  return !SETS_FIRST.test(text.slice(0, end));
}

/** An error of a compiler in a file. */
const ERROR = /^\S+:\d+:\d+: (?:fatal )?error: /m;

/** Compiles files against the headers of one kernel. */
export class TreeCompiler {
  private readonly search: HeaderSearch;
  private readonly options: TreeCompileOptions;
  private readonly cache: CompileCache;
  private readonly tools: Tools;
  private readonly compiled = new Map<string, Promise<TreeObject>>();
  private readonly first: readonly string[];
  private readonly preludeClosure: Closure;
  private readonly preludes = new Map<string, Promise<Uint8Array | undefined>>();

  /** @param options - `includes` as clang sees them */
  constructor(search: HeaderSearch, options: TreeCompileOptions, cache: CompileCache, tools: Tools) {
    this.search = search;
    this.tools = tools;
    this.options = options;
    this.cache = cache;
    this.first = FIRST.filter((path) => search.has(path));
    const roots = [`${TREE_ROOT}/include/linux`, `${ARCHITECTURE_ROOT}/include/linux`];
    const common = COMMON.flatMap((name) => roots.map((root) => `${root}/${name}.h`));
    this.preludeClosure = search.closure([...this.first, ...common], options.includes);
  }

  /**
   * Compiles a file, or takes it from the cache. It is compiled once, however often it is asked for.
   *
   * @throws {@link GuestError} `COMPILE_FAILED` with clang's diagnostics
   */
  compile(unit: TreeUnit, started: () => void): Promise<TreeObject> {
    const key = JSON.stringify(unit);
    const known = this.compiled.get(key) ?? this.make(unit, started);
    this.compiled.set(key, known);
    return known;
  }

  private async make(unit: TreeUnit, started: () => void): Promise<TreeObject> {
    const { flags, source } = unit;
    const folders = [...flags.folders, ...this.options.includes];
    const { files, digest } = this.search.closure([source, ...this.first, ...flags.headers], folders);
    const kind = { sanitize: flags.sanitize, module: unit.module !== undefined };
    const header = unitHeader(unit);
    // The user's macros are for the user's files: the kernel's objects are the same with any of them.
    const defines = [...flags.defines, ...(kind.module ? this.options.defines : [])];
    const own = [
      ...defines.map((define) => `-D${define}`),
      ...searching([...folders, ...SEARCHED]),
      ...including(flags.headers),
      ...coverageArguments(this.options, unit.named && flags.cover),
      ...["-c", source, "-o", "-"],
    ];
    const common = kindArguments(this.options, kind, warningFlags(source, flags.warnings));
    const parts = JSON.stringify([common, own, COMMON]);
    const key = cacheKey("unit", CLANG_VERSION, parts, header, digest, this.preludeClosure.digest);
    const cached = await this.cache.get(key);
    if (cached) return { unit, bytes: cached, diagnostics: await cachedDiagnostics(this.cache, key) };
    const tree = asTree(files);
    addFile(tree, UNIT_HEADER, new TextEncoder().encode(header));
    const failed = cacheKey("failed unit", key);
    const known = kind.module ? undefined : await this.cache.get(failed);
    if (known) throw compileError(source, new TextDecoder().decode(known), tree);
    const start = files.get(source);
    const plain = start !== undefined && startsPlain(start) && !defines.some((define) => this.inPrelude(define));
    const prelude = plain ? await this.prelude(kind) : undefined;
    // What the user gave comes first: it is often large, and tells what else is needed.
    const job = { started, first: kind.module };
    let done: ToolRun | undefined;
    if (prelude) {
      const first = ["-include-pch", PRELUDE, "-include", UNIT_HEADER];
      done = await this.tools.run([...common, ...first, ...own], this.withPrelude(files, tree, prelude), job);
    }
    // What the common headers declare may be in a file's way.
    if (!done?.files) {
      done = await this.tools.run([...common, ...including([UNIT_HEADER, ...this.first]), ...own], tree, job);
    }
    if (!done.files && COMPUTED_GOTO.test(done.errors)) {
      const whole = [...common, ...including([UNIT_HEADER, ...this.first]), ...own];
      done = await this.withoutComputedGotos(whole, common, tree, job);
    }
    if (!done.files) {
      // A file of the kernel is asked for again by each program that needs it. What has no error in it is the compiler's own failure.
      if (ERROR.test(done.errors)) await this.cache.put(failed, new TextEncoder().encode(done.errors));
      throw compileError(source, ownMessages(done.errors), tree);
    }
    const diagnostics = asInTree(ownMessages(done.errors));
    await cacheDiagnostics(this.cache, key, diagnostics);
    await this.cache.put(key, done.output);
    return { unit, bytes: done.output, diagnostics };
  }

  /** Compiles a unit whose computed gotos are rewritten, as they are in what the preprocessor prints. */
  private async withoutComputedGotos(
    whole: readonly string[],
    common: readonly string[],
    tree: Tree,
    job: { readonly started: () => void; readonly first: boolean },
  ): Promise<ToolRun> {
    const { output } = await this.tools.run([...whole.filter((word) => word !== "-c"), "-E"], tree, job);
    addFile(tree, GOTOLESS, new TextEncoder().encode(withoutComputedGotos(new TextDecoder().decode(output))));
    return await this.tools.run([...common, "-xcpp-output", "-c", GOTOLESS, "-o", "-"], tree, job);
  }

  /**
   * The files of a unit that starts from a precompiled header. clang looks at each header that is in it: all must be there, and be as
   * they were.
   */
  private withPrelude(files: Closure["files"], tree: Tree, bytes: Uint8Array): Tree {
    const all = asTree(new Map([...files, ...this.preludeClosure.files]));
    addFile(all, PRELUDE_HEADER, preludeHeader());
    addFile(all, UNIT_HEADER, fileAt(tree, UNIT_HEADER));
    addFile(all, PRELUDE, bytes);
    return all;
  }

  /** Whether a common header has a macro's name, and may be another with that macro. */
  private inPrelude(define: string): boolean {
    const name = define.replace(/[=(].*$/s, "");
    const word = new RegExp(`(?<!\\w)${name.replace(/\W/g, "\\$&")}(?!\\w)`);
    return [...this.preludeClosure.files.values()].some((bytes) => {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return text.includes(name) && word.test(text.toString("latin1"));
    });
  }

  /** The precompiled header of a kind; undefined if the common headers do not compile. */
  private prelude(kind: Kind): Promise<Uint8Array | undefined> {
    const key = JSON.stringify(kind);
    const known = this.preludes.get(key) ?? this.precompile(kind);
    this.preludes.set(key, known);
    return known;
  }

  private async precompile(kind: Kind): Promise<Uint8Array | undefined> {
    const { files, digest } = this.preludeClosure;
    const command = [
      ...kindArguments(this.options, kind, warningFlags(PRELUDE_HEADER)),
      ...searching([...this.options.includes, ...SEARCHED]),
      ...including(this.first),
      ...["-Xclang", "-fno-pch-timestamp", "-xc-header", PRELUDE_HEADER, "-o", "-"],
    ];
    const key = cacheKey("prelude", CLANG_VERSION, JSON.stringify([command, COMMON]), digest);
    const cached = await this.cache.get(key);
    if (cached) return shared(cached);
    const tree = asTree(files);
    addFile(tree, PRELUDE_HEADER, preludeHeader());
    const { files: done, output } = await this.tools.run(command, tree, { first: true });
    if (!done) return undefined;
    await this.cache.put(key, output);
    return shared(output);
  }
}

/** The text of {@link PRELUDE_HEADER}. */
const preludeHeader = (): Uint8Array =>
  new TextEncoder().encode(COMMON.map((name) => `#include <linux/${name}.h>\n`).join(""));

/** The error for a file that does not compile. Messages name the files of a kernel's source as it does. */
function compileError(source: string, errors: string, tree: Tree): GuestError {
  const assembly = assemblyErrors(errors, source, (file) => new TextDecoder().decode(fileAt(tree, file)));
  const what = assembly.length > 0 ? describeAssembly(assembly) : `${source} does not compile`;
  return new GuestError("COMPILE_FAILED", asInTree(what), asInTree(errors));
}

/** The paths of a kernel's source in a text, as that kernel has them. A path has `/linux/` in its middle as well. */
const IN_TREE = new RegExp(`(?<![\\w./-])${TREE_ROOT}/`, "g");
const asInTree = (text: string): string => text.replace(IN_TREE, "");

/** A path as users know it. */
export const shown = (path: string): string =>
  path.startsWith(`${TREE_ROOT}/`) ? path.slice(TREE_ROOT.length + 1) : path;
