import { setFlagsFromString } from "node:v8";
import {
  FUNCTION_POINTER_BYTES,
  guestEntries,
  type KernelFunctions,
  kernelFunctions,
  type Machine,
  type SymbolPlace,
} from "@kasan/kernel";
import { DATA_TLB_ENTRIES, SHADOW_TLB_ENTRIES } from "@kasan/mmu";
import { GuestError } from "../error.ts";
import { RUNTIME } from "../rewrite/layout.ts";
import { checkOf, rewriteModule, START_EXPORT } from "../rewrite/rewrite.ts";
import { buildRuntime } from "../rewrite/runtime.ts";
import { parseModule, type WasmModule } from "../wasm/module.ts";
import { describeType, parseSignature, sameType } from "./signature.ts";
import { exportedValue, ModuleSymbols, type Placement } from "./symbols.ts";
import { raiseTraps } from "./traps.ts";

/** A function that a guest calls and nothing provides, or provides with another type. */
export interface MissingSymbol {
  /** What it is called. */
  readonly name: string;
  /** What it is used as. */
  readonly kind: "function" | "variable";
  /** Offsets in the code section of the places that use it; empty for a variable. */
  readonly callSites: readonly number[];
  /** If there is a function of that name but of another type: its type, for people. */
  readonly provided?: string;
  /** And the type that the guest calls it with. */
  readonly called?: string;
}

/** A function of a guest as the engine offers it. */
export type GuestFunction = (...args: (bigint | number)[]) => bigint | number | undefined;

/** A module that was loaded. */
export class LoadedModule {
  /** The module as it was compiled. */
  readonly wasm: WasmModule;
  /** Where it was put. */
  readonly place: Placement;
  /** Its symbols. */
  readonly symbols: ModuleSymbols;
  /** The rewritten module as the engine runs it. */
  readonly instance: WebAssembly.Instance;

  constructor(wasm: WasmModule, place: Placement, symbols: ModuleSymbols, instance: WebAssembly.Instance) {
    this.wasm = wasm;
    this.place = place;
    this.symbols = symbols;
    this.instance = instance;
  }

  /** Exported functions by name, in the order of their definition. */
  get functions(): string[] {
    return this.wasm.exports
      .filter(({ kind }) => kind === 0)
      .sort((a, b) => a.index - b.index)
      .map(({ name }) => name);
  }

  /** The address of an exported variable. */
  variable(name: string): bigint | undefined {
    const found = this.wasm.exports.find((entry) => entry.kind === 3 && entry.name === name);
    return found && this.place.data + exportedValue(this.wasm, found.index);
  }
}

const TLB_SIZES = { data: DATA_TLB_ENTRIES, shadow: SHADOW_TLB_ENTRIES };

/** Loads modules into a machine: places, binds, rewrites, instantiates, relocates. */
export class Loader {
  /** The machine that modules are loaded into. */
  readonly machine: Machine;
  /** What has been loaded, oldest first. */
  readonly modules: LoadedModule[] = [];
  private readonly services: KernelFunctions;
  private readonly table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
  private readonly runtime: WebAssembly.Exports;
  private readonly slots = new Map<string, number>();
  private readonly functionPointers: bigint;

  private constructor(machine: Machine, services: KernelFunctions, runtime: WebAssembly.Exports) {
    this.machine = machine;
    this.services = services;
    this.runtime = runtime;
    this.functionPointers = machine.architecture.layout.kernelText;
    machine.symbols.functionInSlot = (slot) => this.functionInSlot(slot);
    machine.guest = {
      pointer: (pointer, ...args) => this.callPointer(pointer, ...args),
      named: (name, ...args) => this.callNamed(name, ...args),
    };
  }

  /** Prepares a machine for guests. `timeout`: seconds, for the message of a timeout. */
  static async create(machine: Machine, timeout: number): Promise<Loader> {
    const services = kernelFunctions(machine);
    const specs = Object.entries(services).map(([name, { signature }]) => ({ name, ...parseSignature(signature) }));
    const bytes = buildRuntime({
      ...bindings(machine),
      memoryPages: memoryPages(machine),
      services: specs,
    });
    const calls = Object.fromEntries(Object.entries(services).map(([name, { call }]) => [name, call]));
    const { instance } = await WebAssembly.instantiate(bytes, {
      env: { memory: machine.memory },
      [RUNTIME]: { ...guestEntries(machine, timeout) },
      service: calls,
    });
    return new Loader(machine, services, instance.exports);
  }

