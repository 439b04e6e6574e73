import {
  ACCESS_ATOMIC,
  ACCESS_SHADOW,
  ACCESS_WRITE,
  type CpuLayout,
  CROSSES_PAGES,
  type GuestEntries,
} from "@kasan/kernel";
import { TLB_SLOW_STORE } from "@kasan/mmu";
import {
  ACCESS_BYTES,
  EMPTY_BLOCK,
  LOAD_FIRST,
  Op,
  STORE_FIRST,
  STORE_LAST,
  STORE_TYPE,
  Type,
} from "../wasm/opcodes.ts";
import { Writer } from "../wasm/writer.ts";
import { TAG_GRANULE, TAG_SHIFT } from "./access.ts";
import { Emitter, type FunctionSpec, TypeTable, writeLocals, writeMemoryImport } from "./emitter.ts";
import { RUNTIME, type TlbSizes } from "./layout.ts";

const { i32, i64 } = Type;

/** The functions outside wasm that the runtime module imports from {@link RUNTIME}. */
const HOST: Record<keyof GuestEntries, FunctionSpec> = {
  miss: { params: [i32, i32, i32], results: [i32] },
  commit: { params: [i32, i32, i32], results: [] },
  check: { params: [i32, i32, i32], results: [] },
  attention: { params: [], results: [] },
  badCall: { params: [i32, i32], results: [] },
  stackOverflow: { params: [], results: [] },
  copy: { params: [i32, i32, i32, i32, i32, i32], results: [] },
  fill: { params: [i32, i32, i32, i32, i32], results: [] },
};

/** Signatures of the functions that rewritten code imports from {@link RUNTIME}; the last two are slot and pc. */
export const RUNTIME_FUNCTIONS: Readonly<Record<string, FunctionSpec>> = {
  translate: { params: [i64, i32, i32, i32], results: [i32] },
  translateShadow: { params: [i64, i32, i32, i32], results: [i32] },
  check: { params: [i64, i32, i32, i32], results: [] },
  attention: { params: [i32, i32], results: [] },
  badCall: { params: [i64, i32, i32], results: [] },
  stackOverflow: { params: [i32, i32], results: [] },
  copy: { params: [i64, i64, i64, i32, i32], results: [] },
  fill: { params: [i64, i32, i64, i32, i32], results: [] },
  ...Object.fromEntries(
    Array.from({ length: STORE_LAST - STORE_FIRST + 1 }, (_, i) => [
      `store${STORE_FIRST + i}`,
      { params: [i64, STORE_TYPE[i], i32, i32], results: [] },
    ]),
  ),
};

/** A kernel function that runs outside wasm: its C-level signature, as value types. */
interface ServiceSpec extends FunctionSpec {
  readonly name: string;
}

/** Longest run of bytes that is copied and checked without leaving wasm: beyond, a call outside is cheap beside the work. */
const SHORT = 512n;
const MEMORY_FUNCTION = /^(__asan_|__hwasan_|__)?mem(cpy|move|set)$/;

/** What {@link buildRuntime} is built for. */
export interface RuntimeOptions {
  readonly cpu: CpuLayout;
  readonly tlb: TlbSizes;
  readonly shadowOffset: bigint;
  readonly scaleShift: number;
  /** As of {@link RewriteOptions}. */
  readonly tagged: boolean;
  /** As of {@link RewriteOptions}. */
  readonly tagStorage: number | undefined;
  /** Size of the buffer, 64 KiB units. */
  readonly memoryPages: number;
  /** Kernel functions to wrap: imported from `service` with 64-bit values in halves, exported with their own types. */
  readonly services: readonly ServiceSpec[];
}

/** The type of a function outside wasm: each i64 becomes two i32; an i64 result leaves its upper half in the CPU's state. */
function flatten(spec: FunctionSpec): FunctionSpec {
  return {
    params: spec.params.flatMap((type) => (type === i64 ? [i32, i32] : [type])),
    results: spec.results.map((type) => (type === i64 ? i32 : type)),
  };
}

