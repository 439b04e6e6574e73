import {
  checkOptions,
  kernelFunctions,
  type LogSink,
  Machine,
  type MachineOptions,
  type MachineStatistics,
  PAGE_LAYOUT_VALUES,
  type PageLayout,
  pageLayoutOf,
  type StopReason,
  type TestSuite,
  type TimeoutSite,
  type VmallocInfo,
  vmallocInfo,
} from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import type { Cache } from "../compile/cache.ts";
import { compile, libraryOptions, librarySources, moduleName, type Progress, readSources } from "../compile/compile.ts";
import { readInput } from "../compile/files.ts";
import { type CompileOptions, kasanConfig } from "../compile/options.ts";
import { Tools, withTools } from "../compile/tools.ts";
import { GuestError } from "../error.ts";
import { Loader } from "../load/loader.ts";
import { constantFor, type MissingSymbol } from "../load/missing.ts";
import type { Stub } from "../load/stubs.ts";
import { initialValue } from "../load/symbols.ts";
import { calledFunction, isReplaced } from "../rewrite/rewrite.ts";
import { type BuiltTree, buildTree, type TreeOptions } from "../tree/build.ts";
import { applyConfig, ownConfig, readConfig } from "../tree/config.ts";
import { KernelTree, releaseOf } from "../tree/kernel-tree.ts";
import { isTarget, type ProgramFiles, programFiles } from "../tree/targets.ts";
import { type FunctionType, isWasm, parseModule, type WasmModule } from "../wasm/module.ts";
import { type Coverage, readCoverage } from "./coverage.ts";
import { Receiver } from "./outputs.ts";
import { entryPoints, type RunPlan, runModule, startTask } from "./run.ts";
import { locateReports, sourceLines } from "./source-lines.ts";
import { type PluginSource, Threads } from "./threads.ts";

/** A program and how to run it. */
export interface ProgramOptions {
  /**
   * C files, or one wasm64 module built by clang and `wasm-ld -shared --experimental-pic`. `DIR/Makefile:foo.ko` stands for the files of
   * a module that a Makefile describes.
   */
  readonly files: readonly string[];
  /** The machine to boot. */
  readonly machine: Omit<MachineOptions, "log" | "onReport" | "onTest" | "onTimeout" | "timeout" | "threads">;
  /** How threads recreate those options of `machine` that are functions. Without it, a program that starts a thread is rejected. */
  readonly plugins?: PluginSource;
  /** How C is compiled. */
  readonly compile: CompileOptions;
  /** What to run. */
  readonly run: RunPlan;
  /** The kernel's source that the files are compiled against; without one, the headers of this package. */
  readonly tree?: TreeOptions;
  /** Called with what was compiled, before it runs, if there is a kernel's source. */
  readonly onBuilt?: (built: BuiltTree) => void;
  /** Cache of compiled modules. */
  readonly cache: Cache;
  /** The most files that are compiled side by side; one per host processor by default, up to four. With 1, no thread is started for it. */
  readonly jobs?: number;
  /** Receives kernel log lines as they are printed. */
  readonly log: LogSink;
  /** Receives clang's warnings. */
  readonly diagnostics?: (text: string) => void;
  /** Called with the current activity. */
  readonly progress?: Progress;
  /** Adds file and line to the reports' frames. Runs llvm-symbolizer the first time. */
  readonly locate?: boolean;
  /** Called with the machine after the guest ends, to inspect its memory. */
  readonly onEnd?: (machine: Machine) => void;
}

/** Result of running a program. */
export interface ProgramResult {
  /** The module's name. */
  readonly module: string;
  /** KASAN's reports, in log order. */
  readonly reports: readonly KasanReport[];
  /** Why the guest was stopped; undefined if it ran to its end. */
  readonly stopped: StopReason | undefined;
  /** Where the guest was when its time was up; undefined if it was not. */
  readonly timeoutSite: TimeoutSite | undefined;
  /** Return value of the last function. */
  readonly result: number | undefined;
  /** KUnit suites that ran. */
  readonly tests: readonly TestSuite[];
  /** Number of warnings printed (WARN() and similar). */
  readonly warnings: number;
  /** Statistics of the run. */
  readonly statistics: MachineStatistics;
  /** Areas of vmalloc and module space that exist at the end. */
  readonly vmallocInfo: readonly VmallocInfo[];
  /** What of the program ran, if it was compiled to count that (`coverage` of {@link CompileOptions}). */
  readonly coverage?: Coverage;
}

/**
 * Compiles, loads and runs a program on a machine of its own.
 *
 * @throws {@link GuestError} for invalid input, before any guest code runs
 * @throws `KernelError` of `@kasan/kernel` for invalid machine options, before anything is compiled
 */
