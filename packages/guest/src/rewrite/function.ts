import { GuestError } from "../error.ts";
import type { Body, WasmModule } from "../wasm/module.ts";
import {
  ACCESS_BYTES,
  ATOMIC_BYTES,
  ATOMIC_FENCE,
  ATOMIC_FIRST,
  ATOMIC_LAST,
  LOAD_FIRST,
  LOAD_LAST,
  Op,
  STORE_FIRST,
  STORE_LAST,
  STORE_TYPE,
  Type,
} from "../wasm/opcodes.ts";
import { Reader } from "../wasm/reader.ts";
import type { Writer } from "../wasm/writer.ts";
import { rewriteAtomic, rewriteCheck, rewriteLoad, rewriteStore } from "./access.ts";
import { type ByteComparison, Comparing, type ComparisonCall } from "./comparisons.ts";
import { Emitter } from "./emitter.ts";
import type { RewriteOptions } from "./layout.ts";
import type { Check } from "./rewrite.ts";

/** The replacement of a call to an imported function: a call of the output's function, an inline check, or a note of what runs. */
export type CallTarget =
  | { readonly kind: "function"; readonly index: number; readonly bytes: ByteComparison | undefined }
  | { readonly kind: "edge" }
  | ({ readonly kind: "comparison" } & ComparisonCall)
  | ({ readonly kind: "check" } & Check);

/** The replacement of a `global.get`. */
export type GlobalTarget =
  | { readonly kind: "constant"; readonly type: number; readonly value: bigint }
  | { readonly kind: "stack-pointer" }
  | { readonly kind: "global"; readonly index: number };

/** Data shared by all functions of a module during rewriting. */
export interface ModuleContext {
  readonly module: WasmModule;
  readonly options: RewriteOptions;
  readonly calls: readonly CallTarget[];
  readonly globals: readonly GlobalTarget[];
  readonly runtime: (name: string) => number;
}

/** Quotients and remainders, signed and unsigned: the instructions that trap on a zero divisor. */
const DIVISIONS = new Set([0, 1, 2, 3].flatMap((kind) => [Op.i32DivS + kind, Op.i64DivS + kind]));

/** More locals than this occur only in malicious modules. */
const MAX_LOCALS = 50_000;

/** Rewrites one function body; see `rewrite.ts` for the replacements. */
export class FunctionRewriter {
  readonly out = new Emitter(4096);
  readonly options: RewriteOptions;
  private readonly context: ModuleContext;
  private readonly reader: Reader;
  private readonly scratchLocals = new Map<string, number>();
  private scratchTypes: number[] = [];
  private firstScratch = 0;
  private frame = -1;
  /**
   * Program counter of the instruction being rewritten, as a call-stack word. It is the instruction's end, like a return address.
   */
  private pc = 0;
  /** Whether the function's edges are counted. Its first is at its entry. */
  private counts = false;
  /** Position up to which the input has been copied or replaced. */
  private copied = 0;
  private readonly shadowLocals = new Set<number>();
  /** Position after an instruction that left a shadow address on the stack, or -1. */
  private shadowOnStack = -1;

  constructor(context: ModuleContext) {
    this.context = context;
    this.options = context.options;
    this.reader = new Reader(context.module.bytes);
  }

  runtime(name: string): number {
    return this.context.runtime(name);
  }

  /** A local of the rewriter, used only within one replaced instruction. `slot` distinguishes those of one type. */
  scratch(type: number, slot: number): number {
    const key = `${type}.${slot}`;
    let index = this.scratchLocals.get(key);
    if (index === undefined) {
      index = this.firstScratch + this.scratchTypes.length;
      this.scratchTypes.push(type);
      this.scratchLocals.set(key, index);
    }
    return index;
  }

  /** The local with the function's call-stack slot; the prologue loads it if it is used. */
  private frameLocal(): number {
    if (this.frame < 0) {
      this.frame = this.scratch(Type.i32, 9);
    }
    return this.frame;
  }

