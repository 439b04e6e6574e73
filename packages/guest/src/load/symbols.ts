import type { FoundSymbol, SymbolSource } from "@kasan/kernel";
import { type DataSegment, exportNamed, type WasmModule } from "../wasm/module.ts";

/** A function or variable of a module. */
export interface ModuleSymbol {
  /** Its name. */
  readonly name: string;
  /** Its first address. */
  readonly address: bigint;
  /** Its size in bytes; a variable extends to the next. */
  readonly size: number;
}

/** Placement of a module. */
export interface Placement {
  /** Address of the first byte of the code section. */
  readonly code: bigint;
  /** Address of the data. */
  readonly data: bigint;
  /** First address after the module. */
  readonly end: bigint;
  /** Address of a pointer to the function in table slot 0. */
  readonly functionPointers: bigint;
  /** First slot of the module in the table. */
  readonly tableStart: number;
}

/** A module's functions and exported variables, by address. Look-ups are O(log n). */
export class ModuleSymbols implements SymbolSource {
  readonly module: string | undefined;
  readonly start: bigint;
  readonly end: bigint;
  private readonly symbols: readonly ModuleSymbol[];
  private readonly functionSymbols = new Map<number, ModuleSymbol>();
  private readonly fallback: (address: bigint) => FoundSymbol | undefined;

  /** @param fallback - looks up addresses in data, for globals that are not exported */
  constructor(
    name: string | undefined,
    wasm: WasmModule,
    place: Placement,
    fallback: (address: bigint) => FoundSymbol | undefined,
  ) {
    this.module = name;
    this.start = place.code;
    this.end = place.end;
    this.fallback = fallback;
    const imported = wasm.importedFunctions.length;
    const functions = wasm.bodies.map((body, i) => {
      const symbol = {
        name: sourceName(wasm.functionNames.get(imported + i) ?? `func${i}`),
        address: place.code + BigInt(body.start - wasm.codeStart),
        size: body.end - body.start,
      };
      this.functionSymbols.set(imported + i, symbol);
      return symbol;
    });
    this.symbols = [...functions, ...variables(wasm, place)].sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  /** The symbol of a function, given its index before rewriting. */
  functionAt(index: number): ModuleSymbol | undefined {
    return this.functionSymbols.get(index);
  }

  address(name: string): bigint | undefined {
    const wanted = sourceName(name);
    for (const symbol of this.functionSymbols.values()) if (symbol.name === wanted) return symbol.address;
    return undefined;
  }

  find(address: bigint): FoundSymbol | undefined {
    const known = this.fallback(address);
    if (known) return known;
    let low = 0;
    let high = this.symbols.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const symbol = this.symbols[middle];
      if (address < symbol.address) high = middle - 1;
      else if (address >= symbol.address + BigInt(symbol.size)) low = middle + 1;
      else return { name: symbol.name, offset: Number(address - symbol.address), size: symbol.size };
    }
    return undefined;
  }
}

/** The linker knows a static function marked by `module_init` only by its alias (headers: module.h). */
export const sourceName = (name: string): string => name.replace(/^__kasan_(init|exit)_\d+_/, "");

/** Exported variables. Each extends to the next, because wasm keeps no sizes. */
function variables(wasm: WasmModule, place: Placement): ModuleSymbol[] {
  const starts = wasm.exports
    .filter(({ kind, name }) => kind === "global" && !name.startsWith("__") && name !== "")
    .map(({ name, index }) => ({ name, address: place.data + exportedValue(wasm, index) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return starts.map(({ name, address }, i) => {
    const next = starts[i + 1]?.address ?? place.data + BigInt(wasm.memorySize);
    return { name, address, size: Math.max(0, Number(next - address)) };
  });
}

/** The value of an exported global: an offset from the module's data. */
export function exportedValue(wasm: WasmModule, index: number): bigint {
  return wasm.globals[index - wasm.importedGlobals.length]?.init.value ?? 0n;
}

/**
 * What a variable that a module exports begins with, before anything runs. Its value has no addresses in it. Undefined if there is no such
 * variable, or its first `bytes` bytes are not all given.
 */
export function initialValue(wasm: WasmModule, name: string, bytes: number): Uint8Array | undefined {
  const found = exportNamed(wasm, "global", name);
  return found && initialBytes(wasm, Number(exportedValue(wasm, found.index)), bytes);
}

/** Some bytes of a module's data, before anything runs, from byte `at` on; undefined if they are not all given. */
export function initialBytes(wasm: WasmModule, at: number, bytes: number): Uint8Array | undefined {
  const start = ({ offset }: DataSegment) => Number(offset.value);
  const segment = wasm.data.find((one) => start(one) <= at && at + bytes <= start(one) + one.bytes.length);
  return segment?.bytes.subarray(at - start(segment), at - start(segment) + bytes);
}
