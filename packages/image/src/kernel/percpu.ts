import type { SymbolPlace } from "../symbols/symbol-table.ts";
import type { Kernel } from "./kernel.ts";

/** A CPU's own copy of a variable. */
export interface PerCpuPlace {
  /** The CPU. */
  readonly cpu: number;
  /** The variable. */
  readonly place: SymbolPlace;
}

const MOST_CPUS = 8192;

/** The per-CPU variable that an address lies in, and whose it is; `undefined` if it lies in none of the kernel's own. */
export function perCpuPlace(kernel: Kernel, address: bigint): PerCpuPlace | undefined {
  const { memory } = kernel;
  const [offsets, start, end] = ["__per_cpu_offset", "__per_cpu_start", "__per_cpu_end"].map((name) =>
    kernel.symbol(name),
  );
  if (offsets === undefined || start === undefined || end === undefined) return undefined;
  let before: bigint | undefined;
  for (let cpu = 0; cpu < MOST_CPUS; cpu++) {
    const offset = kernel.attempt(() => memory.u64(offsets + BigInt(cpu * 8)));
    // CPUs that are not possible have no copy: all the same offset.
    if (offset === undefined || offset === 0n || offset === before) return undefined;
    before = offset;
    const variable = BigInt.asUintN(64, address - offset);
    if (variable < start || variable >= end) continue;
    const place = kernel.symbols.at(variable);
    return place && { cpu, place };
  }
  return undefined;
}
