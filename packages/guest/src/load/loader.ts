import {
  type Cpu,
  FUNCTION_POINTER_BYTES,
  type GuestCalls,
  guestEntries,
  type KernelFunctions,
  kernelFunctions,
  type Machine,
  type SymbolPlace,
} from "@kasan/kernel";
import { DATA_TLB_ENTRIES, SHADOW_TLB_ENTRIES } from "@kasan/mmu";
import { member } from "@kasan/platform";
import { host } from "#host";
import { sameBytes } from "../bytes.ts";
import { GuestError } from "../error.ts";
import { type RewriteOptions, RUNTIME } from "../rewrite/layout.ts";
import { countsEdges, GLOBAL_EXPORT, rewriteModule, START_EXPORT } from "../rewrite/rewrite.ts";
import { buildRuntime } from "../rewrite/runtime/runtime.ts";
import { exportNamed, type FunctionType, parseModule, typeOfFunction, type WasmModule } from "../wasm/module.ts";
import type { ComparisonLog } from "./comparison-log.ts";
import { EdgeCounters } from "./edge-counters.ts";
import { constantFor, type MissingSymbol, missingSymbols } from "./missing.ts";
import { type GuestFunction, LoadedModule, type ModuleImage, type ProgramImage } from "./module.ts";
import { withNames } from "./runtime-names.ts";
import { parseSignature } from "./signature.ts";
import { type Stub, stubAddress, stubAt, stubFunctions } from "./stubs.ts";
import { exportedValue, initialBytes, type Placement } from "./symbols.ts";
import { raiseTraps } from "./traps.ts";

const TLB_SIZES = { data: DATA_TLB_ENTRIES, shadow: SHADOW_TLB_ENTRIES };

/** Loads modules into a machine: places, binds, rewrites, instantiates and relocates them. */
export class Loader implements GuestCalls {
  /** The machine that modules are loaded into. */
  readonly machine: Machine;
  /** Loaded modules, oldest first. */
  readonly modules: LoadedModule[] = [];
  /** Counters of the modules that count the edges that they pass. */
  readonly counters = new Map<LoadedModule, EdgeCounters>();
  private readonly services: KernelFunctions;
  private readonly table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
  private readonly runtime: WebAssembly.Exports;
  private readonly slots = new Map<string, number>();
  private readonly functionPointers: bigint;

  private readonly runtimes: readonly WebAssembly.Module[];
  private readonly stubs: readonly Stub[];
  private readonly exported = new Map<string, GuestFunction | undefined>();
  private readonly comparisons: ComparisonLog | undefined;

  private constructor(
    machine: Machine,
    runtimes: readonly WebAssembly.Module[],
    stubs: readonly Stub[],
    comparisons?: ComparisonLog,
  ) {
    this.machine = machine;
    this.comparisons = comparisons;
    this.stubs = stubs;
    machine.oops.missingVariable = (address) => stubAt(stubs, address);
    this.services = functionsOf(machine, stubs);
    this.runtimes = runtimes;
    const calls = Object.fromEntries(Object.entries(this.services).map(([name, { call }]) => [name, call]));
    const { exports } = new WebAssembly.Instance(runtimes[machine.cpu.id], {
      env: { memory: machine.memory },
      [RUNTIME]: { ...guestEntries(machine), compareBytes: this.compareBytes },
      service: calls,
    });
    this.runtime = exports;
    this.functionPointers = machine.architecture.layout.kernelText;
    machine.guest.connect(this);
  }

  /**
   * Prepares a machine for guests.
   *
   * @param stubs - functions that nothing provides, and that guests may call
   * @param comparisons - where guests log what they compare; nowhere by default
   */
  static async create(machine: Machine, stubs: readonly Stub[] = [], comparisons?: ComparisonLog): Promise<Loader> {
    const services = Object.entries(functionsOf(machine, stubs));
    const specs = services.map(([name, { signature }]) => ({ name, ...parseSignature(signature) }));
    const builds = machine.cpuViews.map((cpu) =>
      withNames(
        buildRuntime({ ...bindings(machine, cpu), memoryPages: memoryPages(machine), services: specs, comparisons }),
      ),
    );
    const runtimes = await Promise.all(builds.map((bytes) => WebAssembly.compile(bytes)));
    return new Loader(machine, runtimes, stubs, comparisons);
  }

