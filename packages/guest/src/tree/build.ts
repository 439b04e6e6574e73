import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ModeName } from "@kasan/kernel";
import { host } from "#host";
import { moduleName, type Progress } from "../compile/compile.ts";
import { type CompileCache, cacheKey } from "../compile/compile-cache.ts";
import { CLANG_VERSION } from "../compile/compiler.ts";
import { compilerPath, readInput, readSource, type Tree } from "../compile/files.ts";
import { type CompileOptions, type FileFlags, kasanConfig, linkArguments, NO_FLAGS } from "../compile/options.ts";
import { inOrder, type Tools } from "../compile/tools.ts";
import { GuestError } from "../error.ts";
import { isInitcall } from "../load/initcalls.ts";
import { type FunctionType, parseModule } from "../wasm/module.ts";
import {
  applyConfig,
  compilerFlags,
  isFree,
  type KernelConfig,
  MAX_ODD_LINES,
  readConfig,
  type Warn,
  warnOfConfig,
} from "./config.ts";
import { generatedHeaders, OWN_NAMES } from "./generated.ts";
import { ARCHITECTURE_ROOT, GENERATED_ROOT, HeaderSearch, ownHeaders, TREE_ROOT } from "./headers.ts";
import { compareLinkPlaces, type Kbuild } from "./kbuild.ts";
import { completeConfig, readKconfig } from "./kconfig.ts";
import { isBefore, KernelTree, releaseOf, type Version } from "./kernel-tree.ts";
import { definedNames, objectSymbols } from "./objects.ts";
import { isOwn, isReplaced, ownFiles } from "./own-code.ts";
import { type Given, type Pulled, pullIn, type UnprovidedSymbol } from "./pull.ts";
import { checkReplacement, type Replacement, Replacements } from "./replace.ts";
import { openIndex, renewIndex, type SymbolIndex } from "./symbol-index.ts";
import { type ProgramFiles, programFiles } from "./targets.ts";
import { shown, TreeCompiler, type TreeObject } from "./unit.ts";

/** How a kernel's source is used. */
export interface TreeOptions {
  /** The source's folder. */
  readonly folder: string;
  /** A `.config`; without one, the default configuration of this package. */
  readonly config?: string;
  /** The most files of the source that are compiled in because others need them. 40 by default. */
  readonly autoFiles?: number;
  /** Files of the source that are part of the kernel, though no symbol leads to them: their initcalls run at boot. */
  readonly builtin?: readonly string[];
  /** Whether a program is refused if something that can be reached is missing. */
  readonly strict?: boolean;
  /** Functions of the source, each with a C file that has the definition to use instead. */
  readonly replace?: readonly Replacement[];
}

/** A program built against a kernel's headers. */
export interface BuiltTree extends Pick<Pulled, "files" | "missing"> {
  /** The module's name. */
  readonly name: string;
  /** The kernel's part: the architecture's own code, and files of the source that were pulled in. */
  readonly kernel: Uint8Array;
  /** The user's module. */
  readonly module: Uint8Array;
  /** The kernel part's initcalls, in the order in which a kernel's build links them. */
  readonly initcalls: readonly string[];
  /** Files of this package that do not compile against the kernel's headers, with the reason. */
  readonly unusable: readonly string[];
  /** Types of the functions that are missing, as the files that use them declare them. */
  readonly missingTypes: ReadonlyMap<string, FunctionType>;
  /** clang's and the linker's warnings. */
  readonly diagnostics: string;
  /** Options of the given configuration that do not apply to the machine. */
  readonly ignoredOptions: readonly string[];
}

/** The architecture's own code includes some of the tree's. */
const OWN_FLAGS: FileFlags = { ...NO_FLAGS, folders: [TREE_ROOT], headers: [`${GENERATED_ROOT}/${OWN_NAMES}`] };

