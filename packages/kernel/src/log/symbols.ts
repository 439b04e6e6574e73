import type { NameTable } from "./names.ts";
import { isIn, nameIn } from "./version-names.ts";

/** Size in bytes of the text slot of a kernel function that runs outside wasm, and the offset in it that a call returns to. */
const FUNCTION_BYTES = 0x40;
const RETURN_OFFSET = 0x20;

/** A symbol, and the offset of an address in it. */
export interface FoundSymbol {
  /** Name of the function or variable. */
  readonly name: string;
  /** Offset of the address in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** Symbols of a module's code and data, provided by a loader. Addresses are virtual. */
export interface SymbolSource {
  /** Name of the module; `undefined` for code in the kernel image. */
  readonly module: string | undefined;
  /** First address of code and data. */
  readonly start: bigint;
  /** First address after them. */
  readonly end: bigint;
  /** The function or variable at an address. */
  find(address: bigint): FoundSymbol | undefined;
  /** The address of a function by name. */
  address(name: string): bigint | undefined;
}

/** A symbol, the offset of an address in it, and its module. */
export interface SymbolPlace extends FoundSymbol {
  /** Its module; undefined for the kernel image. */
  readonly module: string | undefined;
}

/**
 * Symbol names of addresses. Each kernel function that runs outside wasm has a text slot, in the order of first mention; code and
 * data of loaded modules are looked up in their {@link SymbolSource}.
 */
export class KernelSymbols {
  private readonly names: NameTable;
  private readonly sources: SymbolSource[] = [];
  private readonly textStart: bigint;
  private readonly functionPointers: bigint;
  private readonly functionInSlot: (slot: number) => SymbolPlace | undefined;
  private readonly savedStack: readonly string[];
  private readonly release: string;

  /**
   * @param functionPointers - address of a pointer to the function in slot 0
   * @param textStart - address of the first function outside wasm; slots end there
   * @param names - names of the functions outside wasm, in the order of their slots
   * @param functionInSlot - returns the function of a function-pointer slot; none by default
   * @param savedStack - the functions between a saved stack and the function that saves it, innermost first
   *   (`KernelWords.savedStack`)
   * @param release - the kernel's release, whose names the functions outside wasm have; 6.12's by default
   */
  constructor(
    functionPointers: bigint,
    textStart: bigint,
    names: NameTable,
    functionInSlot: (slot: number) => SymbolPlace | undefined = () => undefined,
    savedStack: readonly string[] = [],
    release = "",
  ) {
    this.release = release;
    this.savedStack = savedStack;
    this.functionInSlot = functionInSlot;
    this.names = names;
    this.functionPointers = functionPointers;
    this.textStart = textStart;
  }

  /** The call-stack word (low 32 bits of the return address) of a call made by the kernel function `name`. */
  returnWord(name: string): number {
    const index = this.names.index(this.nameOf(name));
    return (Number(this.textStart & 0xffffffffn) + index * FUNCTION_BYTES + RETURN_OFFSET) >>> 0;
  }

  /** The name that a function has in this kernel. `name`: that in 6.12. */
  nameOf(name: string): string {
    return nameIn(this.release, name);
  }

  /** Call-stack words of several functions, innermost first. Those that this kernel does not have yet are left out. */
  returnWords(...names: string[]): Uint32Array {
    const present = names.filter((name) => isIn(this.release, name));
    return Uint32Array.from(present, (name) => this.returnWord(name));
  }

  /** Call-stack words of a stack saved by `kasan_save_stack()` for `callers`, innermost first. */
  savedWords(...callers: string[]): Uint32Array {
    return this.returnWords(...this.savedStack, "kasan_save_stack", ...callers);
  }

  /** Adds a module's symbols. */
  add(source: SymbolSource): void {
    this.sources.push(source);
  }

  /** Names of loaded modules, newest first, as "Modules linked in" lists them. */
  get modules(): string[] {
    return this.sources.flatMap((source) => source.module ?? []).reverse();
  }

  /** The symbol at an address. */
  find(address: bigint): SymbolPlace | undefined {
    for (const source of this.sources) {
      if (address < source.start || address >= source.end) continue;
      const symbol = source.find(address);
      return symbol && { ...symbol, module: source.module };
    }
    if (address >= this.functionPointers && address < this.textStart) {
      return this.functionInSlot(Number(address - this.functionPointers));
    }
    const index = Number(BigInt.asIntN(64, address - this.textStart)) / FUNCTION_BYTES;
    const name = index < 0 ? undefined : this.names.name(Math.floor(index));
    if (name === undefined) return undefined;
    return {
      name,
      offset: Number((address - this.textStart) % BigInt(FUNCTION_BYTES)),
      size: FUNCTION_BYTES,
      module: undefined,
    };
  }

  /** The address of a function of a loaded module, by name. */
  addressOf(name: string): bigint | undefined {
    for (const source of this.sources) {
      const address = source.address(name);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** Formats an address as `%pS` does: `name+0x1c/0x40 [module]`, or the bare address. */
  format(address: bigint): string {
    const place = this.find(address);
    if (!place) return `0x${address.toString(16)}`;
    const module = place.module ? ` [${place.module}]` : "";
    return `${place.name}+0x${place.offset.toString(16)}/0x${place.size.toString(16)}${module}`;
  }

  /** Whether an address belongs to the kernel image or a module (kernel_or_module_addr of mm/kasan/report.c). */
  covers(address: bigint): boolean {
    return (
      this.sources.some((source) => address >= source.start && address < source.end) || this.find(address) !== undefined
    );
  }
}
