import { INLINE_TAGS } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import type { ConstantExpression, WasmModule } from "../wasm/module.ts";
import { Type } from "../wasm/opcodes.ts";
import { Writer } from "../wasm/writer.ts";
import { type ByteComparison, byteComparisonOf, comparisonOf } from "./comparisons.ts";
import { TypeTable, writeMemoryImport } from "./emitter.ts";
import { type CallTarget, FunctionRewriter, type GlobalTarget } from "./function.ts";
import { type RewriteOptions, RUNTIME } from "./layout.ts";
import { RUNTIME_FUNCTIONS } from "./runtime/functions.ts";

/** Name under which the output exports the input's start function, so that the loader decides when it runs. */
export const START_EXPORT = "kasan:start";

/** Name prefix, followed by an index, for the exports of the input's mutable globals. */
export const GLOBAL_EXPORT = "kasan:global";

/** `__asan_load8_noabort`, `__hwasan_load8_noabort` …: the checks that are inlined. */
const CHECK = /^__(?:hw)?asan_(inline_)?(load|store)(1|2|4|8|16)(_noabort)?$/;

/** What clang calls at each edge of code that is compiled with `-fsanitize-coverage=trace-pc`. */
const TRACE_PC = "__sanitizer_cov_trace_pc";

/** Whether a function is one that the rewriter replaces by code of its own: it needs no definition. */
export const isReplaced = (name: string): boolean =>
  name === TRACE_PC || checkOf(name) !== undefined || comparisonOf(name) !== undefined;

/** Whether a module counts the edges that it passes. */
export const countsEdges = ({ importedFunctions }: WasmModule): boolean =>
  importedFunctions.some(({ name }) => name === TRACE_PC);

/** An inlined check. */
export interface Check {
  /** Size of the access. */
  readonly bytes: number;
  /** Whether the access is a store. */
  readonly write: boolean;
  /** Whether to emit what a compiler's own inline check would do, instead of what the kernel's function does. */
  readonly inline: boolean;
}

/** The check that a function performs; undefined for other functions. */
function checkOf(name: string): Check | undefined {
  const match = CHECK.exec(name);
  return match ? { bytes: Number(match[3]), write: match[2] === "store", inline: match[1] !== undefined } : undefined;
}

/**
 * The kernel function that a call refers to: with software tags and inline checks, the names in calls contain {@link INLINE_TAGS}.
 */
export const calledFunction = (name: string): string =>
  name.startsWith(INLINE_TAGS) ? `__hwasan_${name.slice(INLINE_TAGS.length)}` : name;

/**
 * Rewrites a wasm64 module so that an engine without memory64 can run it on the machine's buffer:
 *
 * - each load, store and atomic becomes a look-up in the CPU's TLB, followed by an access to the buffer or, on a miss, a call of
 *   the runtime
 * - calls of `__asan_load8_noabort` and similar functions become inline look-ups of the shadow byte
 * - calls of `__sanitizer_cov_trace_pc` become increments of the edge's counter, those of `__sanitizer_cov_trace_cmp8` and similar
 *   functions records in a log; where edges are counted, so are calls of `memcmp`, `strcmp` and the like
 * - memory.copy and memory.fill become calls of the runtime
 * - calls through pointers convert the pointer, an address, to a table index
 * - each call leaves its return address on the call stack in the buffer
 * - the C stack pointer is kept in the buffer; imported addresses become constants
 * - each loop and function entry checks for interrupts of the CPU
 *
 * The loader writes data segments through the MMU. Time and space are linear in the input.
 *
 * @throws GuestError `WASM_MALFORMED`, `WASM_UNSUPPORTED`
 */
export function rewriteModule(
  module: WasmModule,
  options: RewriteOptions,
  memoryPages: number,
): Uint8Array<ArrayBuffer> {
  return new ModuleRewriter(module, options, memoryPages).rewrite();
}

class ModuleRewriter {
  private readonly module: WasmModule;
  private readonly options: RewriteOptions;
  private readonly memoryPages: number;
  private readonly types: TypeTable;
  private readonly imports = new Writer();
  private importedFunctions = 0;
  private readonly runtimeIndex = new Map<string, number>();
  private readonly calls: CallTarget[] = [];
  private readonly globals: GlobalTarget[] = [];

  constructor(module: WasmModule, options: RewriteOptions, memoryPages: number) {
    this.module = module;
    this.options = options;
    this.memoryPages = memoryPages;
    this.types = new TypeTable(module.types);
  }

  rewrite(): Uint8Array<ArrayBuffer> {
    this.bindFunctions();
    this.bindGlobals();
    const code = this.code();
    const imports = new Writer().u32(this.importedFunctions + 2).raw(this.imports.bytes);
    writeMemoryImport(imports, this.memoryPages);
    imports.name("env").name("table").u8(1).u8(Type.funcref).u8(0).u32(0);
    const out = new Writer(this.module.bytes.length * 2).raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    out.section(1, this.types.write()).section(2, imports).section(3, this.functionSection());
    out.section(6, this.globalSection()).section(7, this.exportSection()).section(9, this.elementSection());
    out.section(10, code).section(0, this.nameSection());
    return out.bytes.slice();
  }

  /** Writes function names, so that an engine's own stack traces and debuggers show them. */
  private nameSection(): Writer {
    const names = new Writer();
    let count = 0;
    this.module.functions.forEach((_, i) => {
      const name = this.module.functionNames.get(this.module.importedFunctions.length + i);
      if (name === undefined) return;
      names.u32(this.importedFunctions + i).name(name);
      count++;
    });
    const functions = new Writer().u32(count).raw(names.bytes);
    return new Writer().name("name").section(1, functions);
  }