/**
 * Compiles a user's files against the headers of a kernel's source, with the files of the source that they need.
 *
 * @param given - C files, or one module of a Makefile
 * @param services - names of the functions that the machine provides
 * @param warn - receives what is odd about the source or its configuration, which are used all the same
 * @throws {@link GuestError} `BAD_INPUT`, `COMPILE_FAILED`, and `UNRESOLVED` if `strict`
 */
export async function buildTree(
  given: readonly string[],
  options: CompileOptions,
  treeOptions: TreeOptions,
  services: ReadonlySet<string>,
  cache: CompileCache,
  tools: Tools,
  progress: Progress = () => {},
  warn: Warn = () => {},
): Promise<BuiltTree> {
  const tree = KernelTree.open(treeOptions.folder);
  refuseMode(tree, options.mode);
  const version = tree.versionWarning();
  if (version !== undefined) warn(version);
  const machine = [...kasanConfig(options), `PAGE_SHIFT=${options.pageShift ?? 12}`, ...(options.source?.config ?? [])];
  const givenConfig = await readConfig(treeOptions.config, warn);
  if (treeOptions.config !== undefined) {
    warnOfConfig(givenConfig, treeOptions.config, options.source?.config ?? [], warn);
  }
  const { config: applied, ignored } = applyConfig(givenConfig, machine);
  const completed = await completeFor(tree, applied, cache);
  for (const text of completed.warnings) warn(text);
  const program = programFiles(given, completed.config, tree);
  const { target, config, kbuild } = program;
  const builtin = (treeOptions.builtin ?? []).map((path) => sourceFile(path, tree));
  const files = [...program.files, ...builtin];
  const headers = { asm: ownHeaders("asm"), uapi: ownHeaders("uapi/asm") };
  const replacements = await readReplacements(treeOptions.replace ?? []);
  /** A path as clang sees it. */
  const asSeen = (path: string) => {
    const inTree = tree.inside(path);
    return inTree === undefined ? compilerPath(path) : `${TREE_ROOT}/${inTree}`;
  };
  const search = new HeaderSearch(tree, generatedHeaders(tree, config, headers), replacements);
  const compileOptions = {
    ...options,
    includes: options.includes.map(asSeen),
    flags: compilerFlags(config, tree.version),
  };
  const compiler = new TreeCompiler(search, compileOptions, cache, tools);

  const compile = (source: string, index: number, flags: FileFlags, part: string | undefined, isNamed = false) =>
    compiler.compile({ source, index, flags, module: part, named: isNamed }, () =>
      progress(`compiling ${shown(source)}`),
    );
  const parts = partsOf(tree, program, builtin);
  const module = target?.name ?? moduleName(parts.module[0]);
  const compileGiven = async (file: string, index: number) => {
    readSource(file, host.disk);
    const source = asSeen(file);
    const flags = target?.files.includes(file)
      ? target.flags(file)
      : tree.inside(file) === undefined
        ? NO_FLAGS
        : kbuild.flags(source);
    if (parts.module.includes(file)) return await compile(source, index, flags, module, true);
    const all = { ...flags, defines: [...flags.defines, ...options.defines] };
    return await compile(source, index, all, undefined, true);
  };
  const compiled = [
    ...files.map(compileGiven),
    compile(`${ARCHITECTURE_ROOT}/lib/module.mod.c`, files.length, NO_FLAGS, module),
  ];
  const pull = (start: Given, wanted: readonly string[]) =>
    pullIn(start, () => openIndex(tree, cache), {
      provides: (symbol) => (services.has(symbol) && !isOwn(symbol, tree.version)) || PROVIDED.test(symbol),
      library: (symbol) => ownFiles(symbol, tree.version, () => openIndex(tree, cache)),
      wanted,
      compile: (path) =>
        path.startsWith("/")
          ? compile(path, numberOf(path), OWN_FLAGS, undefined)
          : compile(`${TREE_ROOT}/${path}`, numberOf(path), kbuild.flags(`${TREE_ROOT}/${path}`), undefined),
      limit: treeOptions.autoFiles ?? 40,
      replaced: (path) => isReplaced(path, tree.version),
    });
  // It is read while the first files are compiled.
  openIndex(tree, cache).catch(() => {});
  // What the machine needs in any case is compiled while the user's files are.
  pull({ module: [], kernel: [] }, [...WANTED, ...(parts.tests ? WANTED_BY_TESTS : [])]).catch(() => {});
  const objects = await inOrder(compiled);
  const user = objects.filter(({ unit }) => unit.module !== undefined);
  const named = objects.filter(({ unit }) => unit.module === undefined);
  refuseTwice(user);
  refuseTwice(named);
  const all = () => pull({ module: user, kernel: named }, wantedSymbols(user));
  const first = await all();
  const pulled = first.missing.length > 0 && (await renewIndex(tree, cache)) ? await all() : first;
  await refuseUnused(replacements, () => openIndex(tree, cache));
  if (treeOptions.strict) refuseMissing(pulled.missing);
  progress("linking");
  const [kernel, linked] = await inOrder([link([...named, ...pulled.objects], cache, tools), link(user, cache, tools)]);
  return {
    name: module,
    kernel: kernel.wasm,
    module: linked.wasm,
    unusable: pulled.unusable,
    files: pulled.files,
    missing: pulled.missing,
    initcalls: linkOrder([...named, ...pulled.objects], kbuild).flatMap(initcallsOf),
    missingTypes: missingTypes(pulled.missing, [...user, ...named, ...pulled.objects]),
    ignoredOptions: ignored,
    diagnostics: [...user.map(({ diagnostics }) => diagnostics), linked.diagnostics].join(""),
  };
}