  /** Pushes the call-stack slot and the program counter: the last two arguments of every runtime function. */
  site(): void {
    this.out.get(this.frameLocal()).i32(this.pc);
  }

  /** Appends the rewritten body to `target`, preceded by its size. */
  rewrite(body: Body, paramCount: number, target: Writer): void {
    const { reader, out } = this;
    reader.position = body.start;
    reader.end = body.end;
    out.clear();
    this.scratchLocals.clear();
    this.shadowLocals.clear();
    this.shadowOnStack = -1;
    this.scratchTypes = [];
    this.frame = -1;
    this.counts = false;
    const declared = this.readLocals();
    this.firstScratch = paramCount + declared.count;
    this.copied = reader.position;
    while (reader.position < body.end) this.instruction();
    this.copyTo(body.end);

    const head = new Emitter();
    head.u32(declared.runs.length + this.scratchTypes.length);
    for (const [count, type] of declared.runs) head.u32(count).u8(type);
    for (const type of this.scratchTypes) head.u32(1).u8(type);
    if (this.frame >= 0) this.prologue(head, body.start);
    target
      .u32(head.length + out.length)
      .raw(head.bytes)
      .raw(out.bytes);
  }

  private readLocals(): { runs: [number, number][]; count: number } {
    const { reader } = this;
    const runs: [number, number][] = [];
    let count = 0;
    for (let n = reader.count(); n > 0; n--) {
      const run = reader.u32();
      count += run;
      if (count > MAX_LOCALS) reader.fail("too many locals");
      runs.push([run, reader.u8()]);
    }
    return { runs, count };
  }

  /** frame = call-stack top; at the limit, the stack is used up or this CPU is interrupted. */
  private prologue(out: Emitter, start: number): void {
    const { cpu } = this.options;
    out.loadFixed(cpu.callStackTop).tee(this.frame).loadFixed(cpu.callStackLimit).op(Op.i32GeU);
    out.if().get(this.frame).i32(this.pcAt(start)).call(this.runtime("attention")).end();
  }

  private pcAt(position: number): number {
    return (Number(BigInt.asUintN(32, this.options.codeAddress)) + position - this.context.module.codeStart) | 0;
  }

  private copyTo(position: number): void {
    this.out.range(this.context.module.bytes, this.copied, position);
    this.copied = position;
  }

  /** Replaces the instruction that starts at `start` and ends at the reader's position with the code that `emit` writes. */
  private replace(start: number, emit: () => void): void {
    this.copyTo(start);
    this.copied = this.reader.position;
    this.pc = this.pcAt(this.reader.position);
    emit();
  }

  private unsupported(what: string): never {
    const at = this.reader.position - this.context.module.codeStart;
    throw new GuestError(
      "WASM_UNSUPPORTED",
      `the code uses ${what} (code offset 0x${at.toString(16)}), which guests cannot`,
    );
  }