  /** Creates a loader in another thread, with the modules that the first thread has loaded. */
  static view(machine: Machine, image: ProgramImage): Loader {
    const loader = new Loader(machine, image.runtimes, image.stubs);
    for (const module of image.modules) loader.enter(module);
    return loader;
  }

  /** The input of {@link Loader.view}. */
  image(): ProgramImage {
    const modules = this.modules.map(({ image, instance }) => ({ ...image, globals: globalsOf(instance) }));
    return { runtimes: this.runtimes, modules, stubs: this.stubs };
  }

  /** Names of the functions that guests can call: those outside wasm, and those of the modules loaded so far. */
  get provided(): string[] {
    const exported = this.modules.flatMap((module) => module.functions.filter((name) => !name.startsWith("__wasm_")));
    return [...Object.keys(this.services), ...exported].sort();
  }

  /** Symbols that a module needs but nothing provides. */
  missing(wasm: WasmModule): MissingSymbol[] {
    return missingSymbols(wasm, {
      typeOf: (name) => this.typeOf(name),
      hasVariable: (name) => this.variable(name) !== undefined,
    });
  }

  private typeOf(name: string): FunctionType | undefined {
    for (const { wasm } of this.modules) {
      const found = exportNamed(wasm, "function", name);
      if (found) return typeOfFunction(wasm, found.index);
    }
    return Object.hasOwn(this.services, name) ? parseSignature(this.services[name].signature) : undefined;
  }

  private variable(name: string): bigint | undefined {
    for (const module of this.modules) {
      const address = module.variable(name);
      if (address !== undefined) return address;
    }
    return stubAddress(this.stubs, name);
  }

  /**
   * Loads a module and runs its constructors. `name`: as in `[name]` of call traces; undefined for a part of the kernel image.
   *
   * @throws {@link GuestError} `WASM_…`; symbols listed by {@link Loader.missing}, which should be called first, fail here
   */
  async load(bytes: Uint8Array, name: string | undefined): Promise<LoadedModule> {
    const wasm = parseModule(bytes);
    const { place, slots } = this.place(wasm, name);
    const taken = new Map<string, number>();
    const counters = countsEdges(wasm) ? new EdgeCounters(this.machine, wasm.codeEnd - wasm.codeStart) : undefined;
    const edgeCounter = (offset: number) => counters?.counterOf(offset) ?? 0;
    const rewritten = this.machine.cpuViews.map((cpu) => this.rewrite(wasm, place, cpu, taken, edgeCounter));
    const compiled = await Promise.all(
      rewritten.map((code) => (name === undefined ? compileAsUsed(code) : compileOptimized(code))),
    );
    const image = {
      name,
      bytes,
      place,
      slots,
      taken: [...taken].map(([symbol, slot]) => ({ name: symbol, slot })),
      compiled,
    };
    const module = this.enter(image, wasm);
    if (counters) this.counters.set(module, counters);
    this.writeData(module);
    return module;
  }

  /** Instantiates a module and registers its functions and symbols. */
  private enter(image: ModuleImage, wasm?: WasmModule): LoadedModule {
    const { machine } = this;
    this.table.grow(image.place.tableStart + image.slots - this.table.length);
    const instance = this.instantiate(image.compiled[machine.cpu.id]);
    for (const [global, value] of Object.entries(image.globals ?? {})) {
      (instance.exports[global] as WebAssembly.Global).value = value;
    }
    const module = new LoadedModule(image, instance, (address) => machine.kasan.globalAt(address), wasm);
    this.modules.push(module);
    this.exported.clear();
    machine.symbols.add(module.symbolSource);
    this.fillSlots(module);
    return module;
  }

  private place(wasm: WasmModule, name: string | undefined): { place: Placement; slots: number } {
    const { machine } = this;
    const codeBytes = wasm.codeEnd - wasm.codeStart;
    const code = machine.execmem.place(Math.max(codeBytes, 1), name);
    machine.guestMemory.write(code, wasm.bytes.subarray(wasm.codeStart, wasm.codeEnd));
    machine.execmem.protectText(code, Math.max(codeBytes, 1));
    const data = machine.execmem.place(Math.max(wasm.memorySize, 1), name);
    const tableStart = this.table.length;
    const imported = wasm.importedGlobals.filter(({ module }) => module === "GOT.func").length;
    const slots = wasm.tableSize + imported;
    if (tableStart + slots > FUNCTION_POINTER_BYTES) {
      throw new GuestError(
        "WASM_UNSUPPORTED",
        `a table of ${slots} functions; there is room for ${FUNCTION_POINTER_BYTES - tableStart}`,
      );
    }
    const end = data + BigInt(Math.max(wasm.memorySize, 1));
    const place = { code, data, end: end > code ? end : code, functionPointers: this.functionPointers, tableStart };
    return { place, slots };
  }