/** A configuration with what this source has besides. It takes a quarter of a second to read what the source says. */
async function completeFor(
  tree: KernelTree,
  config: KernelConfig,
  cache: CompileCache,
): Promise<{ config: KernelConfig; warnings: string[] }> {
  const rules = `${readKconfig}${completeConfig}`;
  const key = cacheKey("configuration", tree.stamp(), rules, JSON.stringify([...config]));
  const cached = await cache.get(key);
  if (cached) {
    const { config, warnings } = JSON.parse(decoder.decode(cached));
    return { config: new Map(config), warnings };
  }
  const text = (path: string) => {
    const bytes = tree.readOnce(path);
    return bytes && decoder.decode(bytes);
  };
  const all: string[] = [];
  const entries = readKconfig(text, "Kconfig", (what) => all.push(`${tree.folder}/${what}`));
  const more = all.length - MAX_ODD_LINES;
  const warnings = more > 0 ? [...all.slice(0, MAX_ODD_LINES), `${tree.folder}: ${more} more lines like these`] : all;
  const completed = completeConfig(config, entries, isFree);
  await cache.put(key, new TextEncoder().encode(JSON.stringify({ config: [...completed], warnings })));
  return { config: completed, warnings };
}

/** Versions since which a source knows a mode of KASAN; those that are not here are in all. */
const MODES_SINCE: Partial<Record<ModeName, Version>> = { hw_tags: [5, 11] };

/** Refuses a mode that the source does not have. @throws {@link GuestError} `BAD_INPUT` */
export function refuseMode(
  { folder, version }: Pick<KernelTree, "folder" | "version">,
  mode: ModeName = "generic",
): void {
  const since = MODES_SINCE[mode];
  if (since === undefined || !isBefore(version, since)) return;
  const release = releaseOf(version);
  throw new GuestError(
    "BAD_INPUT",
    `${folder}: Linux ${release} has no KASAN mode ${mode}, which came with ${since.join(".")}`,
  );
}

const decoder = new TextDecoder();

/** A C file of the source. @throws {@link GuestError} `BAD_INPUT` for any other */
function sourceFile(path: string, tree: KernelTree): string {
  const inSource = (file: string) => tree.inside(file) !== undefined && file.endsWith(".c") && existsSync(file);
  const found = [path, join(tree.folder, path)].find(inSource);
  if (found === undefined) {
    throw new GuestError("BAD_INPUT", `${path}: no C file of ${tree.folder}; --builtin is for these`);
  }
  return found;
}

