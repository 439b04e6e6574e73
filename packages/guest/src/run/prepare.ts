import {
  checkOptions,
  kernelFunctions,
  Machine,
  PAGE_LAYOUT_VALUES,
  type PageLayout,
  pageLayoutOf,
  type TimeoutSite,
} from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { host } from "#host";
import { compile, libraryOptions, librarySources, linkObjects, moduleName, readSources } from "../compile/compile.ts";
import type { CompileCache } from "../compile/compile-cache.ts";
import { readInput } from "../compile/files.ts";
import { type CompileOptions, kasanConfig } from "../compile/options.ts";
import { Tools, withTools } from "../compile/tools.ts";
import { GuestError } from "../error.ts";
import { type Disk, MemoryDisk } from "../host/disk.ts";
import { ComparisonLog } from "../load/comparison-log.ts";
import { Loader } from "../load/loader.ts";
import { constantFor, type MissingSymbol } from "../load/missing.ts";
import type { LoadedModule } from "../load/module.ts";
import type { Stub } from "../load/stubs.ts";
import { initialValue } from "../load/symbols.ts";
import { calledFunction, isReplaced } from "../rewrite/rewrite.ts";
import { type BuiltTree, buildTree } from "../tree/build.ts";
import { ownConfig } from "../tree/config.ts";
import { KernelTree, releaseOf } from "../tree/kernel-tree.ts";
import { isTarget, type ProgramFiles, programFiles } from "../tree/targets.ts";
import { type FunctionType, isWasm, isWasmObject, parseModule, type WasmModule } from "../wasm/module.ts";
import { CodePlaces } from "./code-places.ts";
import { LocatedLog } from "./located-log.ts";
import type { ProgramOptions } from "./options.ts";
import { Receiver } from "./outputs.ts";
import { type Loaded, startTask } from "./run.ts";
import { sourceLines } from "./source-lines.ts";
import { sourcePath } from "./source-paths.ts";
import { Threads } from "./threads.ts";

/** What a program is run from. */
interface Built {
  /** The module's name. */
  readonly name: string;
  /** The user's module. */
  readonly wasm: Uint8Array;
  /** The part of the kernel that is in C. */
  readonly library: Uint8Array;
  /** Symbols that nothing provides, with which it runs all the same. */
  readonly stubs: readonly Stub[];
  /** The kernel part's initcalls, in the order in which they are linked. */
  readonly initcalls: BuiltTree["initcalls"];
  /** The page descriptors' layout in the kernel's headers. */
  readonly pageLayout?: PageLayout;
}

/** A program that is loaded into a machine of its own, before any of its code runs. */
export interface Prepared {
  /** The program's options, with what its machine and its kernel's source add. */
  readonly options: ProgramOptions;
  /** The module's name. */
  readonly name: string;
  /** The machine. */
  readonly machine: Machine;
  /** What loads its modules. */
  readonly loader: Loader;
  /** The kernel's part that is in C, with its initcalls, and the user's module. */
  readonly loaded: Loaded;
  /** What it compares, if it was compiled to log that. */
  readonly comparisons?: ComparisonLog;
  /** Its threads' output, besides its own. */
  readonly receiver: Receiver;
  /** Threads of its tasks. */
  readonly threads: Threads;
  /** KASAN's reports, to which each is added when it is made. */
  readonly reports: KasanReport[];
  /** Where it was when its time was up. */
  readonly timeouts: TimeoutSite[];
  /** Where its code comes from. */
  readonly places: CodePlaces;
  /** Passes on the log's last lines. */
  readonly endLog: () => void;
}

