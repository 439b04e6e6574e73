import { shadowOf } from "@kasan/shadow";
import { join } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import { sizeInRam } from "./instrumentation.ts";

/** The parts of a machine that these functions use. */
type KasanMachine = Pick<ApiMachine, "scheduler" | "kasan" | "guestMemory" | "cpu" | "ram" | "shadow">;

/** Functions of mm/kasan/kasan.h that the kernel's own tests use, and those behind the guest headers. */
export function kasanFunctions(machine: KasanMachine): KernelFunctions {
  return { ...poisoning(machine), ...reporting(machine), ...hardwareTags(machine), ...tags(machine) };
}

function poisoning(machine: KasanMachine): KernelFunctions {
  const { kasan, cpu, shadow } = machine;
  return {
    /** Arguments: address, size, value, whether to zero the memory. */
    kasan_poison: kernelFunction("llii:v", (low, high, sizeLow, sizeHigh, value) =>
      kasan.mode.set(join(low, high), sizeInRam(machine, sizeLow, sizeHigh), value & 0xff),
    ),
    kasan_unpoison: kernelFunction("lli:v", (low, high, sizeLow, sizeHigh) =>
      kasan.unpoison(join(low, high), sizeInRam(machine, sizeLow, sizeHigh)),
    ),
    kasan_guest_shadow_start: kernelFunction(":l", () => cpu.resultOf(shadowOf(shadow, shadow.memoryStart))),
  };
}

function reporting({ kasan, scheduler }: KasanMachine): KernelFunctions {
  return {
    kasan_disable_current: kernelFunction(":v", () => scheduler.silence(1)),
    kasan_enable_current: kernelFunction(":v", () => scheduler.silence(-1)),
    kasan_save_enable_multi_shot: kernelFunction(":i", () => Number(kasan.enableMultiShot(true))),
    kasan_restore_multi_shot: kernelFunction("i:v", (enabled) => void kasan.enableMultiShot((enabled & 1) !== 0)),
  };
}

function hardwareTags({ kasan }: KasanMachine): KernelFunctions {
  const { hardware } = kasan.mode;
  return {
    kasan_enable_hw_tags: kernelFunction(":v", () => hardware.enable()),
    kasan_force_async_fault: kernelFunction(":v", () => hardware.force()),
    /** Flags visible to guests: whether hardware tags are in use, and for what. */
    kasan_guest_hw_tags: kernelFunction(":i", () => hardware.flags),
  };
}

function tags(machine: KasanMachine): KernelFunctions {
  const { kasan, guestMemory } = machine;
  const randomTag = kernelFunction(":i", () => kasan.mode.randomTag());
  return {
    kasan_random_tag: randomTag,
    kasan_guest_random_tag: randomTag,
    kasan_guest_memory_tag: kernelFunction("l:i", (low, high) => Math.max(0, kasan.shadowByte(join(low, high)))),
    kasan_guest_set_memory_tags: kernelFunction("llii:v", (low, high, sizeLow, sizeHigh, tag, init) => {
      const size = sizeInRam(machine, sizeLow, sizeHigh);
      kasan.mode.set(join(low, high), size, tag & 0xff);
      if ((init & 1) !== 0) guestMemory.fill(low, high | (0xff << 24), 0, size);
    }),
  };
}
