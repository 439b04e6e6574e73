import { ACCESS_SHADOW, ACCESS_WRITE, CROSSES_PAGES } from "@kasan/kernel";
import { ACCESS_BYTES, LOAD_FIRST, Op, STORE_FIRST, STORE_LAST, Type } from "../../wasm/opcodes.ts";
import { logComparison } from "../comparisons.ts";
import type { Emitter, FunctionSpec } from "../emitter.ts";
import { RUNTIME } from "../layout.ts";
import { RuntimeBuilder, type RuntimeOptions, type ServiceSpec } from "./builder.ts";
import { check, checkRange, checkTagRange, checkTags } from "./checks.ts";
import { HOST, RUNTIME_FUNCTIONS } from "./functions.ts";
import { shortMemory, shortMemoryFunction } from "./memory.ts";
import { shortTagMemory, taggedFunctions } from "./tags.ts";

const { i32, i64 } = Type;

const MEMORY_FUNCTION = /^(__asan_|__hwasan_|__)?mem(cpy|move|set)$/;

/** The type of a function outside wasm: each i64 becomes two i32; the upper half of an i64 result is stored in the CPU's state. */
function flatten(spec: FunctionSpec): FunctionSpec {
  return {
    params: spec.params.flatMap((type) => (type === i64 ? [i32, i32] : [type])),
    results: spec.results.map((type) => (type === i64 ? i32 : type)),
  };
}

/**
 * Builds the wasm module that all guests of one CPU share: slow paths of accesses and checks, and wrappers of kernel functions that
 * split 64-bit values, so that no BigInt is created.
 */
export function buildRuntime(options: RuntimeOptions): Uint8Array<ArrayBuffer> {
  const runtime = new RuntimeBuilder(options);
  const { services, tagged, tagStorage } = options;
  for (const [name, spec] of Object.entries(HOST)) runtime.import(RUNTIME, name, spec);
  for (const service of services) runtime.import("service", service.name, flatten(service));
  if (tagged) checkTagRange(runtime);
  else checkRange(runtime);
  if (tagStorage !== undefined) taggedFunctions(runtime, tagStorage);
  shortMemory(runtime, true);
  shortMemory(runtime, false);
  slowPaths(runtime);
  for (const service of services) wrap(runtime, service);
  return runtime.finish();
}

function slowPaths(runtime: RuntimeBuilder): void {
  slowPath(runtime, "translate", [i32], (out) => {
    miss(runtime, out, 4, () => out.get(1));
  });
  slowPath(runtime, "translateShadow", [], (out) => {
    runtime.halves(out, 0).get(1).i32(ACCESS_SHADOW).op(Op.i32Or);
    runtime.host(out, "miss");
  });
  for (let op = STORE_FIRST; op <= STORE_LAST; op++) store(runtime, op);
  slowPath(runtime, "check", [i64, i64, i64, i32], (out) =>
    runtime.options.tagged ? checkTags(runtime, out) : check(runtime, out),
  );
  for (const name of ["attention", "stackOverflow"] as const) {
    slowPath(runtime, name, [], (out) => runtime.host(out, name));
  }
  runtime.define("compare", RUNTIME_FUNCTIONS["compare"], [i32], (out) =>
    logComparison(out, runtime.options.comparisons, 3),
  );
  runtime.define("compareBytes", RUNTIME_FUNCTIONS["compareBytes"], [], (out) => {
    for (const local of [0, 1, 2]) runtime.halves(out, local);
    out.get(3);
    runtime.host(out, "compareBytes");
  });
  slowPath(runtime, "badCall", [], (out) => {
    runtime.halves(out, 0);
    runtime.host(out, "badCall");
  });
  slowPath(runtime, "copy", [], (out) => {
    out.get(0).get(1).get(2).call(runtime.internal("shortCopy")).op(Op.i32Eqz).if();
    for (const local of [0, 1, 2]) runtime.halves(out, local);
    runtime.host(out, "copy");
    out.end();
  });
  slowPath(runtime, "fill", [], (out) => {
    out.get(0).get(1).get(2).call(runtime.internal("shortFill")).op(Op.i32Eqz).if();
    runtime.halves(out, 0).get(1);
    runtime.halves(out, 2);
    runtime.host(out, "fill");
    out.end();
  });
}

/** Emits a function of {@link RUNTIME_FUNCTIONS}, which records its caller's slot and pc and removes them afterwards. */
function slowPath(runtime: RuntimeBuilder, name: string, locals: number[], body: (out: Emitter) => void): void {
  const spec = RUNTIME_FUNCTIONS[name];
  const frame = spec.params.length - 2;
  const { callStackTop } = runtime.options.cpu;
  runtime.define(name, spec, locals, (out) => {
    out
      .get(frame)
      .get(frame + 1)
      .memory(Op.i32Store);
    out.i32(0).get(frame).i32(4).op(Op.i32Add).memory(Op.i32Store, callStackTop);
    body(out);
    out.i32(0).get(frame).memory(Op.i32Store, callStackTop);
  });
}

/**
 * Leaves the buffer offset of an access that missed. The address is in local 0; `kind` pushes bytes and ACCESS_ flags. With tags,
 * misses because of a lack of alignment or a match-all pointer are handled here. `scratch`: a local.
 */
function miss(runtime: RuntimeBuilder, out: Emitter, scratch: number, kind: () => void): void {
  const outside = () => {
    runtime.halves(out, 0);
    kind();
    runtime.host(out, "miss");
  };
  if (runtime.options.tagStorage === undefined) return outside();
  out.get(0);
  kind();
  out.call(runtime.internal("taggedOffset")).tee(scratch).i32(-1).op(Op.i32Ne).if(i32).get(scratch).else();
  outside();
  out.end();
}

function store(runtime: RuntimeBuilder, op: number): void {
  const bytes = ACCESS_BYTES[op - LOAD_FIRST];
  const offset = 4;
  slowPath(runtime, `store${op}`, [i32], (out) => {
    miss(runtime, out, offset, () => out.i32(bytes | ACCESS_WRITE));
    out.tee(offset).i32(CROSSES_PAGES).op(0x46).if();
    out.i32(0).get(1).memory(op, runtime.options.cpu.bounce);
    runtime.halves(out, 0).i32(bytes);
    runtime.host(out, "commit");
    out.else();
    out.get(offset).get(1).memory(op);
    out.end();
  });
}

function wrap(runtime: RuntimeBuilder, service: ServiceSpec): void {
  const tagsMemory = service.name === "__hwasan_tag_memory" && runtime.options.tagged;
  runtime.define(`service.${service.name}`, service, tagsMemory ? [i64, i64, i32] : [], (out) => {
    if (MEMORY_FUNCTION.test(service.name)) shortMemoryFunction(runtime, out, service.name);
    if (tagsMemory) shortTagMemory(runtime, out);
    service.params.forEach((type, i) => {
      if (type === i64) runtime.halves(out, i);
      else out.get(i);
    });
    out.call(runtime.imported("service", service.name));
    if (service.results[0] === i64) {
      out
        .op(Op.i64ExtendI32U)
        .i32(0)
        .memory(Op.i64Load32U, runtime.options.cpu.resultHigh)
        .i64(32n)
        .op(Op.i64Shl)
        .op(Op.i64Or);
    }
  });
}
