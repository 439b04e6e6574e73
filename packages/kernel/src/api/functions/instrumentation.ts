import { KASAN_ALLOCA_LEFT, KASAN_ALLOCA_RIGHT, KASAN_GLOBAL_REDZONE, KASAN_USE_AFTER_SCOPE } from "@kasan/shadow";
import { GRANULE } from "../../kasan/shadow/direct-map.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import { roundUp } from "../../mm/slab/sizes.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Redzone on each side of an alloca, in bytes (KASAN_ALLOCA_REDZONE_SIZE). */
const ALLOCA_REDZONE = 32;
/** Size of the compiler's `struct kasan_global`, in bytes (mm/kasan/kasan.h). */
const GLOBAL_BYTES = 64;
/** Shadow values that have a `__asan_set_shadow_XX` function. */
const SET_SHADOW = ["00", "f1", "f2", "f3", "f5", "f8"];

/** The parts of a machine that poison variables. */
type VariableMachine = Pick<ApiMachine, "kasan" | "guestMemory" | "ram">;

/** A size given in halves, capped at the size of RAM so that a wild value does not take forever. */
export const sizeInRam = ({ ram }: Pick<ApiMachine, "ram">, low: number, high: number): number =>
  Math.min(sizeOf(low, high), ram.size);

/** Functions that the compiler's KASAN instrumentation calls for variables (mm/kasan/generic.c, sw_tags.c). */
export function instrumentationFunctions(machine: VariableMachine): KernelFunctions {
  return { ...globals(machine), ...allocas(machine), ...stack(machine), ...tags(machine) };
}

function globals(machine: VariableMachine): KernelFunctions {
  return {
    __asan_register_globals: kernelFunction("ll:v", (low, high, countLow, countHigh) => {
      const count = Math.min(sizeOf(countLow, countHigh), machine.ram.size / GLOBAL_BYTES);
      for (let i = 0; i < count; i++) registerGlobal(machine, join(low, high) + BigInt(i * GLOBAL_BYTES));
    }),
    __asan_unregister_globals: kernelFunction("ll:v", () => {}),
  };
}

/** Unpoisons a global and poisons the redzone behind it. */
function registerGlobal({ kasan, guestMemory, ram }: VariableMachine, at: bigint): void {
  const words = new DataView(guestMemory.read(at, GLOBAL_BYTES).buffer);
  const begin = words.getBigUint64(0, true);
  const size = Number(words.getBigUint64(8, true));
  const sizeWithRedzone = Number(words.getBigUint64(16, true));
  if (sizeWithRedzone > ram.size || size > sizeWithRedzone) return;
  kasan.addGlobal({ name: words.getBigUint64(24, true), address: begin, size: sizeWithRedzone });
  kasan.unpoison(begin, size);
  const aligned = roundUp(size, GRANULE);
  kasan.fillShadow(begin + BigInt(aligned), sizeWithRedzone - aligned, KASAN_GLOBAL_REDZONE);
}

function allocas({ kasan, ram }: VariableMachine): KernelFunctions {
  return {
    __asan_alloca_poison: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) => {
      const address = join(low, high);
      const size = sizeOf(sizeLow, sizeHigh);
      if (size > ram.size) return;
      const rounded = roundUp(size, GRANULE);
      const padding = roundUp(size, ALLOCA_REDZONE) - rounded;
      kasan.unpoison(address, size);
      kasan.fillShadow(address - BigInt(ALLOCA_REDZONE), ALLOCA_REDZONE, KASAN_ALLOCA_LEFT);
      kasan.fillShadow(address + BigInt(rounded), padding + ALLOCA_REDZONE, KASAN_ALLOCA_RIGHT);
    }),
    __asan_allocas_unpoison: kernelFunction("ll:v", (topLow, topHigh, bottomLow, bottomHigh) => {
      const top = join(topLow, topHigh);
      const bytes = Number(join(bottomLow, bottomHigh) - top);
      if (top === 0n || bytes <= 0 || bytes > ram.size) return;
      kasan.fillShadow(top, bytes, 0);
    }),
  };
}

function stack(machine: VariableMachine): KernelFunctions {
  const { kasan } = machine;
  const setShadow = SET_SHADOW.map((value) => [
    `__asan_set_shadow_${value}`,
    kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) =>
      kasan.mode.fillShadow(join(low, high), sizeInRam(machine, sizeLow, sizeHigh), Number.parseInt(value, 16)),
    ),
  ]);
  return {
    __asan_handle_no_return: kernelFunction(":v", () => {}),
    __asan_poison_stack_memory: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) =>
      kasan.fillShadow(join(low, high), sizeInRam(machine, sizeLow, sizeHigh), KASAN_USE_AFTER_SCOPE),
    ),
    __asan_unpoison_stack_memory: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) =>
      kasan.unpoison(join(low, high), sizeInRam(machine, sizeLow, sizeHigh)),
    ),
    ...Object.fromEntries(setShadow),
  };
}

function tags(machine: VariableMachine): KernelFunctions {
  const { mode } = machine.kasan;
  return {
    __hwasan_tag_memory: kernelFunction("lil:v", (low, high, tag, sizeLow, sizeHigh) =>
      mode.set(join(low, high), sizeInRam(machine, sizeLow, sizeHigh), tag & 0xff),
    ),
    __hwasan_generate_tag: kernelFunction(":i", () => mode.randomTag()),
  };
}
