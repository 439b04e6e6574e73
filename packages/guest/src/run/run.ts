import { GuestStopped, type Machine, type StopReason } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import type { GuestFunction, LoadedModule, Loader } from "../load/loader.ts";
import { setParameter } from "./parameters.ts";
import { Watchdog } from "./watchdog.ts";

/** The task that loads the module and runs its functions, and what is on its stack below them. */
const TASK = { pid: 100, comm: "insmod" };
const BOTTOM = [
  "entry_SYSCALL_64_after_hwframe",
  "do_syscall_64",
  "__x64_sys_finit_module",
  "idempotent_init_module",
  "init_module_from_file",
  "load_module",
  "do_init_module",
  "do_one_initcall",
];

/** Exported names that `module_init` and `module_exit` leave (headers: module.h). */
const INIT = "__kasan_init_";
const EXIT = "__kasan_exit_";

/** What to run. */
export interface RunPlan {
  /** A function to call instead of the module's init and exit functions. */
  readonly call?: string;
  /** Module parameters, `name` and `value`. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Seconds until the guest is stopped. */
  readonly timeout: number;
}

/** How the guest ended. */
export interface RunOutcome {
  /** Why it was stopped; undefined if it came to its end. */
  readonly stopped: StopReason | undefined;
  /** What the last function returned; undefined if it returns nothing or did not return. */
  readonly result: number | undefined;
}

/** Starts the task that guests run in. Call once, before anything of a guest runs. */
export function startTask(machine: Machine): void {
  if (!machine.tasks.start(machine.cpu, TASK.pid, TASK.comm, BOTTOM)) {
    throw new GuestError("BAD_INPUT", "no memory for a task's stack; give the machine more (--memory)");
  }
}

/** Functions to call, in order. */
export interface EntryPoints {
  /** What to run. */
  readonly init: readonly string[];
  /** What to run afterwards, if all of `init` succeeded. */
  readonly exit: readonly string[];
}

/** Functions to call: what was asked for, or what `module_init` marked, in the order of the files. */
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
  if (init.length === 0) {
    throw new GuestError(
      "NO_ENTRY",
      "nothing to run: no module_init(); mark a function with it, or name one with --call",
    );
  }
  const exit = functions.filter((name) => name.startsWith(EXIT) || name === "cleanup_module");
  return { init, exit: exit.reverse() };
}

/**
 * Runs a loaded module: its constructors, its init functions, and, if these succeed, its exit functions.
 *
 * @throws {@link GuestError} `NO_ENTRY`, `BAD_PARAM`
 */
export function runModule(loader: Loader, module: LoadedModule, plan: RunPlan): RunOutcome {
  const { machine } = loader;
  const { init, exit } = entryPoints(module, plan.call);
  const watchdog = new Watchdog(machine.ram.u8.buffer as SharedArrayBuffer, machine.cpu, plan.timeout);
  let result: number | undefined;
  try {
    enter(machine, () => {
      loader.initialize(module);
      for (const [name, value] of plan.parameters) setParameter(machine, module, name, value);
      for (const name of init) {
        result = callExport(loader, module, name);
        if (result !== undefined && result !== 0) return;
      }
      for (const name of exit) callExport(loader, module, name);
    });
    return { stopped: undefined, result };
  } catch (error) {
    if (!(error instanceof GuestStopped)) throw error;
    return { stopped: error.reason, result: undefined };
  } finally {
    watchdog.stop();
    machine.printk.flush();
  }
}

/** Runs the constructors of a part of the kernel image. */
export function initializeLibrary(loader: Loader, module: LoadedModule): void {
  enter(loader.machine, () => loader.initialize(module));
}

function callExport(loader: Loader, { wasm, instance }: LoadedModule, name: string): number | undefined {
  const { index } = wasm.exports.find((entry) => entry.kind === 0 && entry.name === name) as { index: number };
  const type = wasm.types[wasm.functions[index - wasm.importedFunctions.length]];
  const zeros = type.params.map((param) => (param === 0x7e ? 0n : 0));
  const result = loader.call(instance.exports[name] as GuestFunction, ...zeros);
  return result === undefined ? undefined : Number(result);
}

/** Runs guest code; what the engine traps on becomes what the CPU would raise. */
function enter(machine: Machine, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof GuestStopped) throw error;
    if (error instanceof RangeError && /call stack/i.test(error.message)) machine.oops.stackOverflow();
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    pushTrapped(machine, error);
    if (/divide|overflow/.test(error.message)) machine.oops.exception("divide error");
    if (/signature mismatch|null function|table index/.test(error.message))
      machine.oops.exception("control protection");
    if (/unreachable|unrepresentable/.test(error.message)) machine.oops.exception("invalid opcode");
    throw error;
  }
}

/** Puts the function that trapped on the call stack; it left no return address, since it made no call. */
function pushTrapped(machine: Machine, error: Error): void {
  const name = /at (\S+) \(wasm:/.exec(error.stack ?? "")?.[1];
  const address = name === undefined ? undefined : machine.symbols.addressOf(name);
  if (address === undefined) return;
  const { cpu, ram } = machine;
  const top = cpu.callStackTop;
  const before = machine.symbols.find(0xffffffff00000000n | BigInt(ram.u32[(top >>> 2) - 1]));
  if (before?.name === name) return;
  ram.u32[top >>> 2] = Number(address & 0xffffffffn);
  cpu.callStackTop = top + 4;
}