/**
 * The module of wasm functions that all guests of one CPU share: slow paths of accesses and checks, and wrappers of
 * kernel functions that split 64-bit values, so that no BigInt is made.
 */
export function buildRuntime(options: RuntimeOptions): Uint8Array<ArrayBuffer> {
  return new RuntimeBuilder(options).build();
}

class RuntimeBuilder {
  private readonly options: RuntimeOptions;
  private readonly types = new TypeTable();
  private readonly hostIndex = new Map<string, number>();
  private readonly imports = new Writer();
  private importCount = 0;
  private readonly functions: { type: number; name: string; body: Emitter; locals: number[] }[] = [];

  constructor(options: RuntimeOptions) {
    this.options = options;
  }

  build(): Uint8Array<ArrayBuffer> {
    const { services, memoryPages } = this.options;
    for (const [name, spec] of Object.entries(HOST)) this.import(RUNTIME, name, spec);
    for (const service of services) this.import("service", service.name, flatten(service));
    if (this.options.tagged) this.checkTagRange();
    else this.checkRange();
    if (this.options.tagStorage !== undefined) this.taggedFunctions(this.options.tagStorage);
    this.shortMemory(true);
    this.shortMemory(false);
    this.slowPaths();
    for (const service of services) this.wrap(service);

    const imports = new Writer().u32(this.importCount + 1).raw(this.imports.bytes);
    writeMemoryImport(imports, memoryPages);
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

  private import(module: string, name: string, spec: FunctionSpec): void {
    this.imports.name(module).name(name).u8(0).u32(this.types.index(spec.params, spec.results));
    this.hostIndex.set(`${module}.${name}`, this.importCount++);
  }

  /** Index of a function defined before. */
  private internal(name: string): number {
    return this.importCount + this.functions.findIndex((defined) => defined.name === name);
  }

  private define(name: string, spec: FunctionSpec, locals: number[], body: (out: Emitter) => void): void {
    const out = new Emitter();
    body(out);
    this.functions.push({ type: this.types.index(spec.params, spec.results), name, body: out, locals });
  }

  /** A function of {@link RUNTIME_FUNCTIONS}: makes its caller's slot and pc visible, and takes them back. */
  private slowPath(name: string, locals: number[], body: (out: Emitter) => void): void {
    const spec = RUNTIME_FUNCTIONS[name];
    const frame = spec.params.length - 2;
    const { callStackTop } = this.options.cpu;
    this.define(name, spec, locals, (out) => {
      out
        .get(frame)
        .get(frame + 1)
        .memory(Op.i32Store);
      out.i32(0).get(frame).i32(4).op(Op.i32Add).memory(Op.i32Store, callStackTop);
      body(out);
      out.i32(0).get(frame).memory(Op.i32Store, callStackTop);
    });
  }

  private host(out: Emitter, name: keyof GuestEntries): void {
    out.call(this.hostIndex.get(`${RUNTIME}.${name}`) as number);
  }

  private halves(out: Emitter, local: number): Emitter {
    return out.get(local).op(Op.i32WrapI64).get(local).upperHalf();
  }

  private slowPaths(): void {
    this.slowPath("translate", [i32], (out) => {
      this.miss(out, 4, () => out.get(1));
    });
    this.slowPath("translateShadow", [], (out) => {
      this.halves(out, 0).get(1).i32(ACCESS_SHADOW).op(Op.i32Or);
      this.host(out, "miss");
    });
    for (let op = STORE_FIRST; op <= STORE_LAST; op++) this.store(op);
    this.slowPath("check", [i64, i64, i64, i32], (out) =>
      this.options.tagged ? this.checkTags(out) : this.check(out),
    );
    for (const name of ["attention", "stackOverflow"] as const) {
      this.slowPath(name, [], (out) => this.host(out, name));
    }
    this.slowPath("badCall", [], (out) => {
      this.halves(out, 0);
      this.host(out, "badCall");
    });
    this.slowPath("copy", [], (out) => {
      out.get(0).get(1).get(2).call(this.internal("shortCopy")).op(Op.i32Eqz).if();
      for (const local of [0, 1, 2]) this.halves(out, local);
      this.host(out, "copy");
      out.end();
    });
    this.slowPath("fill", [], (out) => {
      out.get(0).get(1).get(2).call(this.internal("shortFill")).op(Op.i32Eqz).if();
      this.halves(out, 0).get(1);
      this.halves(out, 2);
      this.host(out, "fill");
      out.end();
    });
  }

  /**
   * Leaves the buffer offset of an access that missed: address in local 0, `kind` pushes bytes and ACCESS_ flags. With tags, what
   * missed for being unaligned, or for a pointer that matches all, stays here. `scratch`: a local.
   */
  private miss(out: Emitter, scratch: number, kind: () => void): void {
    const outside = () => {
      this.halves(out, 0);
      kind();
      this.host(out, "miss");
    };
    if (this.options.tagStorage === undefined) return outside();
    out.get(0);
    kind();
    out.call(this.internal("taggedOffset")).tee(scratch).i32(-1).op(Op.i32Ne).if(i32).get(scratch).else();
    outside();
    out.end();
  }

  /**
   * `tagsMatch(address, bytes, target)`: 1 if the granules that `bytes` bytes (1 …) at buffer offset `target` touch have the tag of
   * the pointer `address`, or if it matches all. `taggedOffset(address, kind)`: the buffer offset of an access within a page in
   * the TLB whose tags match, aligned or not; -1 of any other.
   */
  private taggedFunctions(storage: number): void {
    const { dataTlb } = this.options.cpu;
    const tagOf = (out: Emitter, local: number) => out.get(local).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i32WrapI64);
    {
      const [address, bytes, target, end, tag] = [0, 1, 2, 3, 4];
      this.define("tagsMatch", { params: [i64, i32, i32], results: [i32] }, [i32, i32], (out) => {
        tagOf(out, address).tee(tag).i32(15).op(Op.i32And).i32(15).op(Op.i32Eq).if().i32(1).op(Op.return).end();
        out.get(target).get(bytes).op(Op.i32Add).i32(-1).op(Op.i32Add).i32(TAG_GRANULE).op(Op.i32ShrU).set(end);
        out.get(target).i32(TAG_GRANULE).op(Op.i32ShrU).set(target);
        out.block().op(Op.loop).u8(EMPTY_BLOCK);
        out.get(target).get(end).op(Op.i32GtU).brIf(1);
        out.get(target).memory(Op.i32Load8U, storage).get(tag).op(Op.i32Ne).if().i32(0).op(Op.return).end();
        out.get(target).i32(1).op(Op.i32Add).set(target).br(0).end().end();
        out.i32(1);
      });
    }
    const [address, kind, entry, bytes, tag] = [0, 1, 2, 3, 4];
    this.define("taggedOffset", { params: [i64, i32], results: [i32] }, [i32, i32, i64], (out) => {
      const fail = () => out.if().i32(-1).op(Op.return).end();
      // An atomic access that is not aligned faults.
      out.get(kind).i32(ACCESS_ATOMIC).op(Op.i32And);
      fail();
      out.get(kind).i32(0xff).op(Op.i32And).set(bytes);
      out.tlbOffset(address, this.options.tlb.data).tee(entry).memory(Op.i64Load, dataTlb).set(tag);
      out.get(address).get(bytes).op(Op.i64ExtendI32U).op(Op.i64Add).i64(-1n).op(Op.i64Add);
      out
        .get(tag)
        .op(Op.i64Xor)
        .i64(8n)
        .op(Op.i64Shl)
        .i64(-4096n << 8n)
        .op(Op.i64And)
        .i64(0n)
        .op(Op.i64Ne);
      fail();
      out.get(kind).i32(ACCESS_WRITE).op(Op.i32And).op(Op.i32Eqz).op(Op.i32Eqz);
      out.get(tag).op(Op.i32WrapI64).i32(TLB_SLOW_STORE).op(Op.i32And).op(Op.i32Eqz).op(Op.i32Eqz).op(Op.i32And);
      fail();
      out
        .get(entry)
        .memory(Op.i32Load, dataTlb + 8)
        .get(address)
        .op(Op.i32WrapI64)
        .op(Op.i32Add)
        .set(entry);
      out.get(address).get(tag).op(Op.i64Xor).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i64Eqz);
      out.if().get(entry).op(Op.return).end();
      out.get(address).get(bytes).get(entry).call(this.internal("tagsMatch"));
      out.if().get(entry).op(Op.return).end();
      out.i32(-1);
    });
  }

  private store(op: number): void {
    const bytes = ACCESS_BYTES[op - LOAD_FIRST];
    const offset = 4;
    this.slowPath(`store${op}`, [i32], (out) => {
      this.miss(out, offset, () => out.i32(bytes | ACCESS_WRITE));
      out.tee(offset).i32(CROSSES_PAGES).op(0x46).if();
      out.i32(0).get(1).memory(op, this.options.cpu.bounce);
      this.halves(out, 0).i32(bytes);
      this.host(out, "commit");
      out.else();
      out.get(offset).get(1).memory(op);
      out.end();
    });
  }

  /**
   * The exact check of an access that spans at most two granules whose shadow is in the TLB; all else goes outside.
   *
   *     good = (first == last || shadow[first] == 0) && (shadow[last] == 0 || (end & mask) < (signed) shadow[last])
   */
  private check(out: Emitter): void {
    const { cpu, shadowOffset, scaleShift } = this.options;
    const [address, kind] = [0, 1];
    const [end, first, last, slot] = [4, 5, 6, 7];
    const toShadow = (from: number, to: number) =>
      out.get(from).i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).set(to);
    const shadowByte = (shadow: number) => {
      out
        .get(slot)
        .memory(Op.i32Load, cpu.shadowTlb + 8)
        .get(shadow)
        .op(Op.i32WrapI64)
        .op(Op.i32Add);
      return out.memory(Op.i32Load8S);
    };
    out.block().block();
    out
      .get(address)
      .get(kind)
      .i32(0xff)
      .op(Op.i32And)
      .op(Op.i64ExtendI32U)
      .op(Op.i64Add)
      .i64(-1n)
      .op(Op.i64Add)
      .set(end);
    toShadow(address, first);
    toShadow(end, last);
    out.get(last).get(first).op(Op.i64Sub).i64(1n).op(Op.i64GtU).brIf(0);
    out.tlbOffset(first, this.options.tlb.shadow).set(slot);
    out
      .get(last)
      .get(slot)
      .memory(Op.i64Load, cpu.shadowTlb)
      .op(Op.i64Xor)
      .i64(4096n)
      .op(Op.i64LtU)
      .op(Op.i32Eqz)
      .brIf(0);
    out.get(first).get(last).op(Op.i64Ne).if();
    shadowByte(first).brIf(1);
    out.end();
    shadowByte(last).op(Op.i32Eqz).brIf(1);
    out
      .get(end)
      .op(Op.i32WrapI64)
      .i32((1 << scaleShift) - 1)
      .op(Op.i32And);
    shadowByte(last).op(Op.i32LtS).brIf(1);
    out.end();
    this.halves(out, address).get(kind);
    this.host(out, "check");
    out.end();
  }

  /**
   * `checkRange(address, bytes)`: 1 if all bytes (1 … {@link SHORT}) are accessible by shadow in the TLB, 0 if they are not or
   * if that is not known.
   */
  private checkRange(): void {
    const { cpu, shadowOffset, scaleShift } = this.options;
    const [address, bytes, end, at, last, from, to] = [0, 1, 2, 3, 4, 5, 6];
    this.define("checkRange", { params: [i64, i64], results: [i32] }, [i64, i64, i64, i32, i32], (out) => {
      const toShadow = (source: number, target: number) =>
        out.get(source).i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).set(target);
      out.get(address).get(bytes).op(Op.i64Add).i64(-1n).op(Op.i64Add).set(end);
      toShadow(address, at);
      toShadow(end, last);
      out.tlbOffset(at, this.options.tlb.shadow).set(from);
      out.get(last).get(from).memory(Op.i64Load, cpu.shadowTlb).op(Op.i64Xor).i64(4096n).op(Op.i64LtU).op(Op.i32Eqz);
      out.if().i32(0).op(Op.return).end();
      out
        .get(from)
        .memory(Op.i32Load, cpu.shadowTlb + 8)
        .get(at)
        .op(Op.i32WrapI64)
        .op(Op.i32Add)
        .tee(from);
      out.get(last).get(at).op(Op.i64Sub).op(Op.i32WrapI64).op(Op.i32Add).set(to);
      out.block().op(Op.loop).u8(EMPTY_BLOCK);
      out.get(from).get(to).op(Op.i32GeU).brIf(1);
      out.get(from).memory(Op.i32Load8U).if().i32(0).op(Op.return).end();
      out.get(from).i32(1).op(Op.i32Add).set(from).br(0).end().end();
      out.get(to).memory(Op.i32Load8S).tee(to).op(Op.i32Eqz);
      out
        .get(end)
        .op(Op.i32WrapI64)
        .i32((1 << scaleShift) - 1)
        .op(Op.i32And)
        .get(to)
        .op(Op.i32LtS)
        .op(Op.i32Or);
    });
  }

  /** The exact check of an access that spans at most two granules whose tags are in the TLB; all else goes outside. */
  private checkTags(out: Emitter): void {
    const [address, kind] = [0, 1];
    out.block();
    out.get(address).get(kind).i32(0xff).op(Op.i32And).op(Op.i64ExtendI32U);
    out.call(this.internal("checkRange")).brIf(0);
    this.halves(out, address).get(kind);
    this.host(out, "check");
    out.end();
  }

  /**
   * {@link checkRange} of the tag-based modes: 1 if all granules of the bytes have the pointer's tag by shadow in the TLB, or
   * if it matches all.
   */
  private checkTagRange(): void {
    const { cpu, shadowOffset, scaleShift, tlb } = this.options;
    const [pointer, bytes, at, last, from, to, tag] = [0, 1, 2, 3, 4, 5, 6];
    this.define("checkRange", { params: [i64, i64], results: [i32] }, [i64, i64, i32, i32, i32], (out) => {
      const yes = () => out.i32(1).op(Op.return);
      const toShadow = (target: number) =>
        out.untag().i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).set(target);
      out.get(pointer).i64(56n).op(Op.i64ShrU).op(Op.i32WrapI64).tee(tag).i32(0xff).op(Op.i32Eq).if();
      yes().end();
      out.get(pointer);
      toShadow(at);
      out.get(pointer).get(bytes).op(Op.i64Add).i64(-1n).op(Op.i64Add);
      toShadow(last);
      out.tlbOffset(at, tlb.shadow).set(from);
      out.get(last).get(from).memory(Op.i64Load, cpu.shadowTlb).op(Op.i64Xor).i64(4096n).op(Op.i64LtU).op(Op.i32Eqz);
      out.if().i32(0).op(Op.return).end();
      out
        .get(from)
        .memory(Op.i32Load, cpu.shadowTlb + 8)
        .get(at)
        .op(Op.i32WrapI64)
        .op(Op.i32Add)
        .tee(from);
      out.get(last).get(at).op(Op.i64Sub).op(Op.i32WrapI64).op(Op.i32Add).set(to);
      out.block().op(Op.loop).u8(EMPTY_BLOCK);
      out.get(from).get(to).op(Op.i32GtU).brIf(1);
      out.get(from).memory(Op.i32Load8U).get(tag).op(Op.i32Ne).if().i32(0).op(Op.return).end();
      out.get(from).i32(1).op(Op.i32Add).set(from).br(0).end().end();
      out.i32(1);
    });
  }

  /**
   * `shortCopy(to, from, bytes)` and `shortFill(to, value, bytes)`: do it and return 1, if the bytes are few and each page is in the
   * TLB; else do nothing and return 0.
   */
  private shortMemory(copies: boolean): void {
    const { dataTlb } = this.options.cpu;
    const [to, from, count, entry, target, difference] = [0, 1, 2, 3, 4, 5];
    const params = [i64, copies ? i64 : i32, i64];
    this.define(copies ? "shortCopy" : "shortFill", { params, results: [i32] }, [i32, i32, i64, i64, i64], (out) => {
      const lastByte = (address: number) => out.get(address).get(count).op(Op.i64Add).i64(-1n).op(Op.i64Add);
      const offset = (address: number) => {
        out.get(entry).memory(Op.i32Load, dataTlb + 8);
        return out.get(address).op(Op.i32WrapI64).op(Op.i32Add);
      };
      const fail = () => out.if().i32(0).op(Op.return).end();
      const tagged = this.options.tagStorage !== undefined;
      /** Looks an address up. */
      const look = (address: number) => {
        out.tlbOffset(address, this.options.tlb.data).set(entry);
        if (!tagged) return;
        out.get(pointerOf(address)).get(entry).memory(Op.i64Load, dataTlb).op(Op.i64Xor).set(difference);
      };
      /** The bytes at an address, which hit, must have its tag, unless the entry says that its pointer needs no comparison. */
      const compare = (address: number, at: number) => {
        if (!tagged) return;
        out.get(difference).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i64Eqz).op(Op.i32Eqz).if();
        out.get(pointerOf(address)).get(count).op(Op.i32WrapI64).get(at).call(this.internal("tagsMatch")).op(Op.i32Eqz);
        fail();
        out.end();
      };
      // With tags compared, pointers are kept as they were.
      const pointerOf = (address: number) => (address === to ? 6 : 7);
      if (tagged) for (const address of copies ? [to, from] : [to]) out.get(address).set(pointerOf(address));
      if (this.options.tagged) for (const address of copies ? [to, from] : [to]) out.get(address).untag().set(address);
      out
        .get(count)
        .i64(-1n)
        .op(Op.i64Add)
        .i64(SHORT - 1n)
        .op(Op.i64GtU);
      fail();
      look(to);
      lastByte(to).i64(-4096n).op(Op.i64And).get(entry).memory(Op.i64Load, dataTlb);
      // Entries may have a tag; the pointers here have none any more.
      if (tagged) out.op(Op.i64Xor).i64(8n).op(Op.i64Shl).op(Op.i64Eqz).op(Op.i32Eqz);
      else out.op(Op.i64Ne);
      fail();
      offset(to).set(target);
      compare(to, target);
      if (copies) {
        look(from);
        lastByte(from).get(entry).memory(Op.i64Load, dataTlb).op(Op.i64Xor);
        if (tagged) out.untag();
        out.i64(4096n).op(Op.i64LtU).op(Op.i32Eqz);
        fail();
        offset(from).set(entry);
        compare(from, entry);
        this.tinyCopies(out, { count, source: entry, target, first: 5 });
      }
      out
        .get(target)
        .get(copies ? entry : from)
        .get(count)
        .op(Op.i32WrapI64)
        .u8(Op.prefixFC);
      if (copies) out.u32(10).u8(0).u8(0);
      else out.u32(11).u8(0);
      out.i32(1);
    });
  }

  /**
   * Copies of 4 to 16 bytes: first and last words, which may overlap, so that the engine's bulk copy, a call, is not needed.
   * Both are loaded before either is stored, so overlapping ranges come out right.
   */
  private tinyCopies(out: Emitter, locals: { count: number; source: number; target: number; first: number }): void {
    const { count, source, target, first } = locals;
    const last = (base: number, bytes: number) =>
      out.get(base).get(count).op(Op.i32WrapI64).op(Op.i32Add).i32(-bytes).op(Op.i32Add);
    for (const [bytes, load, store] of [
      [4, Op.i64Load32U, Op.i64Store32],
      [8, Op.i64Load, Op.i64Store],
    ]) {
      // bytes <= count <= 2 * bytes
      out.get(count).i64(BigInt(bytes)).op(Op.i64Sub).i64(BigInt(bytes)).op(Op.i64LeU).if();
      out.get(source).memory(load).set(first);
      last(target, bytes);
      last(source, bytes).memory(load).memory(store);
      out.get(target).get(first).memory(store);
      out.i32(1).op(Op.return).end();
    }
  }

  /** memcpy, memmove and memset: in place if they are short and, for the checked ones, all shadow is good. */
  private shortMemoryFunction(out: Emitter, name: string): void {
    const [to, from, count] = [0, 1, 2];
    const copies = !name.endsWith("set");
    out.block();
    if (/^__(hw)?asan_/.test(name)) {
      out
        .get(count)
        .i64(-1n)
        .op(Op.i64Add)
        .i64(SHORT - 1n)
        .op(Op.i64GtU)
        .brIf(0);
      for (const address of copies ? [from, to] : [to]) {
        out.get(address).get(count).call(this.internal("checkRange")).op(Op.i32Eqz).brIf(0);
      }
    }
    out
      .get(to)
      .get(from)
      .get(count)
      .call(this.internal(copies ? "shortCopy" : "shortFill"))
      .op(Op.i32Eqz)
      .brIf(0);
    out.get(to).op(Op.return).end();
  }

  /**
   * Writes the tag of a short variable on the stack, as each frame does on entry and exit, and returns; if a page of shadow is not in
   * the TLB for stores, goes on. Locals 3 to 5 are free.
   */
  private shortTagMemory(out: Emitter): void {
    const { cpu, shadowOffset, scaleShift, tlb } = this.options;
    const [pointer, tag, bytes, at, last, target] = [0, 1, 2, 3, 4, 5];
    const toShadow = () => out.untag().i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add);
    out.block();
    out.get(bytes).i64(-1n).op(Op.i64Add).tee(last).i64(SHORT).op(Op.i64GeU).brIf(0);
    // The compiler aligns what it tags.
    out
      .get(pointer)
      .i64((1n << BigInt(scaleShift)) - 1n)
      .op(Op.i64And)
      .i64(0n)
      .op(Op.i64Ne)
      .brIf(0);
    out.get(pointer);
    toShadow().set(at);
    out.get(pointer).get(last).op(Op.i64Add);
    toShadow().tee(last);
    out.i64(-4096n).op(Op.i64And).tlbOffset(at, tlb.shadow).tee(target).memory(Op.i64Load, cpu.shadowTlb);
    out.op(Op.i64Ne).brIf(0);
    out
      .get(target)
      .memory(Op.i32Load, cpu.shadowTlb + 8)
      .get(at)
      .op(Op.i32WrapI64)
      .op(Op.i32Add)
      .set(target);
    out.op(Op.loop).u8(EMPTY_BLOCK).get(target).get(tag).memory(Op.i32Store8);
    out.get(target).i32(1).op(Op.i32Add).set(target);
    out.get(at).i64(1n).op(Op.i64Add).tee(at).get(last).op(Op.i64LeU).brIf(0).end();
    out.op(Op.return).end();
  }

  private wrap(service: ServiceSpec): void {
    const tagsMemory = service.name === "__hwasan_tag_memory" && this.options.tagged;
    this.define(`service.${service.name}`, service, tagsMemory ? [i64, i64, i32] : [], (out) => {
      if (MEMORY_FUNCTION.test(service.name)) this.shortMemoryFunction(out, service.name);
      if (tagsMemory) this.shortTagMemory(out);
      service.params.forEach((type, i) => {
        if (type === i64) this.halves(out, i);
        else out.get(i);
      });
      out.call(this.hostIndex.get(`service.${service.name}`) as number);
      if (service.results[0] === i64) {
        out
          .op(Op.i64ExtendI32U)
          .i32(0)
          .memory(Op.i64Load32U, this.options.cpu.resultHigh)
          .i64(32n)
          .op(Op.i64Shl)
          .op(Op.i64Or);
      }
    });
  }
}