/** Symbols that the rewriter and the linker provide: checks, and WebAssembly's own. */
const PROVIDED =
  /^(?:machine_\w+$|__asan_(?!before_dynamic_init|after_dynamic_init)|__hwasan_|__sanitizer_cov_trace_pc$|__stack_pointer$|__memory_base$|__table_base$|__indirect_function_table$|kasan_guest_this_cpu$|kasan_guest_cpus$)/;

/** A file's number among those of the kernel, which does not depend on what else is compiled: its object stays in the cache. */
const numberOf = (path: string): number => Number.parseInt(cacheKey(path).slice(0, 7), 16);

/** What a file has that defines tests. */
const TESTS = /\bkunit_test_(?:init_section_)?suites?\b/;

/** What makes a file part of a module: something that runs when it is loaded. */
const LOADED =
  /\b(?:FUZZ_TEST_SIMPLE|LLVMFuzzerTestOneInput|module_init|KSTM_MODULE_LOADERS|kunit_test_(?:init_section_)?suites?|module_\w*driver)\b/;
/** What a part of the kernel runs at boot, and a module when it is loaded. */
const BOOTED = /\b\w+_initcall\b/;

/**
 * The given files that are the user's module, and those that are part of the kernel: files of its source beside the module that have
 * nothing to run but at boot, as library code. All files of a Makefile's module are the module. `tests`: whether one of the source has
 * tests.
 */
function partsOf(
  tree: KernelTree,
  { files, target }: Pick<ProgramFiles, "files" | "target">,
  builtin: readonly string[],
): { module: string[]; kernel: string[]; tests: boolean } {
  const texts = new Map(
    files.map((file) => {
      const path = tree.inside(file);
      return [file, path === undefined ? undefined : new TextDecoder("latin1").decode(tree.read(path))];
    }),
  );
  const tests = [...texts.values()].some((text) => text !== undefined && TESTS.test(text));
  const having = (pattern: RegExp) =>
    files.filter((file) => {
      const text = texts.get(file);
      return text === undefined || target?.files.includes(file) || pattern.test(text);
    });
  const module = [having(LOADED), having(BOOTED)].find(({ length }) => length > 0) ?? [...files];
  return { module, kernel: [...files.filter((file) => !module.includes(file)), ...builtin], tests };
}

/** Functions in C that the machine calls by name, and that loaded modules need; with tests, KUnit's. */
function wantedSymbols(user: readonly TreeObject[]): string[] {
  const tests = user.some(({ bytes }) =>
    definedNames(objectSymbols(bytes)).some((name) => name.startsWith("__kasan_kunit_")),
  );
  return [...WANTED, ...(tests ? WANTED_BY_TESTS : [])];
}

const WANTED = [
  "kasan_guest_page_layout",
  "msleep",
  "kasan_guest_softirq",
  "kasan_guest_task_ended",
  "kasan_guest_set_param",
  "rcu_barrier",
];
const WANTED_BY_TESTS = [
  "kasan_guest_add_suites",
  "kasan_guest_run_suites",
  "kasan_guest_reported",
  "kasan_guest_slab_errors",
];

/** Objects in the order in which a kernel's build links them. Ours come first. */
function linkOrder(objects: readonly TreeObject[], kbuild: Kbuild): TreeObject[] {
  const places = new Map(
    objects.map((object) => {
      const { source } = object.unit;
      return [object, source.startsWith(`${TREE_ROOT}/`) ? kbuild.linkPlace(source) : []] as const;
    }),
  );
  const place = (object: TreeObject) => places.get(object) ?? [];
  return [...objects].sort((a, b) => compareLinkPlaces(place(a), place(b)));
}

const initcallsOf = ({ bytes }: TreeObject): string[] => definedNames(objectSymbols(bytes)).filter(isInitcall);