/** Compiles a program, boots a machine, and loads it. Throws as {@link runProgram} does. */
export async function prepare(given: ProgramOptions): Promise<Prepared> {
  checkOptions(given.machine);
  if (given.sources && given.tree)
    throw new GuestError("BAD_INPUT", "`sources` with a `tree`: files beside a kernel's source must be on a disk");
  const options = forMachine(given);
  const { machine: machineOptions, cache, progress = () => {} } = options;
  const built = await withTools((tools) => build(options, tools), new Tools(options.jobs));
  progress("booting");
  const reports: KasanReport[] = [];
  const timeouts: TimeoutSite[] = [];
  const { onVmallocShadow } = machineOptions;
  // A machine prints while it boots, before anything is loaded.
  let modules: readonly LoadedModule[] = [];
  const places = new CodePlaces(() => modules, cache, options.tree?.folder, diskOf(options));
  const located = options.locateLog ? new LocatedLog(options.log, () => modules, places) : undefined;
  const log = located?.line ?? options.log;
  const receiver = new Receiver(
    {
      log,
      onReport: (report) => {
        reports.push(report);
        options.onReport?.(options.locateLog ? places.locate(report) : report, machine);
      },
      onTimeout: (site) => void timeouts.push(site),
      ...(onVmallocShadow && { onVmallocShadow }),
    },
    (event) => machine.tests.apply(event),
  );
  const threads = new Threads({
    loader: () => loader,
    plugins: options.plugins,
    queue: () => receiver.queue,
    drain: () => receiver.drain(),
  });
  const { pageLayout, name, stubs, initcalls } = built;
  const machine = new Machine({
    ...machineOptions,
    ...(pageLayout && { pageLayout }),
    ...receiver.outputs,
    timeout: options.run.timeout,
    threads,
  });
  receiver.attach(machine);
  startTask(machine);
  const comparisons = options.compile.comparisons ? new ComparisonLog(machine) : undefined;
  const loader = await Loader.create(machine, stubs, comparisons);
  modules = loader.modules;
  const library = await loader.load(built.library, undefined);
  const parsed = parseModule(built.wasm);
  await refuseMissing(loader, parsed, cache, options);
  const module = await loader.load(built.wasm, name);
  const loaded = { library, initcalls, module };
  await host.readyThreads();
  const output = { receiver, threads, reports, timeouts, places, endLog: () => located?.end() };
  return { options, name, machine, loader, loaded, ...output, ...(comparisons && { comparisons }) };
}

async function build(options: ProgramOptions, tools: Tools): Promise<Built> {
  const { files, tree, compile: compileOptions, cache, progress, diagnostics } = options;
  if (tree === undefined) {
    const program = ownProgram(files, compileOptions);
    const wasm = await readProgram(program, options, tools);
    const name = program.target?.name ?? moduleName(files[0]);
    return { name, wasm, library: await readLibrary(options, tools), stubs: [], initcalls: [] };
  }
  const machine = new Machine({ ...options.machine, log: () => {} });
  const services = new Set(Object.keys(kernelFunctions(machine)));
  const built = await buildTree(files, compileOptions, tree, services, cache, tools, progress, options.warn);
  if (built.diagnostics) diagnostics?.(built.diagnostics);
  options.onBuilt?.(built);
  return {
    name: built.name,
    wasm: built.module,
    library: built.kernel,
    stubs: stubsOf(built, services),
    initcalls: built.initcalls,
    pageLayout: readPageLayout(parseModule(built.kernel)),
  };
}

/** The layout that the kernel's part was compiled with (packages/guest/arch/lib/page_layout.c). */
function readPageLayout(kernel: WasmModule): PageLayout {
  const bytes = initialValue(kernel, "kasan_guest_page_layout", 4 * PAGE_LAYOUT_VALUES);
  if (!bytes)
    throw new GuestError("UNRESOLVED", "the kernel's part does not tell where page descriptors have their fields");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return pageLayoutOf(Array.from({ length: PAGE_LAYOUT_VALUES }, (_, i) => view.getInt32(4 * i, true)));
}

/** The symbols that a program's code uses and nothing provides, with the types by which it calls them. */
function stubsOf({ kernel, module, missing, missingTypes }: BuiltTree, services: ReadonlySet<string>): Stub[] {
  const parsed = [kernel, module].map(parseModule);
  const exported = (from: readonly WasmModule[], kind: "function" | "global") =>
    new Set(from.flatMap(({ exports }) => exports.filter((one) => one.kind === kind).map(({ name }) => name)));
  const where = new Map(
    missing.map(({ name, files: [file], why }) => [
      name,
      file === undefined || why.includes(file) ? why : `it is in ${file}, and ${why}`,
    ]),
  );
  const stubs = new Map<string, Stub>();
  const add = (name: string, type: FunctionType | undefined) => {
    if (!stubs.has(name)) stubs.set(name, { name, type, where: where.get(name) ?? "" });
  };
  // The kernel's part is there before the module: it cannot use what only that has.
  for (const [i, { importedFunctions, importedGlobals, types }] of parsed.entries()) {
    const loaded = parsed.slice(0, i + 1);
    const functions = exported(loaded, "function");
    const variables = exported(loaded, "global");
    for (const { name, type } of importedFunctions) {
      const called = calledFunction(name);
      if (!isReplaced(name) && !services.has(called) && !functions.has(called)) add(called, types[type]);
    }
    for (const { module: from, name } of importedGlobals) {
      if (from === "GOT.func" && !services.has(name) && !functions.has(name)) {
        add(name, missingTypes.get(name) ?? { params: [], results: [] });
      }
      if (from === "GOT.mem" && !variables.has(name) && constantFor(name, 0, 1) === undefined) add(name, undefined);
    }
  }
  return [...stubs.values()];
}

