/**
 * Guests: C compiled with KASAN's instrumentation, rewritten to run on a machine of `@kasan/kernel`, loaded and run.
 * {@link runProgram} does all of it; its parts are exported for other uses.
 *
 * @packageDocumentation
 */
export { Cache, cacheFolder } from "./compile/cache.ts";
export {
  type Compiled,
  compile,
  libraryOptions,
  librarySources,
  type Progress,
  readSources,
  type Sources,
} from "./compile/compile.ts";
export type { CompileCache } from "./compile/compile-cache.ts";
export { warnsOfUndefined } from "./compile/diagnostics.ts";
export { HEADER_FOLDER, LIBRARY_FOLDER, PREBUILT_FOLDER, type Tree } from "./compile/files.ts";
export type { CompileOptions, FileFlags } from "./compile/options.ts";
export type { ToolRun } from "./compile/tool.ts";
export { type JobOptions, Tools, withTools } from "./compile/tools.ts";
export * from "./error.ts";
export { type FuzzExecution, type FuzzFailure, type FuzzOptions, FuzzSession } from "./fuzz/session.ts";
export type { Disk, DiskEntry } from "./host/disk.ts";
export { ComparisonLog, type GuestComparison } from "./load/comparison-log.ts";
export { EdgeCounters } from "./load/edge-counters.ts";
export { Loader } from "./load/loader.ts";
export type { MissingSymbol } from "./load/missing.ts";
export {
  type GuestFunction,
  LoadedModule,
  type ModuleImage,
  type ProgramImage,
  type TakenSlot,
} from "./load/module.ts";
export type { Stub } from "./load/stubs.ts";
export { type ModuleSymbol, ModuleSymbols, type Placement } from "./load/symbols.ts";
export type { FunctionTarget, RewriteOptions, TlbSizes } from "./rewrite/layout.ts";
export { rewriteModule } from "./rewrite/rewrite.ts";
export type { Coverage, FileCoverage, LineCoverage } from "./run/coverage.ts";
export type { GivenOptions } from "./run/defaults.ts";
export type { ProgramOptions } from "./run/options.ts";
export type { PluginSource, Plugins } from "./run/plugins.ts";
export type { CallFrame, CpuProfile, GuestProfile, ProfiledFunction, ProfileNode } from "./run/profile.ts";
export * from "./run/program.ts";
export {
  type EntryPoints,
  entryPoints,
  type Loaded,
  type RunOutcome,
  type RunPlan,
  runModule,
  startTask,
} from "./run/run.ts";
export type { BuiltTree, TreeOptions } from "./tree/build.ts";
export type { PulledFile, UnprovidedSymbol } from "./tree/pull.ts";
export type { Replacement } from "./tree/replace.ts";
export * from "./wasm/module.ts";