  /** Rewrites a module's code for one CPU. `taken`: slots of functions outside its table segment; missing ones are added. */
  private rewrite(
    wasm: WasmModule,
    place: Placement,
    cpu: Cpu,
    taken: Map<string, number>,
    edgeCounter: RewriteOptions["edgeCounter"],
  ): Uint8Array<ArrayBuffer> {
    const slotFor = (name: string): number => {
      const known = this.slotOf(name) ?? taken.get(name);
      if (known !== undefined) return known;
      const slot = place.tableStart + wasm.tableSize + taken.size;
      taken.set(name, slot);
      return slot;
    };
    return rewriteModule(
      wasm,
      {
        ...bindings(this.machine, cpu),
        codeAddress: place.code,
        functionPointerBase: this.functionPointers,
        tableStart: place.tableStart,
        memoryBase: place.data,
        comparisons: this.comparisons !== undefined,
        edgeCounter,
        resolveFunction: (name) => this.resolveFunction(name),
        resolveAddress: (module, name) => {
          if (module === "GOT.mem") {
            return constantFor(name, cpu.id, this.machine.cpus) ?? this.resolveVariable(wasm, place, name);
          }
          if (module !== "GOT.func")
            throw new GuestError("UNRESOLVED", `the module imports the global ${module}.${name}; nothing provides it`);
          return this.functionPointers + BigInt(slotFor(name));
        },
      },
      memoryPages(this.machine),
    );
  }

  /** The slot that already belongs to a function: a function has one address, whoever takes it. */
  private slotOf(name: string): number | undefined {
    const taken = this.slots.get(name);
    if (taken !== undefined) return taken;
    const module = this.modules.find(({ functions }) => functions.includes(name));
    if (!module) return undefined;
    const { wasm, place } = module;
    const index = exportNamed(wasm, "function", name)?.index;
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
    const own = exportNamed(wasm, "global", name);
    if (own) return place.data + exportedValue(wasm, own.index);
    const address = this.variable(name);
    if (address === undefined) throw new GuestError("UNRESOLVED", `nothing provides the variable ${name}`);
    return address;
  }

  private instantiate(compiled: WebAssembly.Module): WebAssembly.Instance {
    const modules = Object.fromEntries(this.modules.map(({ instance }, i) => [`module${i}`, instance.exports]));
    const imports = {
      env: { memory: this.machine.memory, table: this.table },
      [RUNTIME]: this.runtime,
      runtime: this.runtime,
      ...modules,
    } as WebAssembly.Imports;
    try {
      return new WebAssembly.Instance(compiled, imports);
    } catch (error) {
      const why = (error as Error).message.replace(/^WebAssembly\.Instance\(\): /, "");
      throw new GuestError("WASM_INVALID", `the WebAssembly module does not load: ${why}`);
    }
  }

