import { type Cache, cacheKey } from "../compile/cache.ts";
import { moduleName, type Progress, runTool } from "../compile/compile.ts";
import { compilerPath, readInput, type Tree } from "../compile/files.ts";
import { type CompileOptions, kasanConfig, linkArguments } from "../compile/options.ts";
import { GuestError } from "../error.ts";
import { applyConfig, compilerFlags, readConfig } from "./config.ts";
import { generatedHeaders } from "./generated.ts";
import { ARCHITECTURE_ROOT, HeaderSearch, ownHeaders, TREE_ROOT } from "./headers.ts";
import { type FileFlags, Kbuild } from "./kbuild.ts";
import { KernelTree } from "./kernel-tree.ts";
import { definedNames, objectSymbols } from "./objects.ts";
import { isReplaced, ownFiles } from "./own-code.ts";
import { firstError, type Pulled, pullIn } from "./pull.ts";
import { openIndex } from "./symbol-index.ts";
import { shown, TreeCompiler, type TreeObject } from "./unit.ts";

/** How a kernel's source is used. */
export interface TreeOptions {
  /** The source's folder. */
  readonly folder: string;
  /** A `.config`; without one, the default configuration of this package. */
  readonly config?: string;
  /** The most files of the source that are compiled in because others need them. 40 by default. */
  readonly autoFiles?: number;
}

/** A program built against a kernel's headers. */
export interface BuiltTree extends Pick<Pulled, "files" | "missing"> {
  /** The module's name. */
  readonly name: string;
  /** The kernel's part: the architecture's own code, and files of the source that were pulled in. */
  readonly kernel: Uint8Array;
  /** The user's module. */
  readonly module: Uint8Array;
  /** Files of this package that do not compile against the kernel's headers, with the reason. */
  readonly unusable: readonly string[];
  /** clang's and the linker's warnings. */
  readonly diagnostics: string;
  /** Options of the given configuration that do not apply to the machine. */
  readonly ignoredOptions: readonly string[];
}

const NO_FLAGS: FileFlags = { folders: [], defines: [], headers: [], sanitize: true };

/** The architecture's own code includes some of the tree's. */
const OWN_FLAGS: FileFlags = { ...NO_FLAGS, folders: [TREE_ROOT] };

/**
 * Compiles a user's files against the headers of a kernel's source, with the files of the source that they need.
 *
 * @param services - names of the functions that the machine provides
 * @throws {@link GuestError} `BAD_INPUT`, `COMPILE_FAILED`
 */
export async function buildTree(
  files: readonly string[],
  options: CompileOptions,
  treeOptions: TreeOptions,
  services: ReadonlySet<string>,
  cache: Cache,
  progress: Progress = () => {},
): Promise<BuiltTree> {
  const tree = KernelTree.open(treeOptions.folder);
  const machine = [...kasanConfig(options), `PAGE_SHIFT=${options.pageShift ?? 12}`, ...(options.source?.config ?? [])];
  const { config, ignored } = applyConfig(await readConfig(treeOptions.config), machine);
  const kbuild = new Kbuild(tree, config);
  const headers = { asm: ownHeaders("asm"), uapi: ownHeaders("uapi/asm") };
  const search = new HeaderSearch(tree, generatedHeaders(tree, config, headers));
  const compiler = new TreeCompiler(
    search,
    { ...options, includes: options.includes.map(compilerPath) },
    compilerFlags(config),
    cache,
  );

  const compile = (source: string, index: number, flags: FileFlags, part: string | undefined) =>
    compiler.compile({ source, index, flags, module: part }, () => progress(`compiling ${shown(source)}`));
  const parts = partsOf(tree, files);
  const module = moduleName(parts.module[0]);
  const user: TreeObject[] = [];
  const named: TreeObject[] = [];
  for (const [index, file] of files.entries()) {
    await readInput(file);
    const inTree = tree.inside(file);
    const source = inTree === undefined ? compilerPath(file) : `${TREE_ROOT}/${inTree}`;
    const ofModule = parts.module.includes(file);
    const flags = inTree === undefined ? NO_FLAGS : kbuild.flags(inTree);
    (ofModule ? user : named).push(await compile(source, index, flags, ofModule ? module : undefined));
  }
  user.push(await compile(`${ARCHITECTURE_ROOT}/lib/module.mod.c`, files.length, NO_FLAGS, module));
  refuseTwice(user);
  refuseTwice(named);
  const unusable: string[] = [];
  const pulled = await pullIn({ module: user, kernel: named }, () => openIndex(tree, cache), {
    provides: (symbol) => services.has(symbol) || PROVIDED.test(symbol),
    library: async (symbol) => {
      for (const path of await ownFiles(symbol, () => openIndex(tree, cache))) {
        const object = await compile(path, numberOf(path), OWN_FLAGS, undefined).catch((error: GuestError) => error);
        if (!(object instanceof Error)) return object;
        // Another kernel's headers may not fit one of these files. What it has is missing then.
        unusable.push(`${shown(path)}: ${firstError(object)}`);
      }
      return undefined;
    },
    wanted: wantedSymbols(user),
    compile: (path) => compile(`${TREE_ROOT}/${path}`, numberOf(path), kbuild.flags(path), undefined),
    limit: treeOptions.autoFiles ?? 40,
    replaced: isReplaced,
  });
  progress("linking");
  const kernel = await link([...named, ...pulled.objects]);
  const linked = await link(user);
  return {
    name: module,
    kernel: kernel.wasm,
    module: linked.wasm,
    unusable,
    files: pulled.files,
    missing: pulled.missing,
    ignoredOptions: ignored,
    diagnostics: [...user.map(({ diagnostics }) => diagnostics), linked.diagnostics].join(""),
  };
}

