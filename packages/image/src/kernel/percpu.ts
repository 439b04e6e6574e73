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
  for (const [cpu, offset] of offsetsOf(kernel).entries()) {
    const variable = BigInt.asUintN(64, address - offset);
    if (!isPerCpu(kernel, variable)) continue;
    const place = kernel.symbols.at(variable);
    return place && { cpu, place };
  }
  return undefined;
}

/** Whether a symbol's address is that of a variable of which each CPU has a copy of its own, elsewhere. */
export function isPerCpu(kernel: Kernel, address: bigint): boolean {
  const [start, end] = [kernel.symbol("__per_cpu_start"), kernel.symbol("__per_cpu_end")];
  if (start === undefined || end === undefined || address < start || address >= end) return false;
  return offsetsOf(kernel).length > 0;
}

/** The address of a CPU's copy of the per-CPU variable at a symbol's address; `undefined` if there is no such CPU. */
export function perCpuCopy(kernel: Kernel, address: bigint, cpu: number): bigint | undefined {
  return perCpuCopies(kernel, address)[cpu];
}

/** By CPU: the address of its copy of what the kernel keeps at `address` for each CPU. */
export function perCpuCopies(kernel: Kernel, address: bigint): readonly bigint[] {
  return offsetsOf(kernel).map((offset) => BigInt.asUintN(64, address + offset));
}

/** By CPU: how far its copies are from the variables. */
function offsetsOf(kernel: Kernel): readonly bigint[] {
  return kernel.once("per-CPU offsets", () => {
    const table = kernel.symbol("__per_cpu_offset");
    const impossible = kernel.symbol("__per_cpu_load");
    const offsets: bigint[] = [];
    while (table !== undefined && offsets.length < MOST_CPUS) {
      const offset = kernel.attempt(() => kernel.memory.u64(table + BigInt(offsets.length * 8)));
      // CPUs that are not possible have no copy: all the same offset.
      if (offset === undefined || offset === 0n || offset === impossible) break;
      if (offset === offsets.at(-1)) return offsets.slice(0, -1);
      offsets.push(offset);
    }
    return offsets;
  });
}
