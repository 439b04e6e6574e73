import { Op } from "../../wasm/opcodes.ts";
import { Writer } from "../../wasm/writer.ts";
import type { ComparisonPlace } from "../comparisons.ts";
import { Emitter, type FunctionSpec, TypeTable, writeLocals, writeMemoryImport } from "../emitter.ts";
import { type RewriteOptions, RUNTIME } from "../layout.ts";
import type { HOST } from "./functions.ts";

/** A kernel function that runs outside wasm, with its C-level signature as value types. */
export interface ServiceSpec extends FunctionSpec {
  readonly name: string;
}

/** Input of {@link buildRuntime}. */
export interface RuntimeOptions
  extends Pick<RewriteOptions, "cpu" | "tlb" | "shadowOffset" | "scaleShift" | "tagged" | "tagStorage"> {
  /** Size of the buffer in units of 64 KiB. */
  readonly memoryPages: number;
  /** Where comparisons are logged; undefined: nowhere. */
  readonly comparisons: ComparisonPlace | undefined;
  /** Kernel functions to wrap: imported from `service` with 64-bit values in halves, exported with their C-level types. */
  readonly services: readonly ServiceSpec[];
}

/** The runtime module under construction: its imports, then its functions. */
export class RuntimeBuilder {
  readonly options: RuntimeOptions;
  private readonly types = new TypeTable();
  private readonly importIndex = new Map<string, number>();
  private readonly imports = new Writer();
  private importCount = 0;
  private readonly functions: { type: number; name: string; body: Emitter; locals: number[] }[] = [];

  constructor(options: RuntimeOptions) {
    this.options = options;
  }

  /** Imports a function. Must precede the first {@link RuntimeBuilder.define}. */
  import(module: string, name: string, spec: FunctionSpec): void {
    this.imports.name(module).name(name).u8(0).u32(this.types.index(spec.params, spec.results));
    this.importIndex.set(`${module}.${name}`, this.importCount++);
  }

  /** Index of a function already imported. */
  imported(module: string, name: string): number {
    return this.importIndex.get(`${module}.${name}`) as number;
  }

  /** Index of a function already defined. */
  internal(name: string): number {
    return this.importCount + this.functions.findIndex((defined) => defined.name === name);
  }

  /** Adds a function, exported under its name. `locals`: types of the locals after its parameters. */
  define(name: string, spec: FunctionSpec, locals: number[], body: (out: Emitter) => void): void {
    const out = new Emitter();
    body(out);
    this.functions.push({ type: this.types.index(spec.params, spec.results), name, body: out, locals });
  }

  /** Emits a call of a function outside wasm. */
  host(out: Emitter, name: keyof typeof HOST): void {
    out.call(this.imported(RUNTIME, name));
  }

  /** Pushes a 64-bit local in the form used by functions outside wasm: lower half, upper half. */
  halves(out: Emitter, local: number): Emitter {
    return out.get(local).op(Op.i32WrapI64).get(local).upperHalf();
  }

  /** The module's bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const imports = new Writer().u32(this.importCount + 1).raw(this.imports.bytes);
    writeMemoryImport(imports, this.options.memoryPages);
    const functions = new Writer().u32(this.functions.length);
    const exports = new Writer().u32(this.functions.length);
    const code = new Writer().u32(this.functions.length);
    this.functions.forEach(({ type, name, body, locals }, i) => {
      functions.u32(type);
      exports
        .name(name)
        .u8(0)
        .u32(this.importCount + i);
      const whole = new Writer();
      writeLocals(whole, locals);
      whole.raw(body.bytes).u8(Op.end);
      code.u32(whole.length).raw(whole.bytes);
    });
    const out = new Writer().raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    out.section(1, this.types.write()).section(2, imports).section(3, functions).section(7, exports).section(10, code);
    return out.bytes.slice();
  }
}
