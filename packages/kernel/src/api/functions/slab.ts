import type { KernelFunctions } from "../signature.ts";
import { cacheFunctions } from "./caches.ts";
import { kasanObjectFunctions } from "./kasan-objects.ts";
import { kmallocFunctions } from "./kmalloc.ts";
import { ObjectCalls, type SlabMachine } from "./object-calls.ts";

/** kmalloc and slab caches (include/linux/slab.h), and KASAN's functions for their users (include/linux/kasan.h). */
export function slabFunctions(machine: SlabMachine): KernelFunctions {
  const calls = new ObjectCalls(machine);
  return { ...kmallocFunctions(calls), ...cacheFunctions(calls), ...kasanObjectFunctions(calls) };
}
