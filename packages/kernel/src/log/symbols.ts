import type { NameTable } from "./names.ts";

/** Bytes of text that a kernel function which runs outside wasm takes, and where in it a call returns to. */
const FUNCTION_BYTES = 0x40;
const RETURN_OFFSET = 0x20;

/** A symbol and where in it an address lies. */
export interface FoundSymbol {
  /** The function or variable. */
  readonly name: string;
  /** Bytes from its start. */
  readonly offset: number;
  /** Its bytes. */
  readonly size: number;
}

/** A module's code, as symbols: what the machine asks of a loader. Addresses are virtual. */
export interface SymbolSource {
  /** The module's name; `undefined` for code that is part of the kernel image. */
  readonly module: string | undefined;
  /** First address of code and data. */
  readonly start: bigint;
  /** First address behind them. */
  readonly end: bigint;
  /** The function or variable at an address. */
  find(address: bigint): FoundSymbol | undefined;
  /** The address of a function by name. */
  address(name: string): bigint | undefined;
}

/** A symbol, where in it an address lies, and whose it is. */
export interface SymbolPlace extends FoundSymbol {
  /** The module that it belongs to; undefined for the kernel image. */
  readonly module: string | undefined;
}

/**
 * Names for addresses: kernel functions that run outside wasm have a slot of text each, in the order of their first
 * mention; code and data of loaded modules are asked of their {@link SymbolSource}.
 */
export class KernelSymbols {
  private readonly names: NameTable;
  private readonly sources: SymbolSource[] = [];
  private readonly textStart: bigint;
  private readonly functionPointers: bigint;
  private readonly functionInSlot: (slot: number) => SymbolPlace | undefined;
  private readonly savedStack: readonly string[];

  /**
   * @param functionPointers - address that a pointer to the function in slot 0 has
   * @param textStart - address of the first function outside wasm; slots end there
   * @param names - of the functions outside wasm, in the order of their slots
   * @param functionInSlot - the function that a slot for function pointers stands for; none by default
   * @param savedStack - what lies between a saved stack and the function that saves it, innermost first (`KernelWords.savedStack`)
   */
  constructor(
    functionPointers: bigint,
    textStart: bigint,
    names: NameTable,
    functionInSlot: (slot: number) => SymbolPlace | undefined = () => undefined,
    savedStack: readonly string[] = [],
  ) {
    this.savedStack = savedStack;
    this.functionInSlot = functionInSlot;
    this.names = names;
    this.functionPointers = functionPointers;
    this.textStart = textStart;
  }

  /** The call-stack word (low 32 bits of the address) that a call made inside the kernel function `name` leaves. */
  returnWord(name: string): number {
    const index = this.names.index(name);
    return (Number(this.textStart & 0xffffffffn) + index * FUNCTION_BYTES + RETURN_OFFSET) >>> 0;
  }

  /** Call-stack words for several functions, innermost first. */
  returnWords(...names: string[]): Uint32Array {
    return Uint32Array.from(names, (name) => this.returnWord(name));
  }

  /** Call-stack words of a stack that `kasan_save_stack()` saves for `callers`, innermost first. */
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

  /** As `%pS` prints it: `name+0x1c/0x40 [module]`, or the bare address. */
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
