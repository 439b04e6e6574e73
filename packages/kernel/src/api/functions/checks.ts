import { join, sizeOf } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** The part of a machine that the checks use. */
type CheckMachine = Pick<ApiMachine, "kasan">;

/** Access sizes, in bytes, that have a check function of their own. */
const SIZES = [1, 2, 4, 8, 16] as const;
const ACCESSES = [
  ["load", false],
  ["store", true],
] as const;
/** Suffixes of the check functions. Without a suffix they end the program elsewhere, but not in this kernel. */
const SUFFIXES = ["", "_noabort"] as const;

/** Checks a range given in halves and reports a bad one. @returns whether the range is good */
export function checkRange(
  { kasan }: CheckMachine,
  [low, high, sizeLow, sizeHigh]: readonly [number, number, number, number],
  write: boolean,
  via: readonly string[],
): boolean {
  return kasan.check(low, high, sizeOf(sizeLow, sizeHigh), write, via, join(sizeLow, sizeHigh));
}

/**
 * Functions that the compiler's KASAN instrumentation calls for accesses (mm/kasan/generic.c, sw_tags.c), and those of
 * include/linux/kasan-checks.h.
 */
export function checkFunctions(machine: CheckMachine): KernelFunctions {
  const accesses = ACCESSES.flatMap(([kind, write]) => [
    ...SUFFIXES.flatMap((suffix) => genericChecks(machine, kind, write, suffix)),
    ...tagChecks(machine, kind, write),
  ]);
  return { ...Object.fromEntries(accesses), ...explicitChecks(machine) };
}

type Entry = [name: string, entry: KernelFunctions[string]];

function genericChecks(machine: CheckMachine, kind: string, write: boolean, suffix: string): Entry[] {
  const { kasan } = machine;
  const bySize = SIZES.flatMap((size): Entry[] => [
    [
      `__asan_${kind}${size}${suffix}`,
      kernelFunction("l:v", (low, high) => void kasan.check(low, high, size, write, [])),
    ],
    [
      `__asan_report_${kind}${size}${suffix}`,
      kernelFunction("l:v", (low, high) => reportInPlace(machine, low, high, BigInt(size), write)),
    ],
  ]);
  return [
    ...bySize,
    [`__asan_${kind}N${suffix}`, kernelFunction("ll:v", (...range) => void checkRange(machine, range, write, []))],
    [
      `__asan_report_${kind}_n${suffix}`,
      kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) =>
        reportInPlace(machine, low, high, join(sizeLow, sizeHigh), write),
      ),
    ],
  ];
}

/** Reports an access that an inline check found to be bad. */
function reportInPlace({ kasan }: CheckMachine, low: number, high: number, size: bigint, write: boolean): void {
  if (kasan.mode.isGoodAfterAll(low, high, Number(size))) return;
  kasan.report({ kind: write ? "Write" : "Read", address: join(low, high), size, via: ["kasan_report"] });
}

function tagChecks(machine: CheckMachine, kind: string, write: boolean): Entry[] {
  const { kasan } = machine;
  const bySize = SIZES.map(
    (size): Entry => [
      `__hwasan_${kind}${size}_noabort`,
      kernelFunction("l:v", (low, high) => void kasan.check(low, high, size, write, [])),
    ],
  );
  const ofRange = kernelFunction("ll:v", (...range) => void checkRange(machine, range, write, ["kasan_check_range"]));
  return [...bySize, [`__hwasan_${kind}N_noabort`, ofRange]];
}

/** Checks that the kernel's C code requests where the compiler sees no access. */
function explicitChecks(machine: CheckMachine): KernelFunctions {
  const explicit = machine.kasan.has("explicit-checks");
  const check = (write: boolean) =>
    kernelFunction("li:i", (low, high, size) =>
      Number(!explicit || checkRange(machine, [low, high, size, 0], write, ["kasan_check_range"])),
    );
  return { __kasan_check_read: check(false), __kasan_check_write: check(true) };
}
