import type { LogSink } from "@kasan/kernel";
import { host } from "#host";
import type { CompileCache } from "../compile/compile-cache.ts";
import type { CompileOptions } from "../compile/options.ts";
import type { ProgramOptions } from "./options.ts";
import type { RunPlan } from "./run.ts";

/** {@link ProgramOptions} of which only the files and the architecture must be given. */
export interface GivenOptions extends Omit<ProgramOptions, "machine" | "compile" | "run" | "cache" | "log"> {
  /** The machine: by default 64 MB and one CPU in generic mode, with seed 0. It models Linux 6.12 and reports every bug. */
  readonly machine: Pick<ProgramOptions["machine"], "architecture"> & Partial<ProgramOptions["machine"]>;
  /** How C is compiled: by default with -O2, and checks that are calls. */
  readonly compile?: Partial<CompileOptions>;
  /** What to run: by default the module's init functions and then its exit functions, for a minute at most. */
  readonly run?: Partial<RunPlan>;
  /** The user's cache by default; see {@link cacheFolder}. */
  readonly cache?: CompileCache;
  /** Receives kernel log lines; nothing does by default. */
  readonly log?: LogSink;
}

/** Fills in what is not given. */
export function withDefaults(given: GivenOptions): ProgramOptions {
  const { architecture, mode = "generic" } = given.machine;
  const { layout, pageShift } = architecture;
  return {
    ...given,
    machine: {
      mode,
      memoryBytes: 64 * 2 ** 20,
      seed: 0,
      multiShot: true,
      panicOnWarn: false,
      version: "6.12.0",
      ...given.machine,
    },
    compile: {
      mode,
      instrument: mode === "off" ? "off" : "outline",
      shadowOffset: layout.shadowOffset,
      ...(pageShift !== 12 && { pageShift }),
      optimize: "2",
      useAfterScope: true,
      defines: [],
      includes: [],
      ...given.compile,
    },
    run: { parameters: [], timeout: 60, ...given.run },
    cache: given.cache ?? host.openCache(),
    log: given.log ?? (() => {}),
  };
}
