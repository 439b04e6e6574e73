import {
  KASAN_ALLOCA_LEFT,
  KASAN_ALLOCA_RIGHT,
  KASAN_GLOBAL_REDZONE,
  KASAN_USE_AFTER_SCOPE,
  shadowOf,
} from "@kasan/shadow";
import { GRANULE } from "../../kasan/shadow/direct-map.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import type { KernelFunction, KernelFunctions } from "../guest-interface.ts";
import type { ApiMachine } from "../machine.ts";

const SIZES = [1, 2, 4, 8, 16];
/** Bytes of redzone on either side of an alloca (KASAN_ALLOCA_REDZONE_SIZE). */
const ALLOCA_REDZONE = 32;
/** Bytes of the compiler's `struct kasan_global` (mm/kasan/kasan.h). */
const GLOBAL_BYTES = 64;
/** Shadow bytes that compilers set a run of: `__asan_set_shadow_XX`. */
const SET_SHADOW = ["00", "f1", "f2", "f3", "f5", "f8"];

/** What checks are made with. */
type KasanMachine = Pick<ApiMachine, "kasan" | "guestMemory" | "cpu" | "ram" | "shadow">;

/** What compilers' KASAN instrumentation calls (mm/kasan/generic.c), and include/linux/kasan-checks.h. */
export function kasanFunctions(machine: KasanMachine): KernelFunctions {
  const { kasan, guestMemory } = machine;
  const { mode } = kasan;
  const functions: Record<string, KernelFunction> = {};
  const define = (name: string, signature: string, call: KernelFunction["call"]) => {
    functions[name] = { signature, call };
  };

  const checkRange = (
    low: number,
    high: number,
    sizeLow: number,
    sizeHigh: number,
    write: boolean,
    via: readonly string[],
  ) => kasan.check(low, high, sizeOf(sizeLow, sizeHigh), write, via, join(sizeLow, sizeHigh));

  for (const kind of ["load", "store"]) {
    const write = kind === "store";
    for (const suffix of ["", "_noabort"]) {
      for (const size of SIZES) {
        define(`__asan_${kind}${size}${suffix}`, "l:v", (low, high) => void kasan.check(low, high, size, write, []));
        define(`__asan_report_${kind}${size}${suffix}`, "l:v", (low, high) => {
          if (mode.isGoodAfterAll(low, high, size)) return;
          kasan.report({
            kind: write ? "Write" : "Read",
            address: join(low, high),
            size: BigInt(size),
            via: ["kasan_report"],
          });
        });
      }
      define(`__asan_${kind}N${suffix}`, "ll:v", (low, high, sizeLow, sizeHigh) => {
        checkRange(low, high, sizeLow, sizeHigh, write, []);
      });
      define(`__asan_report_${kind}_n${suffix}`, "ll:v", (low, high, sizeLow, sizeHigh) => {
        if (mode.isGoodAfterAll(low, high, sizeOf(sizeLow, sizeHigh))) return;
        kasan.report({
          kind: write ? "Write" : "Read",
          address: join(low, high),
          size: join(sizeLow, sizeHigh),
          via: ["kasan_report"],
        });
      });
    }
  }
  const explicit = kasan.has("explicit-checks");
  define("__kasan_check_read", "li:i", (low, high, size) =>
    Number(!explicit || checkRange(low, high, size, 0, false, ["kasan_check_range"])),
  );
  define("__kasan_check_write", "li:i", (low, high, size) =>
    Number(!explicit || checkRange(low, high, size, 0, true, ["kasan_check_range"])),
  );

  for (const kind of ["load", "store"]) {
    const write = kind === "store";
    for (const size of SIZES) {
      define(`__hwasan_${kind}${size}_noabort`, "l:v", (low, high) => void kasan.check(low, high, size, write, []));
    }
    define(`__hwasan_${kind}N_noabort`, "ll:v", (low, high, sizeLow, sizeHigh) => {
      checkRange(low, high, sizeLow, sizeHigh, write, ["kasan_check_range"]);
    });
  }
  define("__hwasan_tag_memory", "lil:v", (low, high, tag, sizeLow, sizeHigh) =>
    mode.set(join(low, high), Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size), tag & 0xff),
  );
  define("__hwasan_generate_tag", ":i", () => mode.randomTag());

  const memoryFunctions = (prefix: string, checked: boolean) => {
    for (const name of ["memcpy", "memmove"]) {
      const via = ["kasan_check_range", `${prefix}${name}`];
      define(`${prefix}${name}`, "lll:l", (toLow, toHigh, fromLow, fromHigh, countLow, countHigh) => {
        const ok =
          !checked ||
          (checkRange(fromLow, fromHigh, countLow, countHigh, false, via) &&
            checkRange(toLow, toHigh, countLow, countHigh, true, via));
        if (ok) guestMemory.copy(toLow, toHigh, fromLow, fromHigh, sizeOf(countLow, countHigh));
        return machine.cpu.result(toLow, toHigh);
      });
    }
    define(`${prefix}memset`, "lil:l", (toLow, toHigh, value, countLow, countHigh) => {
      const ok =
        !checked || checkRange(toLow, toHigh, countLow, countHigh, true, ["kasan_check_range", `${prefix}memset`]);
      if (ok) guestMemory.fill(toLow, toHigh, value, sizeOf(countLow, countHigh));
      return machine.cpu.result(toLow, toHigh);
    });
  };
  memoryFunctions("__hwasan_", true);
  memoryFunctions("__asan_", kasan.has("memory-functions"));
  memoryFunctions("", false);
  memoryFunctions("__", false);

  /** Unpoisons a global and poisons the redzone behind it. */
  const registerGlobal = (at: bigint) => {
    const words = new DataView(guestMemory.read(at, GLOBAL_BYTES).buffer);
    const begin = words.getBigUint64(0, true);
    const size = Number(words.getBigUint64(8, true));
    const sizeWithRedzone = Number(words.getBigUint64(16, true));
    if (sizeWithRedzone > machine.ram.size || size > sizeWithRedzone) return;
    kasan.addGlobal({ name: words.getBigUint64(24, true), address: begin, size: sizeWithRedzone });
    kasan.unpoison(begin, size);
    const aligned = Math.ceil(size / GRANULE) * GRANULE;
    kasan.fillShadow(begin + BigInt(aligned), sizeWithRedzone - aligned, KASAN_GLOBAL_REDZONE);
  };
  define("__asan_register_globals", "ll:v", (low, high, countLow, countHigh) => {
    const count = Math.min(sizeOf(countLow, countHigh), machine.ram.size / GLOBAL_BYTES);
    for (let i = 0; i < count; i++) registerGlobal(join(low, high) + BigInt(i * GLOBAL_BYTES));
  });
  define("__asan_unregister_globals", "ll:v", () => {});
  define("__asan_handle_no_return", ":v", () => {});

  define("__asan_alloca_poison", "ll:v", (low, high, sizeLow, sizeHigh) => {
    const address = join(low, high);
    const size = sizeOf(sizeLow, sizeHigh);
    if (size > machine.ram.size) return;
    const rounded = Math.ceil(size / GRANULE) * GRANULE;
    const padding = Math.ceil(size / ALLOCA_REDZONE) * ALLOCA_REDZONE - rounded;
    kasan.unpoison(address, size);
    kasan.fillShadow(address - BigInt(ALLOCA_REDZONE), ALLOCA_REDZONE, KASAN_ALLOCA_LEFT);
    kasan.fillShadow(address + BigInt(rounded), padding + ALLOCA_REDZONE, KASAN_ALLOCA_RIGHT);
  });
  define("__asan_allocas_unpoison", "ll:v", (topLow, topHigh, bottomLow, bottomHigh) => {
    const top = join(topLow, topHigh);
    const bytes = Number(join(bottomLow, bottomHigh) - top);
    if (top === 0n || bytes <= 0 || bytes > machine.ram.size) return;
    kasan.fillShadow(top, bytes, 0);
  });
  define("__asan_poison_stack_memory", "ll:v", (low, high, sizeLow, sizeHigh) =>
    kasan.fillShadow(join(low, high), Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size), KASAN_USE_AFTER_SCOPE),
  );
  define("__asan_unpoison_stack_memory", "ll:v", (low, high, sizeLow, sizeHigh) =>
    kasan.unpoison(join(low, high), Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size)),
  );
  for (const value of SET_SHADOW) {
    define(`__asan_set_shadow_${value}`, "ll:v", (low, high, sizeLow, sizeHigh) =>
      mode.fillShadow(
        join(low, high),
        Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size),
        Number.parseInt(value, 16),
      ),
    );
  }

  // What the kernel's own tests use of mm/kasan/kasan.h. `init`: zero the memory.
  define("kasan_poison", "llii:v", (low, high, sizeLow, sizeHigh, value) =>
    mode.set(join(low, high), Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size), value & 0xff),
  );
  define("kasan_enable_hw_tags", ":v", () => mode.hardware.enable());
  define("kasan_force_async_fault", ":v", () => mode.hardware.force());
  // For the flags that guests see: whether hardware tags are in use, and what of them.
  define("kasan_guest_hw_tags", ":i", () => mode.hardware.flags);
  define("kasan_guest_random_tag", ":i", () => mode.randomTag());
  define("kasan_guest_memory_tag", "l:i", (low, high) => Math.max(0, kasan.shadowByte(join(low, high))));
  define("kasan_guest_set_memory_tags", "llii:v", (low, high, sizeLow, sizeHigh, tag, init) => {
    const size = Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size);
    mode.set(join(low, high), size, tag & 0xff);
    if ((init & 1) !== 0) guestMemory.fill(low, high | (0xff << 24), 0, size);
  });
  define("kasan_random_tag", ":i", () => mode.randomTag());
  define("kasan_unpoison", "lli:v", (low, high, sizeLow, sizeHigh) =>
    kasan.unpoison(join(low, high), Math.min(sizeOf(sizeLow, sizeHigh), machine.ram.size)),
  );
  define("kasan_save_enable_multi_shot", ":i", () => Number(kasan.enableMultiShot(true)));
  define("kasan_restore_multi_shot", "i:v", (enabled) => void kasan.enableMultiShot((enabled & 1) !== 0));
  define("kasan_guest_shadow_start", ":l", () =>
    machine.cpu.resultOf(shadowOf(machine.shadow, machine.shadow.memoryStart)),
  );
  return functions;
}
