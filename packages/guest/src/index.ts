/**
 * Guests: C compiled with KASAN's instrumentation, rewritten to run on a machine of `@kasan/kernel`, loaded and run.
 *
 * @packageDocumentation
 */
export * from "./compile/cache.ts";
export * from "./compile/compile.ts";
export * from "./compile/files.ts";
export * from "./compile/options.ts";
export * from "./error.ts";
export * from "./load/loader.ts";
export * from "./load/symbols.ts";
export * from "./rewrite/layout.ts";
export * from "./rewrite/rewrite.ts";
export * from "./rewrite/runtime.ts";
export * from "./run/parameters.ts";
export * from "./run/program.ts";
export * from "./run/run.ts";
export * from "./run/source-lines.ts";
export * from "./run/watchdog.ts";
export * from "./wasm/module.ts";