  /** Names of the functions that guests can call: those outside wasm and those of the modules loaded so far. */
  get provided(): string[] {
    const exported = this.modules.flatMap((module) => module.functions.filter((name) => !name.startsWith("__wasm_")));
    return [...Object.keys(this.services), ...exported].sort();
  }

  /** What a module needs and nothing provides. */
  missing(wasm: WasmModule): MissingSymbol[] {
    const missing: MissingSymbol[] = [];
    wasm.importedFunctions.forEach(({ name, type }, index) => {
      if (checkOf(name)) return;
      const called = wasm.types[type];
      const provided = this.typeOf(name);
      if (provided && sameType(provided, called)) return;
      const mismatch = provided && { provided: describeType(provided), called: describeType(called) };
      missing.push({ name, kind: "function", callSites: findCalls(wasm, index), ...mismatch });
    });
    for (const { module, name } of wasm.importedGlobals) {
      if (module === "GOT.mem" && this.variable(wasm, name) === undefined) {
        missing.push({ name, kind: "variable", callSites: [] });
      } else if (module === "GOT.func" && !this.hasFunction(wasm, name)) {
        missing.push({ name, kind: "function", callSites: [] });
      }
    }
    return missing.filter(({ name }, i) => missing.findIndex((other) => other.name === name) === i);
  }

  private typeOf(name: string): { params: readonly number[]; results: readonly number[] } | undefined {
    for (const { wasm } of this.modules) {
      const found = wasm.exports.find((entry) => entry.kind === 0 && entry.name === name);
      if (found) return wasm.types[wasm.functions[found.index - wasm.importedFunctions.length]];
    }
    return Object.hasOwn(this.services, name) ? parseSignature(this.services[name].signature) : undefined;
  }

  private hasFunction(wasm: WasmModule, name: string): boolean {
    return wasm.exports.some((entry) => entry.kind === 0 && entry.name === name) || this.typeOf(name) !== undefined;
  }

