import { sizeOf } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import { checkRange } from "./checks.ts";

/** The parts of a machine that move memory. */
type MemoryMachine = Pick<ApiMachine, "kasan" | "guestMemory" | "cpu">;

/** memcpy, memmove and memset: the plain functions, and the checked ones that instrumented code calls (mm/kasan/shadow.c). */
export function memoryFunctions(machine: MemoryMachine): KernelFunctions {
  return {
    ...withPrefix(machine, "__hwasan_", true),
    ...withPrefix(machine, "__asan_", machine.kasan.has("memory-functions")),
    ...withPrefix(machine, "", false),
    ...withPrefix(machine, "__", false),
  };
}

function withPrefix(machine: MemoryMachine, prefix: string, checked: boolean): KernelFunctions {
  const moves = ["memcpy", "memmove"].map((name) => [`${prefix}${name}`, move(machine, `${prefix}${name}`, checked)]);
  return { ...Object.fromEntries(moves), [`${prefix}memset`]: set(machine, `${prefix}memset`, checked) };
}

function move(machine: MemoryMachine, name: string, checked: boolean) {
  const { guestMemory, cpu } = machine;
  const via = ["kasan_check_range", name];
  return kernelFunction("lll:l", (toLow, toHigh, fromLow, fromHigh, countLow, countHigh) => {
    const ok =
      !checked ||
      (checkRange(machine, [fromLow, fromHigh, countLow, countHigh], false, via) &&
        checkRange(machine, [toLow, toHigh, countLow, countHigh], true, via));
    if (ok) guestMemory.copy(toLow, toHigh, fromLow, fromHigh, sizeOf(countLow, countHigh));
    return cpu.result(toLow, toHigh);
  });
}

function set(machine: MemoryMachine, name: string, checked: boolean) {
  const { guestMemory, cpu } = machine;
  const via = ["kasan_check_range", name];
  return kernelFunction("lil:l", (toLow, toHigh, value, countLow, countHigh) => {
    const ok = !checked || checkRange(machine, [toLow, toHigh, countLow, countHigh], true, via);
    if (ok) guestMemory.fill(toLow, toHigh, value, sizeOf(countLow, countHigh));
    return cpu.result(toLow, toHigh);
  });
}