export async function runProgram(given: ProgramOptions): Promise<ProgramResult> {
  checkOptions(given.machine);
  const options = forMachine(given);
  const { machine: machineOptions, cache, progress = () => {} } = options;
  const {
    name,
    wasm,
    library: libraryWasm,
    stubs,
    initcalls,
    pageLayout,
  } = await withTools((tools) => build(options, tools), new Tools(options.jobs));
  progress("booting");
  const reports: KasanReport[] = [];
  const timeouts: TimeoutSite[] = [];
  const { onVmallocShadow } = machineOptions;
  const receiver = new Receiver(
    {
      log: options.log,
      onReport: (report) => void reports.push(report),
      onTimeout: (site) => void timeouts.push(site),
      ...(onVmallocShadow && { onVmallocShadow }),
    },
    (event) => machine.tests.apply(event),
  );
  const threads = new Threads({
    loader: () => loader,
    plugins: options.plugins,
    addPort: (port) => receiver.add(port),
    drain: () => receiver.drain(),
  });
  const { timeout } = options.run;
  const machine = new Machine({
    ...machineOptions,
    ...(pageLayout && { pageLayout }),
    ...receiver.outputs,
    timeout,
    threads,
  });
  receiver.attach(machine);
  startTask(machine);
  const loader = await Loader.create(machine, stubs);
  const library = await loader.load(libraryWasm, undefined);
  const parsed = parseModule(wasm);
  await refuseMissing(loader, parsed, cache);
  const module = await loader.load(wasm, name);
  entryPoints(module, options.run.call);
  progress("running");
  const { stopped, result } = runModule(loader, { library, initcalls, module }, options.run);
  threads.end();
  receiver.drain();
  receiver.close();
  options.onEnd?.(machine);
  return {
    module: name,
    reports: options.locate ? await locateReports(reports, loader.modules, cache) : reports,
    stopped,
    timeoutSite: timeouts[0],
    result,
    tests: machine.tests.suites,
    warnings: machine.oops.warnings,
    statistics: machine.statistics(),
    vmallocInfo: vmallocInfo(machine),
    ...(loader.counters.size > 0 && { coverage: await readCoverage(loader.counters, cache) }),
  };
}

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
  const built = await buildTree(files, compileOptions, tree, services, cache, tools, progress);
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

/**
 * The C files that arguments mean: those given, or those of a Makefile's module.
 *
 * @throws {@link GuestError} `BAD_INPUT` for a Makefile or module that there is not
 */
export async function sourceFiles(files: readonly string[], tree?: TreeOptions): Promise<readonly string[]> {
  if (!files.some(isTarget)) return files;
  if (tree === undefined) return programFiles(files, ownConfig([])).files;
  const { config } = applyConfig(await readConfig(tree.config), []);
  return programFiles(files, config, KernelTree.open(tree.folder)).files;
}

/** Sets the compile options for the machine's architecture, and the machine's version for the kernel's source. */
function forMachine<Options extends Pick<ProgramOptions, "machine" | "compile" | "tree">>(options: Options): Options {
  const { source } = options.machine.architecture;
  const { tree } = options;
  return {
    ...options,
    compile: { ...(source && { source }), ...options.compile },
    ...(tree && { machine: { ...options.machine, version: releaseOf(KernelTree.open(tree.folder).version) } }),
  };
}

/** The files of a program that is compiled against the headers of this package. */
function ownProgram(files: readonly string[], options: CompileOptions): ProgramFiles {
  const processor = (options.source?.config ?? []).map((name) => `CONFIG_${name}`);
  return programFiles(files, ownConfig([...processor, ...kasanConfig(options), ...options.defines]));
}

async function readProgram(
  { files, target }: ProgramFiles,
  { compile: compileOptions, cache, progress, diagnostics }: ProgramOptions,
  tools: Tools,
): Promise<Uint8Array> {
  const first = await readInput(files[0]);
  if (isWasm(first)) {
    if (files.length > 1)
      throw new GuestError(
        "BAD_INPUT",
        `${files[0]} is WebAssembly, which cannot be linked with other files; give it alone`,
      );
    return first;
  }
  const sources = await readSources(files, compileOptions.includes, target);
  const compiled = await compile(sources, compileOptions, cache, progress, tools);
  if (compiled.diagnostics) diagnostics?.(compiled.diagnostics);
  return compiled.wasm;
}

async function readLibrary(
  { compile: options, cache, progress }: Pick<ProgramOptions, "compile" | "cache" | "progress">,
  tools: Tools,
): Promise<Uint8Array> {
  return (await compile(await librarySources(), libraryOptions(options), cache, progress, tools)).wasm;
}

/** Rejects a module with unresolved symbols, naming them and their callers, before anything runs. */
async function refuseMissing(loader: Loader, wasm: WasmModule, cache: Cache): Promise<void> {
  const missing = loader.missing(wasm);
  if (missing.length === 0) return;
  const places = await sourceLines(wasm.bytes, [...new Set(missing.flatMap(({ callSites }) => callSites))], cache);
  const describe = ({ name, kind, callSites, provided, called: type }: MissingSymbol): string => {
    const where = callSites.map((site) => places.get(site)).filter((place) => place !== undefined);
    const called = where.map(({ file, line }) => `${file}:${line}`).join(", ");
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

/** Names of all kernel functions that guests can call, including those in C. */
export async function providedFunctions(options: Omit<ProgramOptions, "files" | "run" | "log">): Promise<string[]> {
  const machine = new Machine({ ...options.machine, log: () => {} });
  const loader = await Loader.create(machine);
  await loader.load(await withTools((tools) => readLibrary(forMachine(options), tools)), undefined);
  return loader.provided.filter((name) => !name.startsWith("__asan_") && !name.startsWith("kasan_guest_"));
}