  private variable(wasm: WasmModule, name: string): bigint | undefined {
    // A module's own variables come from its own exports, once it is placed; here only whether there is one counts.
    if (wasm.exports.some((entry) => entry.kind === 3 && entry.name === name)) return 0n;
    for (const module of this.modules) {
      const address = module.variable(name);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /**
   * Loads a module and runs its constructors. `name`: as in `[name]` of call traces; undefined for a part of the kernel
   * image.
   *
   * @throws {@link GuestError} `WASM_…`; call {@link Loader.missing} first, what it lists fails here
   */
  async load(bytes: Uint8Array, name: string | undefined): Promise<LoadedModule> {
    const wasm = parseModule(bytes);
    const { machine } = this;
    const place = this.place(wasm, name);
    const rewritten = this.rewrite(wasm, place);
    const compiled = name === undefined ? await WebAssembly.compile(rewritten) : compileOptimized(rewritten);
    const fallback = (address: bigint) => machine.kasan?.globalAt(address);
    const symbols = new ModuleSymbols(name, wasm, place, fallback);
    const instance = await this.instantiate(compiled);
    const module = new LoadedModule(wasm, place, symbols, instance);
    this.modules.push(module);
    machine.symbols.add(symbols);
    this.fillSlots(module);
    this.writeData(module);
    return module;
  }

  private place(wasm: WasmModule, name: string | undefined): Placement {
    const { machine } = this;
    const codeBytes = wasm.codeEnd - wasm.codeStart;
    const code = machine.place(Math.max(codeBytes, 1), name);
    machine.guestMemory.write(code, wasm.bytes.subarray(wasm.codeStart, wasm.codeEnd));
    machine.protectText(code, Math.max(codeBytes, 1));
    const data = machine.place(Math.max(wasm.memorySize, 1), name);
    const tableStart = this.table.length;
    const imported = wasm.importedGlobals.filter(({ module }) => module === "GOT.func").length;
    const slots = wasm.tableSize + imported;
    if (tableStart + slots > FUNCTION_POINTER_BYTES) {
      throw new GuestError(
        "WASM_UNSUPPORTED",
        `a table of ${slots} functions; there is room for ${FUNCTION_POINTER_BYTES - tableStart}`,
      );
    }
    this.table.grow(slots);
    const end = data + BigInt(Math.max(wasm.memorySize, 1));
    return { code, data, end: end > code ? end : code, functionPointers: this.functionPointers, tableStart };
  }

  private rewrite(wasm: WasmModule, place: Placement): Uint8Array<ArrayBuffer> {
    this.pendingSlots = [];
    let nextSlot = place.tableStart + wasm.tableSize;
    return rewriteModule(
      wasm,
      {
        ...bindings(this.machine),
        codeAddress: place.code,
        functionPointerBase: this.functionPointers,
        tableStart: place.tableStart,
        memoryBase: place.data,
        resolveFunction: (name) => this.resolveFunction(name),
        resolveAddress: (module, name) => {
          if (module === "GOT.mem") return this.resolveVariable(wasm, place, name);
          if (module !== "GOT.func")
            throw new GuestError("UNRESOLVED", `the module imports the global ${module}.${name}; nothing provides it`);
          const known = this.slotOf(name);
          const slot = known ?? nextSlot++;
          if (known === undefined) this.pendingSlots.push({ name, slot });
          return this.functionPointers + BigInt(slot);
        },
      },
      memoryPages(this.machine),
    );
  }
  private pendingSlots: { name: string; slot: number }[] = [];

  /** The slot that stands for a function already: one function has one address, whoever takes it. */
  private slotOf(name: string): number | undefined {
    const taken = this.slots.get(name);
    if (taken !== undefined) return taken;
    const module = this.modules.find(({ functions }) => functions.includes(name));
    if (!module) return undefined;
    const { wasm, place } = module;
    const index = wasm.exports.find((entry) => entry.kind === 0 && entry.name === name)?.index;
    for (const { functions, offset } of wasm.elements) {
      const at = functions.indexOf(index as number);
      if (at >= 0) return place.tableStart + Number(offset.value) + at;
    }
    return undefined;
  }

  private resolveFunction(name: string): { module: string; name: string } {
    const index = this.modules.findIndex((module) => module.functions.includes(name));
    if (index >= 0) return { module: `module${index}`, name };
    if (Object.hasOwn(this.services, name)) return { module: "runtime", name: `service.${name}` };
    throw new GuestError("UNRESOLVED", `nothing provides the function ${name}`);
  }

  private resolveVariable(wasm: WasmModule, place: Placement, name: string): bigint {
    const own = wasm.exports.find((entry) => entry.kind === 3 && entry.name === name);
    if (own) return place.data + exportedValue(wasm, own.index);
    const address = this.variable(wasm, name);
    if (address === undefined) throw new GuestError("UNRESOLVED", `nothing provides the variable ${name}`);
    return address;
  }

  private async instantiate(compiled: WebAssembly.Module): Promise<WebAssembly.Instance> {
    const modules = Object.fromEntries(this.modules.map(({ instance }, i) => [`module${i}`, instance.exports]));
    const imports = {
      env: { memory: this.machine.memory, table: this.table },
      [RUNTIME]: this.runtime,
      runtime: this.runtime,
      ...modules,
    } as WebAssembly.Imports;
    return await WebAssembly.instantiate(compiled, imports).catch((error: Error) => {
      throw new GuestError(
        "WASM_INVALID",
        `the WebAssembly module does not load: ${error.message.replace(/^WebAssembly\.instantiate\(\): /, "")}`,
      );
    });
  }

  /** Functions whose address is taken and that are not in the module's own table segment. */
  private fillSlots(module: LoadedModule): void {
    for (const { name, slot } of this.pendingSlots) {
      const own = module.instance.exports[name];
      const target = typeof own === "function" ? { exports: module.instance.exports, name } : this.findExport(name);
      if (target) this.table.set(slot, target.exports[target.name]);
      this.slots.set(name, slot);
    }
  }

  private findExport(name: string): { exports: WebAssembly.Exports; name: string } | undefined {
    const { module, name: exported } = this.resolveFunction(name);
    if (module === "runtime") return { exports: this.runtime, name: exported };
    return { exports: this.modules[Number(module.slice(6))].instance.exports, name };
  }

  private writeData({ wasm, place }: LoadedModule): void {
    for (const { offset, bytes } of wasm.data) {
      // The one global that such an offset can add is __memory_base.
      const at = offset.value + (offset.globals.length > 0 ? place.data : 0n);
      this.machine.guestMemory.write(BigInt.asUintN(64, at), bytes);
    }
  }

  /** Runs what the linker made to complete a module: relocations, then constructors. */
  initialize(module: LoadedModule): void {
    for (const name of [START_EXPORT, "__wasm_apply_data_relocs", "__wasm_call_ctors"]) {
      const run = module.instance.exports[name];
      if (typeof run === "function") this.call(run as GuestFunction);
    }
  }

  /**
   * Calls a guest's function, which leaves the call stack as it found it. What the engine traps on becomes what the CPU
   * would raise.
   */
  call(target: GuestFunction, ...args: (bigint | number)[]): bigint | number | undefined {
    const { cpu } = this.machine;
    const top = cpu.callStackTop;
    const result = raiseTraps(this.machine, () => target(...args));
    cpu.callStackTop = top;
    return result;
  }

  /** Calls a function through its pointer: constructors of slab caches, threads. */
  private callPointer(pointer: bigint, ...args: (bigint | number)[]): bigint | number | undefined {
    const slot = Number(BigInt.asIntN(64, pointer - this.functionPointers));
    const target = slot >= 0 && slot < this.table.length ? this.table.get(slot) : null;
    if (target === null) return this.machine.oops.badCall(pointer);
    return this.call(target as GuestFunction, ...args.map(toSigned));
  }

  private callNamed(name: string, ...args: (bigint | number)[]): boolean {
    const module = this.modules.find(({ functions }) => functions.includes(name));
    if (module) this.call(module.instance.exports[name] as GuestFunction, ...args.map(toSigned));
    return module !== undefined;
  }

  private functionInSlot(slot: number): SymbolPlace | undefined {
    for (const { wasm, place, symbols } of this.modules) {
      for (const segment of wasm.elements) {
        const index = segment.functions[slot - place.tableStart - Number(segment.offset.value)];
        const symbol = index === undefined ? undefined : symbols.functionAt(index);
        if (symbol) return { name: symbol.name, offset: 0, size: symbol.size, module: symbols.module };
      }
    }
    for (const [name, at] of this.slots) if (at === slot) return { name, offset: 0, size: 1, module: undefined };
    return undefined;
  }
}

/** As the engine takes 64-bit arguments. */
const toSigned = (value: bigint | number): bigint | number =>
  typeof value === "bigint" ? BigInt.asIntN(64, value) : value;

function bindings(machine: Machine) {
  return {
    cpu: machine.cpu.layout,
    tlb: TLB_SIZES,
    shadowOffset: machine.shadow.offset,
    scaleShift: machine.shadow.scaleShift,
  };
}

/**
 * Compiles a guest with V8's optimizing compiler at once. By default V8 starts with fast-made code and changes over when a
 * function is called again; a guest's `module_init` is called once, and would loop in slow code to its end.
 *
 * @throws {@link GuestError} `WASM_INVALID` if the validator refuses the module
 */
function compileOptimized(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  setFlagsFromString("--no-liftoff");
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const why = (error as Error).message.replace(/^WebAssembly\.Module\(\): /, "");
    throw new GuestError("WASM_INVALID", `not a valid WebAssembly module: ${why}`);
  } finally {
    setFlagsFromString("--liftoff");
  }
}

const memoryPages = (machine: Machine): number => machine.memory.buffer.byteLength / 65536;

const CALL = 0x10;

/** Code offsets of the calls of an imported function: wherever its call instruction's bytes stand. */
function findCalls(wasm: WasmModule, index: number): number[] {
  const sites: number[] = [];
  for (let at = wasm.codeStart; at + 5 < wasm.codeEnd && sites.length < 8; at++) {
    if (wasm.bytes[at] !== CALL) continue;
    // The linker writes call targets as five-byte numbers, which hardly stand anywhere else.
    let value = 0;
    for (let i = 0; i < 5; i++) value += (wasm.bytes[at + 1 + i] & 0x7f) * 2 ** (7 * i);
    const padded = wasm.bytes[at + 1] >= 0x80 && wasm.bytes[at + 4] >= 0x80 && wasm.bytes[at + 5] < 0x80;
    if (padded && value === index) sites.push(at - wasm.codeStart);
  }
  return sites;
}