  private instruction(): void {
    const { reader } = this;
    const start = reader.position;
    const op = reader.u8();
    if (op >= LOAD_FIRST && op <= STORE_LAST) return this.memoryAccess(start, op);
    if (this.options.division !== "traps" && DIVISIONS.has(op)) return this.division(start, op);
    if (op >= Op.i32Eqz && op <= 0xc4) return;
    switch (op) {
      case Op.localGet:
        this.shadowOnStack = this.shadowLocals.has(reader.u32()) ? reader.position : -1;
        return;
      case Op.localSet:
      case Op.localTee:
        return this.localAssignment(start, op, reader.u32());
      case Op.br:
      case Op.brIf:
      case Op.i32Const:
        return reader.skipLeb(32);
      case Op.i64Const:
        return reader.skipLeb(64);
      case Op.block:
      case Op.if:
        return reader.skipLeb(33);
      case Op.loop:
        reader.skipLeb(33);
        return this.loopHead();
      case Op.call:
        return this.call(start, reader.u32());
      case Op.callIndirect:
        return this.callIndirect(start, reader.u32(), reader.u32());
      case Op.globalGet:
        return this.globalGet(start, reader.u32());
      case Op.globalSet:
        return this.globalSet(start, reader.u32());
      case Op.f32Const:
        return reader.skip(4);
      case Op.f64Const:
        return reader.skip(8);
      case Op.brTable:
        for (let n = reader.count(); n >= 0; n--) reader.skipLeb(32);
        return;
      case Op.selectT:
        for (let n = reader.count(); n > 0; n--) reader.u8();
        return;
      case Op.prefixFC:
        return this.miscellaneous(start, reader.u32());
      case Op.prefixFE:
        return this.atomic(start, reader.u32());
      case Op.prefixFD:
        return this.unsupported("SIMD");
      case Op.memorySize:
      case Op.memoryGrow:
        return this.unsupported("memory.size or memory.grow");
      default:
        // unreachable, nop, else, end, return, drop, select: no immediates.
        if (op <= 0x01 || op === Op.else || op === Op.end || op === Op.return || op === 0x1a || op === 0x1b) return;
        this.unsupported(`opcode 0x${op.toString(16)}`);
    }
  }

  /**
   * Emits a division that does not trap. Division by zero gives 0 (Arm ARM C6.2, SDIV and UDIV) or all ones (RISC-V, M extension)
   * as quotient, and the dividend as remainder. The lowest number divided by -1 gives itself. So where wasm traps, the quotient is
   * the product of the two operands, minus one if a division by zero must give all ones.
   */
  private division(start: number, op: number): void {
    const { out } = this;
    const wide = op >= Op.i64DivS;
    const type = wide ? Type.i64 : Type.i32;
    const kind = op - (wide ? Op.i64DivS : Op.i32DivS);
    const divisor = this.scratch(type, 1);
    const dividend = this.scratch(type, 2);
    this.replace(start, () => {
      out.set(divisor).set(dividend).get(divisor);
      // A signed quotient traps for the divisors -1 and 0.
      if (kind === 0 && wide) out.i64(1n).op(Op.i64Add).i64(1n).op(Op.i64GtU);
      else if (kind === 0) out.i32(1).op(Op.i32Add).i32(1).op(Op.i32GtU);
      else if (wide) out.i64(0n).op(Op.i64Ne);
      out.if(type).get(dividend).get(divisor).op(op).else().get(dividend);
      if (kind < 2) out.get(divisor).op(wide ? Op.i64Mul : Op.i32Mul);
      if (kind < 2 && this.options.division === "ones") {
        out.get(divisor).op(wide ? Op.i64Eqz : Op.i32Eqz);
        if (wide) out.op(Op.i64ExtendI32U);
        out.op(wide ? Op.i64Sub : Op.i32Sub);
      }
      out.end();
    });
  }

  /** Checks the limit in each loop iteration, so that timeouts and interrupts are noticed. */
  private loopHead(): void {
    const { out, reader } = this;
    this.replace(reader.position, () => {
      out.get(this.frameLocal()).loadFixed(this.options.cpu.callStackLimit).op(Op.i32GeU).if();
      this.site();
      out.call(this.runtime("attention")).end();
    });
  }

  private memoryArgument(): { align: number; offset: bigint } {
    const align = this.reader.u32();
    if (align > 15) this.unsupported("several memories");
    return { align, offset: this.reader.u64() };
  }

  private memoryAccess(start: number, op: number): void {
    const { align, offset } = this.memoryArgument();
    const bytes = ACCESS_BYTES[op - LOAD_FIRST];
    // The validator allows at most the natural alignment. The page offset does not change, so the alignment remains valid.
    if (op <= LOAD_LAST) {
      const shadow = this.followsShadowAddress(start);
      this.replace(start, () => rewriteLoad(this, op, align, offset, bytes, shadow));
    } else {
      this.replace(start, () => rewriteStore(this, op, align, offset, bytes, STORE_TYPE[op - STORE_FIRST]));
    }
  }

