import type { FoundSymbol, SymbolSource } from "@kasan/kernel";
import { exportNamed, parseModule, type WasmModule } from "../wasm/module.ts";
import type { Stub } from "./stubs.ts";
import { exportedValue, ModuleSymbols, type Placement } from "./symbols.ts";

/** A guest function as exposed by the engine. */
export type GuestFunction = (...args: (bigint | number)[]) => bigint | number | undefined;

/** A function and its table slot. */
export interface TakenSlot {
  /** Its name. */
  readonly name: string;
  /** The slot. */
  readonly slot: number;
}

/** A module as loaded by threads other than the first: at the same place, already rewritten and compiled. */
export interface ModuleImage {
  /** As in `[name]` of call traces; undefined for a part of the kernel image. */
  readonly name: string | undefined;
  /** The module before rewriting. */
  readonly bytes: Uint8Array;
  /** Its placement. */
  readonly place: Placement;
  /** Number of table slots it uses. */
  readonly slots: number;
  /** Functions outside its own table segment whose address it takes, with their slots. */
  readonly taken: readonly TakenSlot[];
  /** The rewritten module for each CPU. */
  readonly compiled: readonly WebAssembly.Module[];
  /** Values of its mutable globals, of which each instance has its own copy: relocated addresses. */
  readonly globals?: Readonly<Record<string, bigint | number>>;
}

/** A program as loaded by threads other than the first. */
export interface ProgramImage {
  /** The runtime module for each CPU. */
  readonly runtimes: readonly WebAssembly.Module[];
  /** Modules, oldest first. */
  readonly modules: readonly ModuleImage[];
  /** Functions that nothing provides. */
  readonly stubs: readonly Stub[];
}

/** A loaded module. */
export class LoadedModule {
  /** The data that other threads need to load it. */
  readonly image: ModuleImage;
  /** The engine's instance of the rewritten module. */
  readonly instance: WebAssembly.Instance;
  private readonly fallback: (address: bigint) => FoundSymbol | undefined;
  private parsed: WasmModule | undefined;
  private moduleSymbols: ModuleSymbols | undefined;

  /**
   * @param fallback - looks up globals that are not exported
   * @param wasm - the parsed `image.bytes`, if already available
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

  /** Its placement. */
  get place(): Placement {
    return this.image.place;
  }

  /** The module before rewriting. Threads need it only for names. */
  get wasm(): WasmModule {
    this.parsed ??= parseModule(this.image.bytes);
    return this.parsed;
  }

  /** Its symbols. */
  get symbols(): ModuleSymbols {
    this.moduleSymbols ??= new ModuleSymbols(this.image.name, this.wasm, this.place, this.fallback);
    return this.moduleSymbols;
  }

  /** Its symbols, created on first use. */
  get symbolSource(): SymbolSource {
    return {
      module: this.image.name,
      start: this.place.code,
      end: this.place.end,
      find: (address) => this.symbols.find(address),
      address: (name) => this.symbols.address(name),
    };
  }

  /** Names of exported functions, in order of definition. */
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
