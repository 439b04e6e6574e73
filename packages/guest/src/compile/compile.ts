import { basename, extname, isAbsolute, posix, resolve } from "node:path";
import { host } from "#host";
import { GuestError } from "../error.ts";
import type { Disk } from "../host/disk.ts";
import { assemblyErrors, describeAssembly } from "./assembly.ts";
import { type CompileCache, cacheKey } from "./compile-cache.ts";
import { CLANG_VERSION } from "./compiler.ts";
import { cacheDiagnostics, cachedDiagnostics, headerHint } from "./diagnostics.ts";
import {
  addFile,
  addFolder,
  addHeaders,
  addSource,
  compilerPath,
  fileAt,
  readInput,
  readSource,
  type Tree,
} from "./files.ts";
import {
  type CompileOptions,
  clangArguments,
  type FileFlags,
  HEADER_ROOT,
  KASAN_SANITIZE_MARK,
  linkArguments,
  NO_FLAGS,
  PRECOMPILED,
  precompileArguments,
} from "./options.ts";
import { shared, Tools, withTools } from "./tools.ts";

/** Result of a compilation. */
export interface Compiled {
  /** The linked wasm64 module, with symbols and DWARF. */
  readonly wasm: Uint8Array;
  /** Warnings, as printed by clang. Empty if the module came from the cache. */
  readonly diagnostics: string;
  /** Whether the module came from the cache. */
  readonly cached: boolean;
}

/** Called with the current activity, for a progress display. */
export type Progress = (what: string) => void;

/** The module name for this file, as kbuild derives it. */
export function moduleName(path: string): string {
  return basename(path, extname(path)).replace(/[^A-Za-z0-9_]/g, "_");
}

/** C files as the compiler sees them, with the headers in their folders. */
export interface Sources {
  /** Paths of the C files in {@link Sources.tree}, as the compiler names them. */
  readonly paths: readonly string[];
  /** The folder in the tree that relative paths start from; its root by default. */
  readonly folder?: string;
  /** The files, by folder. */
  readonly tree: Tree;
  /** The value of `KBUILD_MODNAME`; unset for the kernel's own code. */
  readonly module?: string;
  /** What a Makefile says about each of the paths; nothing by default. */
  readonly flags?: readonly FileFlags[];
  /** A header in {@link Sources.tree} that each instrumented file starts from. It is compiled once. */
  readonly precompiled?: string;
}

/**
 * Reads the user's C files and the folders named by `-I`.
 *
 * @param described - the module, if a Makefile describes it: its name, and how its files are compiled
 * @param disk - where they are
 * @throws {@link GuestError} `BAD_INPUT` for a file that cannot be read or is not text
 */
export async function readSources(
  paths: readonly string[],
  includes: readonly string[],
  described?: { readonly name: string; flags(path: string): FileFlags },
  disk: Disk = host.disk,
): Promise<Sources> {
  const tree: Tree = {};
  for (const folder of includes) addHeaders(tree, folder, resolve(folder), true, disk);
  const flags = paths.map((path) => described?.flags(path) ?? NO_FLAGS);
  for (const [i, path] of paths.entries()) {
    const bytes = readSource(path, disk);
    if (bytes.subarray(0, 65536).includes(0)) {
      throw new GuestError("BAD_INPUT", `${path}: neither C nor WebAssembly`);
    }
    const folders = [...flags[i].folders, ...includes];
    addSource(tree, path, bytes, folders, disk);
    for (const header of flags[i].headers) addSource(tree, header, readInput(header, disk), folders, disk);
  }
  const named = paths.map(compilerPath);
  // A module whose files are all named by absolute paths is the same wherever it is compiled.
  const folder = [...named, ...includes.map(compilerPath)].every(isAbsolute) ? "/" : resolve(".");
  return { paths: named, tree, folder, module: described?.name ?? moduleName(paths[0]), flags };
}

/** The part of the kernel that is in C: string functions and the like. Headers took nearly half of the time that it compiles. */
export async function librarySources(): Promise<Sources> {
  const tree: Tree = { lib: await host.ownFolder("lib") };
  return { paths: filePaths(tree).filter((path) => path.endsWith(".c")), tree, precompiled: "lib/precompiled.h" };
}

/**
 * The options for the kernel's own C code: as for the guest, as far as checks are concerned. It uses no architecture's configuration,
 * asks the machine for the size of a page, and has no redzones in its stack, whose code has the shadow's address in it: so that all
 * architectures share what is compiled for checks by calls.
 */
export function libraryOptions({ instrument, shadowOffset, mode }: CompileOptions): CompileOptions {
  return {
    ...(mode !== undefined && { mode }),
    instrument,
    shadowOffset: instrument === "inline" ? shadowOffset : 0n,
    stack: false,
    optimize: "2",
    useAfterScope: false,
    defines: ["KASAN_GUEST_LIBRARY"],
    includes: [],
  };
}

/**
 * Compiles C files and links them into one module.
 *
 * @param tools - what runs clang; without them it runs in this thread
 * @throws {@link GuestError} `COMPILE_FAILED` with clang's diagnostics; `NO_COMPILER`
 */
