import { ImageError } from "../error.ts";
import { type KernelSymbol, SymbolTable } from "./symbol-table.ts";

/** The kernel's part of the address space: what lies below is not moved by KASLR. */
const KERNEL_HALF = 1n << 63n;

/**
 * Reads the text of a kernel's System.map, or of /proc/kallsyms.
 *
 * @param offset - how far KASLR moved the kernel from where it was linked: VMCOREINFO's `KERNELOFFSET`; 0 for /proc/kallsyms
 * @throws {@link ImageError} `IMAGE_SYMBOLS` if it names no address
 *
 * @example
 * ```ts
 * import { parseSystemMap } from "@kasan/image";
 *
 * const symbols = parseSystemMap("ffffffff81000000 T _text\nffffffff81000100 T kfree\n", 0x1000000n);
 * console.log(symbols.find("kfree")?.address.toString(16)); // ffffffff82000100
 * ```
 */
export function parseSystemMap(text: string, offset = 0n): SymbolTable {
  const symbols: KernelSymbol[] = [];
  for (const [, digits, type, name, module] of text.matchAll(/^([0-9a-f]{8,16}) (\S) (\S+)(?:\s+\[(\S+)\])?\r?$/gm)) {
    const linked = BigInt(`0x${digits}`);
    const address = linked >= KERNEL_HALF ? BigInt.asUintN(64, linked + offset) : linked;
    symbols.push({ name: name!, address, type: type!, module });
  }
  // Readers without rights see zeros.
  if (symbols.every(({ address }) => address === 0n))
    throw new ImageError("IMAGE_SYMBOLS", "no line like ffffffff81000000 T _text; give the text of a System.map");
  return new SymbolTable(symbols, symbols.find(({ name }) => name === "_end")?.address);
}