  /** Tracks which locals hold a shadow address: inline checks keep it in a local between two reads. */
  private localAssignment(start: number, op: number, local: number): void {
    if (!this.followsShadowAddress(start)) this.shadowLocals.delete(local);
    else {
      this.shadowLocals.add(local);
      if (op === Op.localTee) this.shadowOnStack = this.reader.position;
    }
  }

  /**
   * Whether a load follows a shadow address computation. Inline checks load from `(a >> scale) + shadowOffset`: the load directly
   * follows that addition, or a local that holds the sum. A wrong guess costs time but is correct: both TLBs hold any address.
   */
  private followsShadowAddress(start: number): boolean {
    if (this.shadowOnStack === start) return true;
    const { bytes } = this.context.module;
    const pattern = shadowAddition(this.options.shadowOffset);
    const from = start - pattern.length;
    for (let i = 0; i < pattern.length; i++) if (bytes[from + i] !== pattern[i]) return false;
    return true;
  }

  private atomic(start: number, sub: number): void {
    if (sub === ATOMIC_FENCE) return this.reader.skip(1);
    if (sub < ATOMIC_FIRST || sub > ATOMIC_LAST) this.unsupported("memory.atomic.wait or notify");
    const { align, offset } = this.memoryArgument();
    if (1 << align !== ATOMIC_BYTES[(sub - ATOMIC_FIRST) % 7])
      this.reader.fail("an atomic access of the wrong alignment");
    this.replace(start, () => rewriteAtomic(this, sub, align, offset));
  }

  /** Copies saturating conversions; replaces memory.copy and memory.fill with calls of the runtime. */
  private miscellaneous(start: number, sub: number): void {
    const { reader, out } = this;
    if (sub <= 7) return;
    if (sub === 10) reader.skip(2);
    else if (sub === 11) reader.skip(1);
    else this.unsupported(`bulk or table instruction ${sub}`);
    this.replace(start, () => {
      this.site();
      out.call(this.runtime(sub === 10 ? "copy" : "fill"));
    });
  }

  /** Stores the return address in this function's slot; the callee's slot is the next one. */
  private enterCall(): void {
    const { out } = this;
    const { cpu } = this.options;
    const frame = this.frameLocal();
    out.get(frame).i32(this.pc).memory(Op.i32Store);
    out.i32(0).get(frame).i32(4).op(Op.i32Add).memory(Op.i32Store, cpu.callStackTop);
  }

  private call(start: number, index: number): void {
    const { module, calls } = this.context;
    const imported = module.importedFunctions.length;
    if (index >= imported + module.functions.length) this.reader.fail("a call of a function that does not exist");
    const target = calls[index];
    this.replace(start, () => {
      if (target.kind === "check") rewriteCheck(this, target);
      else if (target.kind === "edge") this.countEdge(start);
      else if (target.kind === "comparison") this.logComparison(start, target);
      else {
        if (target.bytes && this.counts) this.logBytes(start, target.bytes);
        this.enterCall();
        this.out.call(target.index);
      }
    });
  }

  /** Adds one to an edge's counter, which stays at 255: past the TLB, since no address leads to it. */
  private countEdge(start: number): void {
    const { out } = this;
    this.counts = true;
    const count = this.scratch(Type.i32, 0);
    const counter = this.options.edgeCounter(start - this.context.module.codeStart);
    out.i32(0).i32(0).memory(Op.i32Load8U, counter).tee(count);
    out.get(count).i32(255).op(Op.i32Ne).op(Op.i32Add).memory(Op.i32Store8, counter);
  }