export async function compile(
  { paths, tree: sources, folder, module, flags, precompiled }: Sources,
  options: CompileOptions,
  cache: CompileCache,
  progress: Progress = () => {},
  tools?: Tools,
): Promise<Compiled> {
  const tree: Tree = { ...sources };
  addFolder(tree, HEADER_ROOT, await host.ownFolder("include"));
  const places = paths.map((path) => posix.resolve(folder ?? "/", path));
  const files = folder === undefined ? [] : fileArguments(tree, folder);
  const compilerOptions = { ...options, includes: options.includes.map(compilerPath) };
  const commands = paths.map((source, index) => {
    const { headers, ...own } = flags?.[index] ?? NO_FLAGS;
    const marked = KASAN_SANITIZE_MARK.test(new TextDecoder().decode(fileAt(tree, places[index])));
    const sanitize = own.sanitize && !marked;
    const unit = {
      index,
      source,
      sanitize,
      cover: own.cover,
      module,
      precompiled: precompiled !== undefined && sanitize,
    };
    const unitOptions = {
      ...compilerOptions,
      defines: [...own.defines, ...compilerOptions.defines],
      includes: [...own.folders, ...compilerOptions.includes],
    };
    return [...clangArguments(unitOptions, unit), ...headers.flatMap((header) => ["-include", header]), ...files];
  });
  const precompile = precompiled === undefined ? undefined : precompileArguments(compilerOptions, precompiled);
  const key = cacheKey("module", CLANG_VERSION, JSON.stringify([precompile, commands]), ...flattenTree(tree));
  const found = await cache.get(key);
  if (found) return { wasm: found, diagnostics: await cachedDiagnostics(cache, key), cached: true };
  // Several files are begun at once; one error is enough.
  host.requireCompiler();
  const make = async (by: Tools) => {
    if (precompile) addFile(tree, PRECOMPILED, shared(await precompiledHeader(precompile, tree, by)));
    return await build(commands, tree, folder ?? "/", progress, by);
  };
  const { wasm, diagnostics } = await (tools ? make(tools) : withTools(make, new Tools(1)));
  await cacheDiagnostics(cache, key, diagnostics);
  await cache.put(key, wasm);
  return { wasm, diagnostics, cached: false };
}

/** The path at which clang sees its map of the files. */
const FILE_MAP = "/kasan/files.json";

/**
 * Makes clang resolve relative paths from a folder, and `..` in any path. The file system under it skips `..`: `a/../v.h` was taken
 * for `a/v.h`. The names in messages and in debug information stay as they are written.
 */
function fileArguments(tree: Tree, folder: string): string[] {
  const roots = Object.keys(tree).map((name) => ({
    type: tree[name] instanceof Uint8Array ? "file" : "directory-remap",
    name: `/${name}`,
    "external-contents": `/${name}`,
  }));
  const map = { version: 0, "case-sensitive": true, fallthrough: false, "use-external-names": false, roots };
  addFile(tree, FILE_MAP, new TextEncoder().encode(JSON.stringify(map)));
  return ["-ivfsoverlay", FILE_MAP, `-working-directory=${folder}`, "-fdebug-compilation-dir=/"];
}

/** Paths of all files of a tree, sorted by folder. */
function filePaths(tree: Tree, prefix = ""): string[] {
  return Object.keys(tree)
    .sort()
    .flatMap((name) => {
      const entry = tree[name];
      return entry instanceof Uint8Array ? [prefix + name] : filePaths(entry, `${prefix}${name}/`);
    });
}

function flattenTree(tree: Tree, path = ""): (string | Uint8Array)[] {
  return Object.keys(tree)
    .sort()
    .flatMap((name) => {
      const entry = tree[name];
      return entry instanceof Uint8Array ? [`${path}/${name}`, entry] : flattenTree(entry, `${path}/${name}`);
    });
}

async function precompiledHeader(command: string[], tree: Tree, tools: Tools): Promise<Uint8Array> {
  const { files, output, errors } = await tools.run(command, tree);
  if (!files) throw new GuestError("COMPILE_FAILED", "the precompiled header does not compile", errors);
  return output;
}

async function build(
  commands: string[][],
  tree: Tree,
  folder: string,
  progress: Progress,
  tools: Tools,
): Promise<{ wasm: Uint8Array; diagnostics: string }> {
  const objects: Tree = {};
  let diagnostics = "";
  const compiled = commands.map(async (command, i) => {
    const source = command[command.indexOf("-c") + 1];
    const count = commands.length > 1 ? ` (${i + 1} of ${commands.length})` : "";
    const started = () => progress(`compiling ${source}${count}`);
    const run = await tools.run(command, tree, { started, alone: commands.length === 1 });
    return { source, run };
  });
  for (const [i, one] of compiled.entries()) {
    const { source, run } = await one;
    diagnostics += run.errors;
    if (!run.files) {
      const read = (file: string) => new TextDecoder().decode(fileAt(tree, posix.resolve(folder, file)));
      const assembly = assemblyErrors(run.errors, source, read);
      const message =
        assembly.length > 0 ? describeAssembly(assembly) : `the C code does not compile${headerHint(run.errors)}`;
      throw new GuestError("COMPILE_FAILED", message, diagnostics);
    }
    objects[`${i}.o`] = run.output;
  }
  progress("linking");
  const link = await tools.run(linkArguments(Object.keys(objects), MODULE), objects, { alone: true });
  if (!link.files) throw new GuestError("COMPILE_FAILED", "the objects do not link", diagnostics + link.errors);
  return { wasm: link.files[MODULE] as Uint8Array, diagnostics: diagnostics + link.errors };
}

/** What the linker calls what it makes. */
const MODULE = "module.wasm";

/**
 * Links objects of wasm64 into one module.
 *
 * @throws {@link GuestError} `COMPILE_FAILED` with the linker's messages
 */
export async function linkObjects(objects: readonly Uint8Array[], tools: Tools): Promise<Uint8Array> {
  const tree: Tree = Object.fromEntries(objects.map((bytes, i) => [`${i}.o`, bytes]));
  const { files, errors } = await tools.run(linkArguments(Object.keys(tree), MODULE), tree, { alone: true });
  if (!files) throw new GuestError("COMPILE_FAILED", "the objects do not link", errors);
  return files[MODULE] as Uint8Array;
}
