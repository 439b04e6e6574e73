import type { KernelFunctions } from "../guest-interface.ts";
import type { Machine } from "../machine.ts";
import { consoleFunctions } from "./console.ts";
import { kasanFunctions } from "./kasan.ts";
import { kunitFunctions } from "./kunit.ts";
import { mappingFunctions } from "./mapping.ts";
import { pageFunctions } from "./pages.ts";
import { slabFunctions } from "./slab.ts";
import { taskFunctions } from "./tasks.ts";
import { timeFunctions } from "./time.ts";
import { userFunctions } from "./user.ts";
import { vmallocFunctions } from "./vmalloc.ts";

/** Every kernel function of this machine that runs outside wasm, by name. */
export function kernelFunctions(machine: Machine): KernelFunctions {
  return {
    ...slabFunctions(machine),
    ...pageFunctions(machine),
    ...vmallocFunctions(machine),
    ...mappingFunctions(machine),
    ...userFunctions(machine),
    ...consoleFunctions(machine),
    ...timeFunctions(machine),
    ...taskFunctions(machine),
    ...kunitFunctions(machine),
    ...kasanFunctions(machine),
    // Destructors of a module's constructors: modules of this machine are unloaded with it.
    __cxa_atexit: { signature: "lll:i", call: () => 0 },
  };
}