/** Symbols that the rewriter and the linker provide: checks, and WebAssembly's own. */
const PROVIDED =
  /^(?:machine_vsnprintf$|__asan_(?!before_dynamic_init|after_dynamic_init)|__hwasan_|__stack_pointer$|__memory_base$|__table_base$|__indirect_function_table$|kasan_guest_this_cpu$|kasan_guest_cpus$)/;

/** A file's number among those of the kernel, which does not depend on what else is compiled: its object stays in the cache. */
const numberOf = (path: string): number => Number.parseInt(cacheKey(path).slice(0, 7), 16);

/** What makes a file part of a module: something that runs. */
const RUNS = /\b(?:module_init|\w+_initcall|kunit_test_(?:init_section_)?suites?|module_\w*driver)\b/;

/**
 * The given files that are the user's module, and those that are part of the kernel: files of its source beside the module that have
 * nothing to run, as library code.
 */
function partsOf(tree: KernelTree, files: readonly string[]): { module: string[]; kernel: string[] } {
  const runs = (file: string) => {
    const path = tree.inside(file);
    return path === undefined || RUNS.test(new TextDecoder("latin1").decode(tree.read(path)));
  };
  const module = files.filter(runs);
  return module.length === 0
    ? { module: [...files], kernel: [] }
    : { module, kernel: files.filter((file) => !runs(file)) };
}

/** Functions in C that the machine calls by name, and that loaded modules need; with tests, KUnit's. */
function wantedSymbols(user: readonly TreeObject[]): string[] {
  const tests = user.some(({ bytes }) =>
    definedNames(objectSymbols(bytes)).some((name) => name.startsWith("__kasan_kunit_")),
  );
  return [...WANTED, ...(tests ? ["kasan_guest_add_suites", "kasan_guest_run_suites"] : [])];
}

const WANTED = ["kasan_guest_softirq", "kasan_guest_task_ended", "kasan_guest_set_param", "rcu_barrier"];

/** Links objects. Of several definitions of a symbol, the first counts. */
async function link(objects: readonly TreeObject[]): Promise<{ wasm: Uint8Array; diagnostics: string }> {
  const named: Tree = Object.fromEntries(objects.map(({ bytes }, i) => [`${i}.o`, bytes]));
  const command = [...linkArguments(Object.keys(named), "module.wasm"), "--allow-multiple-definition"];
  const { files, errors } = await runTool(command, named);
  if (!files) throw new GuestError("COMPILE_FAILED", "the objects do not link", errors);
  return { wasm: files["module.wasm"] as Uint8Array, diagnostics: errors };
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