/** Where a program's files are. */
export const diskOf = ({ sources }: Pick<ProgramOptions, "sources">): Disk =>
  sources ? new MemoryDisk(sources, host.disk) : host.disk;

/** Sets the compile options for the machine's architecture, and the machine's version for the kernel's source. */
export function forMachine<Options extends Pick<ProgramOptions, "machine" | "compile" | "tree">>(
  options: Options,
): Options {
  const { source } = options.machine.architecture;
  const { tree } = options;
  return {
    ...options,
    compile: { ...(source && { source }), ...options.compile },
    ...(tree && { machine: { ...options.machine, version: releaseOf(KernelTree.open(tree.folder).version) } }),
  };
}

/** The files of a program that is compiled against the headers of this package. */
function ownProgram(files: readonly string[], options: CompileOptions): Pick<ProgramFiles, "files" | "target"> {
  if (!files.some(isTarget)) return { files, target: undefined };
  const processor = (options.source?.config ?? []).map((name) => `CONFIG_${name}`);
  return programFiles(files, ownConfig([...processor, ...kasanConfig(options), ...options.defines]));
}

async function readProgram(
  { files, target }: Pick<ProgramFiles, "files" | "target">,
  options: ProgramOptions,
  tools: Tools,
): Promise<Uint8Array> {
  const { compile: compileOptions, cache, progress, diagnostics } = options;
  const disk = diskOf(options);
  const first = readInput(files[0], disk);
  if (isWasmObject(first))
    return await linkObjects(
      files.map((file) => readInput(file, disk)),
      tools,
    );
  if (isWasm(first)) {
    if (files.length > 1)
      throw new GuestError(
        "BAD_INPUT",
        `${files[0]} is WebAssembly, which cannot be linked with other files; give it alone`,
      );
    return first;
  }
  const sources = await readSources(files, compileOptions.includes, target, disk);
  const compiled = await compile(sources, compileOptions, cache, progress, tools);
  if (compiled.diagnostics) diagnostics?.(compiled.diagnostics);
  return compiled.wasm;
}

export async function readLibrary(
  { compile: options, cache, progress }: Pick<ProgramOptions, "compile" | "cache" | "progress">,
  tools: Tools,
): Promise<Uint8Array> {
  return (await compile(await librarySources(), libraryOptions(options), cache, progress, tools)).wasm;
}

/** Rejects a module with unresolved symbols, naming them and their callers, before anything runs. */
async function refuseMissing(
  loader: Loader,
  wasm: WasmModule,
  cache: CompileCache,
  options: ProgramOptions,
): Promise<void> {
  const missing = loader.missing(wasm);
  if (missing.length === 0) return;
  const places = await sourceLines(wasm.bytes, [...new Set(missing.flatMap(({ callSites }) => callSites))], cache);
  const code = { library: false, tree: options.tree?.folder, disk: diskOf(options) };
  const describe = ({ name, kind, callSites, provided, called: type }: MissingSymbol): string => {
    const where = callSites.map((site) => places.get(site)).filter((place) => place !== undefined);
    const called = where.map(({ file, line }) => `${sourcePath(file, code)}:${line}`).join(", ");
    const why = provided ? `: called as ${type}, and it is ${provided} (is its header included?)` : "";
    const verb = kind === "function" ? "called at" : "used at";
    return `  ${kind} ${name}${why}${called ? `, ${verb} ${called}` : ""}`;
  };
  const names = missing.map(({ name }) => name).join(", ");
  throw new GuestError(
    "UNRESOLVED",
    `nothing provides ${names}; the provided functions are listed by: kasan functions`,
    `${missing.map(describe).join("\n")}\n`,
  );
}