  private importFunction(module: string, name: string, type: number): number {
    this.imports.name(module).name(name).u8(0).u32(type);
    return this.importedFunctions++;
  }

  /** Runtime functions come first, then the guest's imports, then its own functions: all are renumbered once. */
  private bindFunctions(): void {
    const { module, options } = this;
    for (const [name, spec] of Object.entries(RUNTIME_FUNCTIONS)) {
      this.runtimeIndex.set(name, this.importFunction(RUNTIME, name, this.types.index(spec.params, spec.results)));
    }
    for (const { name, type } of module.importedFunctions) {
      const check = checkOf(name);
      const comparison = comparisonOf(name);
      if (check) this.calls.push({ kind: "check", ...check });
      else if (name === TRACE_PC) this.calls.push({ kind: "edge" });
      else if (comparison) this.calls.push({ kind: "comparison", ...comparison });
      else {
        const target = options.resolveFunction(calledFunction(name));
        const index = this.importFunction(target.module, target.name, type);
        this.calls.push({ kind: "function", index, bytes: this.byteComparison(name, type) });
      }
    }
    module.functions.forEach((type, i) => {
      const name = module.functionNames.get(module.importedFunctions.length + i);
      this.calls.push({ kind: "function", index: this.importedFunctions + i, bytes: this.byteComparison(name, type) });
    });
  }

  private byteComparison(name: string | undefined, type: number): ByteComparison | undefined {
    return this.options.comparisons ? byteComparisonOf(name, this.module.types[type].params) : undefined;
  }

  private bindGlobals(): void {
    const { module, options } = this;
    for (const { module: from, name, type } of module.importedGlobals) {
      if (from === "env" && name === "__stack_pointer") this.globals.push({ kind: "stack-pointer" });
      else this.globals.push({ kind: "constant", type, value: this.importedValue(from, name, options) });
    }
    module.globals.forEach((_, index) => {
      this.globals.push({ kind: "global", index });
    });
  }

  private importedValue(from: string, name: string, options: RewriteOptions): bigint {
    if (from === "env" && name === "__memory_base") return options.memoryBase;
    if (from === "env" && name === "__table_base") return options.functionPointerBase + BigInt(options.tableStart);
    if (from === "env" && name === "__table_base32") return BigInt(options.tableStart);
    return options.resolveAddress(from, name);
  }

  /** The value of a constant expression; wraps at 64 bits. */
  private evaluate(expression: ConstantExpression): bigint {
    let { value } = expression;
    for (const index of expression.globals) {
      const target = this.globals[index];
      if (target?.kind !== "constant")
        throw new GuestError("WASM_MALFORMED", `an initial value that uses global ${index}`);
      value += target.value;
    }
    return BigInt.asUintN(64, value);
  }

  private functionSection(): Writer {
    const out = new Writer().u32(this.module.functions.length);
    for (const type of this.module.functions) out.u32(type);
    return out;
  }

  private globalSection(): Writer {
    const out = new Writer().u32(this.module.globals.length);
    for (const { type, mutable, init } of this.module.globals) {
      const value = this.evaluate(init);
      out.u8(type).u8(mutable ? 1 : 0);
      if (type === Type.i64) out.u8(0x42).s64(value);
      else out.u8(0x41).s32(Number(BigInt.asIntN(32, value)));
      out.u8(0x0b);
    }
    return out;
  }

  private functionIndex(index: number): number {
    const target = this.calls[index];
    if (target?.kind !== "function")
      throw new GuestError("WASM_MALFORMED", `a reference to function ${index}, which is none`);
    return target.index;
  }

  /**
   * Exports functions as before. Exported addresses are left to the loader, which has the original module: they are offsets.
   * Mutable globals, of which each instance has its own copy, can be read and set.
   */
  private exportSection(): Writer {
    const out = new Writer();
    let count = 0;
    for (const { name, kind, index } of this.module.exports) {
      if (kind !== "function") continue;
      out.name(name).u8(0).u32(this.functionIndex(index));
      count++;
    }
    if (this.module.start >= 0) {
      out.name(START_EXPORT).u8(0).u32(this.functionIndex(this.module.start));
      count++;
    }
    this.module.globals.forEach(({ mutable }, index) => {
      if (!mutable) return;
      out.name(`${GLOBAL_EXPORT}${index}`).u8(3).u32(index);
      count++;
    });
    return new Writer().u32(count).raw(out.bytes);
  }

  private elementSection(): Writer {
    const out = new Writer().u32(this.module.elements.length);
    for (const { offset, functions } of this.module.elements) {
      const slot = this.evaluate(offset) - this.options.functionPointerBase;
      out
        .u32(0)
        .u8(0x41)
        .s32(Number(BigInt.asIntN(32, slot < 0n ? slot + this.options.functionPointerBase : slot)))
        .u8(0x0b);
      out.u32(functions.length);
      for (const index of functions) out.u32(this.functionIndex(index));
    }
    return out;
  }

  private code(): Writer {
    const { module, options } = this;
    const out = new Writer(module.bytes.length * 2).u32(module.bodies.length);
    const rewriter = new FunctionRewriter({
      module,
      options,
      calls: this.calls,
      globals: this.globals,
      runtime: (name) => this.runtimeIndex.get(name) as number,
    });
    module.bodies.forEach((body, i) => {
      rewriter.rewrite(body, module.types[module.functions[i]].params.length, out);
    });
    return out;
  }
}
