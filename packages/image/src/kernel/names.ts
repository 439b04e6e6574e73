import type { SymbolPlace } from "../symbols/symbol-table.ts";
import type { Kernel } from "./kernel.ts";
import { modulesOf } from "./modules.ts";

/** The kernel's half of the addresses: symbols below it are those of per-CPU variables, and constants. */
const KERNEL_HALF = 1n << 63n;

/** The symbol that an address lies in: the kernel's, or one of its modules'. `undefined` if there is none, or none is known. */
export function placeOf(kernel: Kernel, address: bigint): SymbolPlace | undefined {
  if (address < KERNEL_HALF) return undefined;
  return kernel.attempt(() => kernel.symbols)?.at(address) ?? modulesOf(kernel).at(address);
}