/** Links objects, or takes the result from the cache: then clang need not be loaded. Of several definitions of a symbol, the first counts. */
async function link(
  objects: readonly TreeObject[],
  cache: CompileCache,
  tools: Tools,
): Promise<{ wasm: Uint8Array; diagnostics: string }> {
  const named: Tree = Object.fromEntries(objects.map(({ bytes }, i) => [`${i}.o`, bytes]));
  const command = [...linkArguments(Object.keys(named), "module.wasm"), "--allow-multiple-definition"];
  const key = cacheKey("linked", CLANG_VERSION, JSON.stringify(command), ...objects.map(({ bytes }) => bytes));
  const cached = await cache.get(key);
  if (cached) return { wasm: cached, diagnostics: "" };
  const { files, errors } = await tools.run(command, named, { alone: true });
  if (!files) throw new GuestError("COMPILE_FAILED", "the objects do not link", errors);
  const wasm = files["module.wasm"] as Uint8Array;
  await cache.put(key, wasm);
  return { wasm, diagnostics: errors };
}

/**
 * The types of functions that are missing: a linked module has no type for one of which it only takes the address, and a call through that
 * address must find the type it expects.
 */
function missingTypes(missing: readonly UnprovidedSymbol[], objects: readonly TreeObject[]): Map<string, FunctionType> {
  const names = new Set(missing.filter(({ kind }) => kind === "function").map(({ name }) => name));
  const using = objects.filter(({ bytes }) =>
    [...names].some((name) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(name)),
  );
  const types = new Map<string, FunctionType>();
  for (const { bytes } of using) {
    const object = parseModule(bytes);
    for (const { name, type } of object.importedFunctions) if (names.has(name)) types.set(name, object.types[type]);
  }
  return types;
}

/** Reads the files that replace functions. @throws {@link GuestError} `BAD_INPUT` for one that does not define its function */
async function readReplacements(given: readonly Replacement[]): Promise<Replacements> {
  for (const one of given) checkReplacement(one, new TextDecoder("latin1").decode(readInput(one[1], host.disk)));
  return new Replacements(given.map(([name, file]) => [name, resolve(file)]));
}

/** Refuses to replace what is not there. @throws {@link GuestError} `BAD_INPUT` */
async function refuseUnused(replacements: Replacements, index: () => Promise<SymbolIndex>): Promise<void> {
  const [name] = replacements.unused();
  if (name === undefined) return;
  const [where] = (await index()).find(name);
  const hint = where === undefined ? "" : `; ${where.path} does`;
  throw new GuestError("BAD_INPUT", `${name} cannot be replaced: no file that is compiled defines it${hint}`);
}

/**
 * Refuses a program that lacks something.
 *
 * @throws {@link GuestError} `UNRESOLVED`
 */
export function refuseMissing(missing: readonly UnprovidedSymbol[]): void {
  if (missing.length === 0) return;
  const names = missing.slice(0, 3).map(({ name }) => name);
  const rest = missing.length > names.length ? ` and ${missing.length - names.length} more` : "";
  const lines = missing.map(({ name, kind, neededBy, files: [file], why }) => {
    const where = file === undefined ? "" : `, defined in ${file}`;
    return `  ${kind} ${name}, needed by ${neededBy}${where}: ${why}\n`;
  });
  throw new GuestError("UNRESOLVED", `nothing provides ${names.join(", ")}${rest}`, lines.join(""));
}

/**
 * Refuses files that define the same symbol: a linker would take the first without a word.
 *
 * @throws {@link GuestError} `BAD_INPUT`
 */
function refuseTwice(objects: readonly TreeObject[]): void {
  const by = new Map<string, string[]>();
  for (const { unit, bytes } of objects) {
    for (const { name, defined, local, weak } of objectSymbols(bytes).symbols) {
      if (defined && !local && !weak) by.set(name, [...(by.get(name) ?? []), shown(unit.source)]);
    }
  }
  const [twice] = [...by].filter(([, files]) => files.length > 1);
  if (twice) throw new GuestError("BAD_INPUT", `${twice[0]} is defined twice: in ${twice[1].join(" and in ")}`);
}