  /** Fills the slots of functions whose address is taken and that are not in the module's own table segment. */
  private fillSlots(module: LoadedModule): void {
    for (const { name, slot } of module.image.taken) {
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

  private writeData({ wasm, place, image }: LoadedModule): void {
    const { guestMemory } = this.machine;
    const copies = this.machine.execmem.placeCopies(place.data, Math.max(wasm.memorySize, 1), image.name);
    for (const { offset, bytes } of wasm.data) {
      // Such an offset can contain only one global: __memory_base.
      const at = BigInt.asUintN(64, offset.value + (offset.globals.length > 0 ? place.data : 0n));
      guestMemory.write(at, bytes);
      // In the copies, only per-CPU variables are used.
      for (const copy of copies) guestMemory.write(copy + at - place.data, bytes);
    }
  }

  /** Runs the code that the linker generated to initialize a module: relocations, then constructors. */
  initialize(module: LoadedModule): void {
    for (const name of [START_EXPORT, "__wasm_apply_data_relocs", "__wasm_call_ctors"]) {
      const run = module.instance.exports[name];
      if (typeof run === "function") this.call(run as GuestFunction);
    }
  }

  /** Logs a comparison of bytes; see `LOG_BYTES` of the rewriter. */
  private readonly compareBytes = (...halves: number[]): void => {
    const [left, right, limit] = [0, 2, 4].map((at) => wordOf(halves[at], halves[at + 1]));
    this.comparisons?.addBytes([left, right], Number(limit), halves[6] >>> 0, this.isInitial);
  };

  /** Whether some bytes are those with which a module's data begins. */
  private readonly isInitial = (address: bigint, bytes: Uint8Array): boolean => {
    if (bytes.length === 0) return false;
    const module = this.modules.find(({ place }) => address >= place.data && address < place.end);
    const initial = module && initialBytes(module.wasm, Number(address - module.place.data), bytes.length);
    return initial !== undefined && sameBytes(initial, bytes);
  };

  /** Calls a guest function and restores the call stack. Traps of the wasm engine become exceptions of the CPU. */
  call(target: GuestFunction, ...args: (bigint | number)[]): bigint | number | undefined {
    const { cpu } = this.machine;
    const top = cpu.callStackTop;
    const result = raiseTraps(this.machine, () => target(...args));
    cpu.callStackTop = top;
    return result;
  }

  pointer(pointer: bigint, ...args: (bigint | number)[]): bigint | number | undefined {
    const slot = Number(BigInt.asIntN(64, pointer - this.functionPointers));
    const target = slot >= 0 && slot < this.table.length ? this.table.get(slot) : null;
    if (target === null) return this.machine.oops.badCall(pointer);
    return this.call(target as GuestFunction, ...args.map(toSigned));
  }

  named(name: string, ...args: (bigint | number)[]): bigint | number | undefined {
    const target = this.export(name);
    return target && this.call(target, ...args.map(toSigned));
  }

  /** A function that a module exports. */
  private export(name: string): GuestFunction | undefined {
    if (!this.exported.has(name)) {
      const found = this.modules.map(({ instance }) => instance.exports[name]).find((value) => value !== undefined);
      this.exported.set(name, typeof found === "function" ? (found as GuestFunction) : undefined);
    }
    return this.exported.get(name);
  }

  functionInSlot(slot: number): SymbolPlace | undefined {
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

/** A 64-bit value in halves. */
const wordOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** Converts to the form that the engine requires for 64-bit arguments. */
const toSigned = (value: bigint | number): bigint | number =>
  typeof value === "bigint" ? BigInt.asIntN(64, value) : value;

/** Values of an instance's mutable globals. */
function globalsOf({ exports }: WebAssembly.Instance): Record<string, bigint | number> {
  const globals = Object.entries(exports).filter(([name]) => name.startsWith(GLOBAL_EXPORT));
  return Object.fromEntries(globals.map(([name, value]) => [name, (value as WebAssembly.Global).value]));
}

const functionsOf = (machine: Machine, stubs: readonly Stub[]): KernelFunctions => ({
  ...kernelFunctions(machine),
  ...stubFunctions(machine, stubs),
});

function bindings(machine: Machine, cpu: Cpu) {
  return {
    cpu: cpu.layout,
    tlb: TLB_SIZES,
    shadowOffset: machine.shadow.offset,
    scaleShift: machine.shadow.scaleShift,
    tagged: machine.architecture.ignoredTopBits === 8,
    tagStorage: machine.kasan.mode.hardware.storage,
    division: member(machine.architecture, "division", "run a guest"),
  };
}

/** Compiles a part of the kernel image lazily, because a guest uses little of it. */
const compileAsUsed = (bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> => WebAssembly.compile(bytes);

/**
 * Compiles a guest with V8's optimizing compiler at once. By default V8 starts with baseline code and switches when a function is
 * called again; a guest's `module_init` is called only once and would run all its loops in slow code.
 *
 * @throws {@link GuestError} `WASM_INVALID` if the validator rejects the module
 */
function compileOptimized(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  host.setEngineFlags(["--no-liftoff", "--no-wasm-lazy-compilation"]);
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const why = (error as Error).message.replace(/^WebAssembly\.Module\(\): /, "");
    throw new GuestError("WASM_INVALID", `not a valid WebAssembly module: ${why}`);
  } finally {
    host.setEngineFlags(["--liftoff", "--wasm-lazy-compilation"]);
  }
}

const memoryPages = (machine: Machine): number => machine.memory.buffer.byteLength / 65536;
