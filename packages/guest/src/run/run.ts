import { GuestStopped, type Machine, type StopReason } from "@kasan/kernel";
import { host } from "#host";
import { GuestError } from "../error.ts";
import { BOOT, bootFunctions, initcallName, TASK_WORK } from "../load/initcalls.ts";
import type { Loader } from "../load/loader.ts";
import type { GuestFunction, LoadedModule } from "../load/module.ts";
import { exportNamed, typeOfFunction } from "../wasm/module.ts";
import { Type } from "../wasm/opcodes.ts";
import { setParameter } from "./parameters.ts";

/** The task that loads the module and runs its functions, and the functions below them on its stack, in a system call. */
const TASK = { pid: 100, comm: "insmod" };
const SYSCALL = "finit_module";
const BOTTOM = ["idempotent_init_module", "init_module_from_file", "load_module", "do_init_module", "do_one_initcall"];

/** Prefixes of the exported names that `module_init` and `module_exit` create (headers: module.h). */
const INIT = "__kasan_init_";
const EXIT = "__kasan_exit_";
/** The log level KERN_INFO (include/linux/kern_levels.h). */
const INFO = 6;
/** Prefix of the variables that list test suites (kunit/test.h). */
const SUITES = "__kasan_kunit_";
/** A plan of a run: the function to call, the tests to run, the module's parameters, and the time limit. */
export interface RunPlan {
  /** A function to call instead of the module's init and exit functions. */
  readonly call?: string;
  /** The KUnit tests to run: `suite`, `suite.case` or a case's name, with `*` and `?`. All by default. */
  readonly filter?: string;
  /** Module parameters, `name` and `value`. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Time limit in seconds, after which the guest is stopped. */
  readonly timeout: number;
  /** Seconds of the machine's time, at least 0, that the module stays loaded before its exit functions are called; 0 by default. */
  readonly stay?: number;
}

/** How the guest ended. */
export interface RunOutcome {
  /** Why it was stopped; undefined if it ran to its end. */
  readonly stopped: StopReason | undefined;
  /** Return value of the last function; undefined if it returns nothing or did not return. */
  readonly result: number | undefined;
}

/** Starts the task that guests run in. Call once, before any guest code runs. */
export function startTask(machine: Machine): void {
  const { entry, syscall } = machine.words;
  if (!machine.tasks.start(machine.cpu, TASK.pid, TASK.comm, [...entry, syscall + SYSCALL, ...BOTTOM])) {
    throw new GuestError("BAD_INPUT", "no memory for a task's stack; give the machine more (--memory)");
  }
}

/** Functions to call, in order. */
export interface EntryPoints {
  /** Functions to run first. */
  readonly init: readonly string[];
  /** Functions to run afterwards, if all of `init` succeeded. */
  readonly exit: readonly string[];
}

/** The outcome when the module has run to its end, although some of its tasks may not have. */
function ended({ oops }: Machine, result: number | undefined): RunOutcome {
  return { stopped: oops.taskDied ? "oops" : undefined, result };
}

/** Names of the variables that list a module's test suites. */
function suiteLists({ wasm }: LoadedModule): string[] {
  return wasm.exports.filter(({ kind, name }) => kind === "global" && name.startsWith(SUITES)).map(({ name }) => name);
}

/** Makes KUnit, which is in C, run a module's test suites. */
function runSuites(machine: Machine, module: LoadedModule, filter: string | undefined): void {
  const lists = suiteLists(module);
  if (lists.length > 0) {
    machine.tests.filter = filter ?? "";
    for (const name of lists) machine.guest.named("kasan_guest_add_suites", module.variable(name) as bigint);
    machine.guest.named("kasan_guest_run_suites");
  }
  machine.threads.idle();
  if (filter !== undefined && machine.tests.suites.length === 0) {
    const why = lists.length === 0 ? "the module has no KUnit suite" : "run without a filter to see the tests' names";
    throw new GuestError("NO_ENTRY", `no test matches ${filter}: ${why}`);
  }
}

/** Functions to call: the requested one, or those marked by `module_init`, in the order of the files. */
export function entryPoints(module: LoadedModule, call: string | undefined): EntryPoints {
  const { functions } = module;
  if (call !== undefined) {
    if (functions.includes(call)) return { init: [call], exit: [] };
    const own = functions.filter((name) => !name.startsWith("__"));
    throw new GuestError(
      "NO_ENTRY",
      `no function ${call} to call; there are: ${own.join(", ") || "none"} (static ones cannot be called)`,
    );
  }
  const init = functions.filter((name) => name.startsWith(INIT) || name === "init_module");
  if (init.length === 0 && suiteLists(module).length === 0) {
    throw new GuestError(
      "NO_ENTRY",
      "nothing to run: no module_init(), no KUnit suite; mark a function with module_init(), or name one with --call",
    );
  }
  const exit = functions.filter((name) => name.startsWith(EXIT) || name === "cleanup_module");
  return { init, exit: exit.reverse() };
}

/**
 * Boots the kernel's part that is in C: its constructors, what a kernel calls at boot, its initcalls.
 */
function boot(loader: Loader, library: LoadedModule, linked: readonly string[]): void {
  loader.initialize(library);
  for (const name of bootFunctions(library.functions, linked)) callAtBoot(loader, library, name);
}

/**
 * Calls a function of the kernel's boot. If it needs what is missing, it ends there, and so does one that needs what such a function
 * would have set up, or waits for a lock that it holds, or for a thread where there can be none. The boot goes on: a file that was compiled in for something else may register
 * what the guest never uses.
 */