  /** Logs the two sides on the stack. Its place in the code is the comparison's number. */
  private logComparison(start: number, { comparing, wide }: ComparisonCall): void {
    const { out } = this;
    if (!wide) {
      const right = this.scratch(Type.i32, 0);
      out.set(right).op(Op.i64ExtendI32U).get(right).op(Op.i64ExtendI32U);
    }
    out.i32(this.recordHead(start, comparing)).call(this.runtime("compare"));
  }

  /** Logs what the arguments on the stack lead to, and leaves them there. */
  private logBytes(start: number, { text, limited }: ByteComparison): void {
    const { out } = this;
    const [left, right, limit] = [4, 5, 6].map((slot) => this.scratch(Type.i64, slot));
    if (limited) out.set(limit);
    out.set(right).tee(left).get(right);
    if (limited) out.get(limit);
    out.get(left).get(right);
    if (limited) out.get(limit);
    else out.i64(-1n);
    out.i32(this.recordHead(start, text ? Comparing.TEXT : 0)).call(this.runtime("compareBytes"));
  }

  private recordHead(start: number, comparing: number): number {
    return (((start - this.context.module.codeStart) & 0xffffff) << 8) | comparing;
  }

  /** Converts the function pointer on the stack, an address, to a table index. */
  private callIndirect(start: number, type: number, table: number): void {
    const { out } = this;
    if (table !== 0) this.unsupported("several tables");
    this.replace(start, () => {
      const pointer = this.scratch(Type.i64, 0);
      out.tee(pointer).i64(this.options.functionPointerBase).op(Op.i64Sub).i64(MAX_TABLE).op(Op.i64GtU);
      out.if().get(pointer);
      this.site();
      out.call(this.runtime("badCall")).end();
      this.enterCall();
      out.get(pointer).i64(this.options.functionPointerBase).op(Op.i64Sub).op(Op.i32WrapI64);
      out.u8(Op.callIndirect).u32(type).u32(0);
    });
  }

  private globalTarget(index: number): GlobalTarget {
    const target = this.context.globals[index];
    if (target === undefined) this.reader.fail("a global that does not exist");
    return target;
  }

  private globalGet(start: number, index: number): void {
    const target = this.globalTarget(index);
    const { out } = this;
    this.replace(start, () => {
      if (target.kind === "stack-pointer") out.i32(0).memory(Op.i64Load, this.options.cpu.stackPointer);
      else if (target.kind === "global") out.u8(Op.globalGet).u32(target.index);
      else if (target.type === Type.i64) out.i64(target.value);
      else out.i32(Number(BigInt.asIntN(32, target.value)));
    });
  }

  private globalSet(start: number, index: number): void {
    const target = this.globalTarget(index);
    const { out } = this;
    this.replace(start, () => {
      if (target.kind === "global") out.u8(Op.globalSet).u32(target.index);
      else if (target.kind === "stack-pointer") this.setStackPointer();
      else this.unsupported("an assignment to an imported constant");
    });
  }

  /** A call on a real machine pushes, and faults in the guard page; here, the check is made when a frame is created. */
  private setStackPointer(): void {
    const { out } = this;
    const { cpu } = this.options;
    const pointer = this.scratch(Type.i64, 0);
    out.set(pointer).i32(0).get(pointer).memory(Op.i64Store, cpu.stackPointer);
    out.get(pointer).i32(0).memory(Op.i64Load, cpu.stackLow).op(Op.i64LtU).if();
    this.site();
    out.call(this.runtime("stackOverflow")).end();
  }
}

/** Function pointers are in the first megabyte from their base. */
const MAX_TABLE = 0xfffffn;

let cachedPattern: { offset: bigint; bytes: Uint8Array } | undefined;

/** The encoding of `i64.const shadowOffset; i64.add`. */
function shadowAddition(offset: bigint): Uint8Array {
  if (cachedPattern?.offset !== offset) {
    cachedPattern = { offset, bytes: new Emitter().i64(offset).op(Op.i64Add).bytes.slice() };
  }
  return cachedPattern.bytes;
}
