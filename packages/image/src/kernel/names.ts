import type { SymbolPlace } from "../symbols/symbol-table.ts";
import type { Kernel } from "./kernel.ts";
import { modulesOf } from "./modules.ts";

/** The kernel's half of the addresses: symbols below it are those of per-CPU variables, and constants. */
const KERNEL_HALF = 1n << 63n;
const PAGE = 4096n;
/** Bytes of a module's part at most. */
const MOST_BYTES = 1n << 26n;

/** The symbol that an address lies in: the kernel's, or one of its modules'. `undefined` if there is none, or none is known. */
export function placeOf(kernel: Kernel, address: bigint): SymbolPlace | undefined {
  if (address < KERNEL_HALF) return undefined;
  return kernel.attempt(() => kernel.symbols)?.at(address) ?? placeInModule(kernel, address);
}

/** The symbol of a module. It ends where the module's part does, before a page that is not mapped. */
function placeInModule(kernel: Kernel, address: bigint): SymbolPlace | undefined {
  const found = modulesOf(kernel).at(address);
  if (!found) return undefined;
  const { symbol, size = MOST_BYTES } = found;
  const end = mappedUpTo(kernel, symbol.address, size < MOST_BYTES ? size : MOST_BYTES);
  return address < end ? { ...found, size: end - symbol.address } : undefined;
}

/** The end of what is mapped without a gap from an address on, of `bytes` at most. */
function mappedUpTo({ image }: Kernel, start: bigint, bytes: bigint): bigint {
  const end = start + bytes;
  for (let at = start; at < end; at += PAGE - (at % PAGE)) {
    if (image.translatePage(Number(at / PAGE)) < 0) return at;
  }
  return end;
}