function callAtBoot(loader: Loader, library: LoadedModule, name: string): void {
  const { machine } = loader;
  const { cpu, oops } = machine;
  const { callStackTop, stackPointer } = cpu;
  let why = "";
  let waits = false;
  oops.onBootEnd = (...reason) => {
    [why, waits] = reason;
  };
  try {
    callExport(loader, library, name);
  } catch (error) {
    const alone = error instanceof GuestError && error.code === "NO_THREADS";
    if (!alone && !(error instanceof GuestStopped && error.reason === "missing")) throw error;
    if (alone) [why, waits] = ["it waits for a thread", true];
    machine.abandonLocks();
    cpu.callStackTop = callStackTop;
    if (!waits) {
      // The frames that nobody returned from leave redzones behind.
      machine.kasan.mode.unpoison(cpu.stackPointer, Number(stackPointer - cpu.stackPointer));
      cpu.stackPointer = stackPointer;
    }
    oops.bootIsIncomplete = true;
    machine.printk.line(INFO, `kasan: the kernel boots without the rest of ${initcallName(name)}(): ${why}`);
  } finally {
    oops.onBootEnd = undefined;
  }
}

/** What is run: the kernel's part that is in C, and the user's module. */
export interface Loaded {
  /** The kernel's part; undefined if it runs already, or there is none. */
  readonly library?: LoadedModule;
  /** Its initcalls, in the order in which they are linked. */
  readonly initcalls?: readonly string[];
  /** The user's module. */
  readonly module: LoadedModule;
}

/**
 * Runs a loaded module: its constructors, its init functions, and, if these succeed, its exit functions.
 *
 * @throws {@link GuestError} `NO_ENTRY`, `BAD_PARAM`
 */
export function runModule(loader: Loader, { library, initcalls = [], module }: Loaded, plan: RunPlan): RunOutcome {
  const { machine } = loader;
  const { init, exit } = entryPoints(module, plan.call);
  const awake = host.interruptAfter(plan.timeout, machine.ram.u8.buffer as SharedArrayBuffer, machine.cpuViews);
  let result: number | undefined;
  try {
    start(loader, { library, initcalls, module }, plan);
    for (const name of init) {
      result = callExport(loader, module, name);
      returnToUser(loader, library);
      if (result !== undefined && result !== 0) return ended(machine, result);
    }
    if (plan.call === undefined) runSuites(machine, module, plan.filter);
    if (plan.call === undefined && plan.stay) machine.guest.named("msleep", Math.ceil(plan.stay * 1000));
    for (const name of exit) callExport(loader, module, name);
    returnToUser(loader, library);
    return ended(machine, result);
  } catch (error) {
    machine.abandonLocks();
    if (!(error instanceof GuestStopped)) throw error;
    machine.stop(error.reason);
    return { stopped: machine.stopped, result: undefined };
  } finally {
    awake();
    machine.printk.flush();
    machine.scheduler.halt();
  }
}

/** Runs a loaded module's exit functions, if it has any. A guest that is stopped throws. */
export function tearDownModule(loader: Loader, { library, module }: Loaded): void {
  const exit = module.functions.filter((name) => name.startsWith(EXIT) || name === "cleanup_module");
  for (const name of exit.reverse()) callExport(loader, module, name);
  returnToUser(loader, library);
}

/** Does what comes before the module's init functions: boots the kernel's part, and runs the module's constructors. */
function start(loader: Loader, { library, initcalls = [], module }: Loaded, { parameters }: RunPlan): void {
  if (library) boot(loader, library, initcalls);
  returnToUser(loader, library);
  loader.initialize(module);
  for (const name of BOOT) if (module.functions.includes(name)) callExport(loader, module, name);
  for (const [name, value] of parameters) setParameter(loader.machine, module, name, value);
}

/**
 * Runs a loaded module up to the end of its init functions, if it has any.
 *
 * @returns why it cannot go on: a stopped guest, or an init function that failed; undefined if it can
 * @throws {@link GuestError} `BAD_PARAM`
 */
export function setUpModule(loader: Loader, loaded: Loaded, plan: RunPlan): string | undefined {
  const { machine } = loader;
  const init = loaded.module.functions.filter((name) => name.startsWith(INIT) || name === "init_module");
  try {
    start(loader, loaded, plan);
    for (const name of init) {
      const result = callExport(loader, loaded.module, name);
      returnToUser(loader, loaded.library);
      if (result !== undefined && result !== 0) return `its init function returned ${result}`;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof GuestStopped)) throw error;
    return `it was stopped: ${error.reason}`;
  } finally {
    machine.printk.flush();
  }
}

/** Does what a task does when a system call of it is over: works that were put off until then, like the end of a file's use. */
function returnToUser(loader: Loader, library: LoadedModule | undefined): void {
  if (library?.functions.includes(TASK_WORK)) callExport(loader, library, TASK_WORK);
}

function callExport(loader: Loader, { wasm, instance }: LoadedModule, name: string): number | undefined {
  const exported = exportNamed(wasm, "function", name);
  const type = exported && typeOfFunction(wasm, exported.index);
  const zeros = type?.params.map((param) => (param === Type.i64 ? 0n : 0)) ?? [];
  const result = loader.call(instance.exports[name] as GuestFunction, ...zeros);
  loader.machine.kasan.mode.hardware.onExit();
  return result === undefined ? undefined : Number(result);
}
