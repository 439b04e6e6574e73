import type { SymbolPlace } from "../symbols/symbol-table.ts";
import type { Kernel } from "./kernel.ts";
import { modulesOf } from "./modules.ts";

/** The symbol that an address lies in: the kernel's, or one of its modules'. `undefined` if there is none, or none is known. */
export function placeOf(kernel: Kernel, address: bigint): SymbolPlace | undefined {
  return kernel.attempt(() => kernel.symbols)?.at(address) ?? modulesOf(kernel).at(address);
}
