import type { FoundSymbol, SymbolSource } from "@kasan/kernel";
import { exportNamed, parseModule, type WasmModule } from "../wasm/module.ts";
import { exportedValue, ModuleSymbols, type Placement } from "./symbols.ts";

/** A function of a guest as the engine offers it. */
export type GuestFunction = (...args: (bigint | number)[]) => bigint | number | undefined;

/** A function and the table slot that stands for it. */
export interface TakenSlot {
  /** Its name. */
  readonly name: string;
  /** The slot. */
  readonly slot: number;
}

/** A module as threads other than the first load it: in the same place, already rewritten and compiled. */
export interface ModuleImage {
  /** As in `[name]` of call traces; undefined for a part of the kernel image. */
  readonly name: string | undefined;
  /** The module as it was compiled. */
  readonly bytes: Uint8Array;
  /** Where it was put. */
  readonly place: Placement;
  /** Table slots it takes. */
  readonly slots: number;
  /** Functions outside its own table segment whose address it takes, and their slots. */
  readonly taken: readonly TakenSlot[];
  /** The rewritten module, for each CPU. */
  readonly compiled: readonly WebAssembly.Module[];
  /** Values of its variables outside memory, which each instance has for itself: addresses that were relocated. */
  readonly globals?: Readonly<Record<string, bigint | number>>;
}

/** A program as threads other than the first load it. */
export interface ProgramImage {
  /** The runtime module, for each CPU. */
  readonly runtimes: readonly WebAssembly.Module[];
  /** Modules, oldest first. */
  readonly modules: readonly ModuleImage[];
}

/** A module that was loaded. */
export class LoadedModule {
  /** What other threads load. */
  readonly image: ModuleImage;
  /** The rewritten module as the engine runs it. */
  readonly instance: WebAssembly.Instance;
  private readonly fallback: (address: bigint) => FoundSymbol | undefined;
  private parsed: WasmModule | undefined;
  private moduleSymbols: ModuleSymbols | undefined;

  /**
   * @param fallback - asked for names of globals that are not exported
   * @param wasm - what `image.bytes` hold, if that is known already
   */
  constructor(
    image: ModuleImage,
    instance: WebAssembly.Instance,
    fallback: (address: bigint) => FoundSymbol | undefined,
    wasm?: WasmModule,
  ) {
    this.image = image;
    this.instance = instance;
    this.fallback = fallback;
    this.parsed = wasm;
  }

  /** Where it was put. */
  get place(): Placement {
    return this.image.place;
  }

  /** The module as it was compiled. Threads need it only for names. */
  get wasm(): WasmModule {
    this.parsed ??= parseModule(this.image.bytes);
    return this.parsed;
  }

  /** Its symbols. */
  get symbols(): ModuleSymbols {
    this.moduleSymbols ??= new ModuleSymbols(this.image.name, this.wasm, this.place, this.fallback);
    return this.moduleSymbols;
  }

  /** Its symbols, which are made when somebody asks for one. */
  get symbolSource(): SymbolSource {
    return {
      module: this.image.name,
      start: this.place.code,
      end: this.place.end,
      find: (address) => this.symbols.find(address),
      address: (name) => this.symbols.address(name),
    };
  }

  /** Exported functions by name, in the order of their definition. */
  get functions(): string[] {
    return this.wasm.exports
      .filter(({ kind }) => kind === "function")
      .sort((a, b) => a.index - b.index)
      .map(({ name }) => name);
  }

  /** The address of an exported variable. */
  variable(name: string): bigint | undefined {
    const found = exportNamed(this.wasm, "global", name);
    return found && this.place.data + exportedValue(this.wasm, found.index);
  }
}
