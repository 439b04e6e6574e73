import {
  Machine,
  type MachineStatistics,
  type StopReason,
  type TestSuite,
  type TimeoutSite,
  type VmallocInfo,
  vmallocInfo,
} from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import type { CompileOptions } from "../compile/options.ts";
import { withTools } from "../compile/tools.ts";
import { Loader } from "../load/loader.ts";
import type { TreeOptions } from "../tree/build.ts";
import { applyConfig, ownConfig, readConfig } from "../tree/config.ts";
import { KernelTree } from "../tree/kernel-tree.ts";
import { isTarget, programFiles } from "../tree/targets.ts";
import { type Coverage, readCoverage } from "./coverage.ts";
import { type GivenOptions, withDefaults } from "./defaults.ts";
import type { ProgramOptions } from "./options.ts";
import { diskOf, forMachine, type Prepared, prepare, readLibrary } from "./prepare.ts";
import { withProfile } from "./profile.ts";
import { entryPoints, type RunOutcome, runModule } from "./run.ts";

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
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { runProgram } from "@kasan/guest";
 *
 * const machine = { architecture: x86_64({ levels: 4 }) };
 * const { reports } = await runProgram({ files: ["bug.c"], machine });
 * for (const { bugType, function: place } of reports) console.log(`${bugType} in ${place.symbol}`); // slab-out-of-bounds in oob_init
 * ```
 * @throws {@link GuestError} for invalid input, before any guest code runs
 * @throws `KernelError` of `@kasan/kernel` for invalid machine options, before anything is compiled
 */
export async function runProgram(given: GivenOptions): Promise<ProgramResult> {
  const prepared = await prepare(withDefaults(given));
  const { options, name, machine, loader, loaded, reports, timeouts, places, endLog } = prepared;
  const { cache } = options;
  entryPoints(loaded.module, options.run.call);
  options.progress?.("running");
  const { stopped, result } = runWith(prepared);
  endLog();
  options.onEnd?.(machine, (frames) => places.locateFrames(frames));
  return {
    module: name,
    reports: options.locate ? reports.map((report) => places.locate(report)) : reports,
    stopped,
    timeoutSite: timeouts[0],
    result,
    tests: machine.tests.suites,
    warnings: machine.oops.warnings,
    statistics: machine.statistics(),
    vmallocInfo: vmallocInfo(machine),
    ...(loader.counters.size > 0 && {
      coverage: await readCoverage(loader.counters, cache, options.tree?.folder, diskOf(options)),
    }),
  };
}

/** Runs a program that is loaded, to the end of all its threads. */
function runWith(prepared: Prepared): RunOutcome {
  const { loader, loaded, options, receiver, threads } = prepared;
  const run = () => runModule(loader, loaded, options.run);
  try {
    const outcome = options.onProfile ? withProfile(prepared, options.onProfile, run) : run();
    // A thread that is ended in the middle of a message would keep the queue.
    receiver.drain();
    return outcome;
  } finally {
    threads.end();
  }
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

/** Names of all kernel functions that guests can call, including those in C. */
export async function providedFunctions(options: Omit<ProgramOptions, "files" | "run" | "log">): Promise<string[]> {
  const machine = new Machine({ ...options.machine, log: () => {} });
  const loader = await Loader.create(machine);
  await loader.load(await withTools((tools) => readLibrary(forMachine(options), tools)), undefined);
  return loader.provided.filter((name) => !name.startsWith("__asan_") && !name.startsWith("kasan_guest_"));
}
