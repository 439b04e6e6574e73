import type { ApiMachine } from "../machine.ts";
import { observed } from "../observed.ts";
import { type KernelFunction, type KernelFunctions, kernelFunction } from "../signature.ts";
import { checkFunctions } from "./checks.ts";
import { consoleFunctions } from "./console.ts";
import { instrumentationFunctions } from "./instrumentation.ts";
import { kasanFunctions } from "./kasan.ts";
import { kunitFunctions } from "./kunit.ts";
import { mappingFunctions } from "./mapping.ts";
import { memoryFunctions } from "./memory-functions.ts";
import { pageFunctions } from "./pages.ts";
import { slabFunctions } from "./slab.ts";
import { taskFunctions } from "./tasks.ts";
import { timeFunctions } from "./time.ts";
import { userFunctions } from "./user.ts";
import { vmallocFunctions } from "./vmalloc.ts";

/** Wraps functions that do no locking of their own: only one CPU at a time runs any of them. */
function serialized(machine: ApiMachine, functions: KernelFunctions): KernelFunctions {
  if (machine.cpus === 1) return functions;
  const lock = machine.locks.kernel;
  const wrap = ({ signature, call }: KernelFunction): KernelFunction => ({
    signature,
    call: (...args) => {
      lock.acquire();
      const result = call(...args);
      lock.release();
      return result;
    },
  });
  return Object.fromEntries(Object.entries(functions).map(([name, entry]) => [name, wrap(entry)]));
}

/**
 * Every kernel function of this machine that runs outside wasm, by name. Those that have other names in the machine's version of the
 * kernel are there by both: code of ours goes by 6.12's.
 */
export function kernelFunctions(machine: ApiMachine): KernelFunctions {
  const { onMemory } = machine.options;
  const functions = onMemory ? observed(all(machine), machine, onMemory) : all(machine);
  const named = Object.entries(functions).map(([name, entry]) => [machine.symbols.nameOf(name), entry] as const);
  return { ...functions, ...Object.fromEntries(named) };
}

function all(machine: ApiMachine): KernelFunctions {
  return {
    ...slabFunctions(machine),
    ...serialized(machine, pageFunctions(machine)),
    ...vmallocFunctions(machine),
    ...serialized(machine, mappingFunctions(machine)),
    ...serialized(machine, userFunctions(machine)),
    ...serialized(machine, consoleFunctions(machine)),
    ...timeFunctions(machine),
    ...taskFunctions(machine),
    ...serialized(machine, kunitFunctions(machine)),
    ...checkFunctions(machine),
    ...memoryFunctions(machine),
    ...instrumentationFunctions(machine),
    ...kasanFunctions(machine),
    // Would register a module's destructors. Modules are unloaded only together with the machine.
    __cxa_atexit: kernelFunction("lll:i", () => 0),
  };
}
