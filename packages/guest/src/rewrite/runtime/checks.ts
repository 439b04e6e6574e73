import { EMPTY_BLOCK, Op, Type } from "../../wasm/opcodes.ts";
import type { Emitter } from "../emitter.ts";
import type { RuntimeBuilder } from "./builder.ts";

const { i32, i64 } = Type;

/** Maximum number of bytes copied and checked without leaving wasm; for more, a call outside is cheap compared to the work. */
export const SHORT = 512n;

/**
 * `checkRange(address, bytes)`: 1 if all bytes (1 … {@link SHORT}) are accessible according to shadow in the TLB, 0 if not or
 * unknown.
 */
export function checkRange(runtime: RuntimeBuilder): void {
  const { shadowOffset, scaleShift } = runtime.options;
  const [address, bytes, end, at, last, from, to] = [0, 1, 2, 3, 4, 5, 6];
  runtime.define("checkRange", { params: [i64, i64], results: [i32] }, [i64, i64, i64, i32, i32], (out) => {
    const toShadow = (source: number, target: number) =>
      out.get(source).i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).set(target);
    out.get(address).get(bytes).op(Op.i64Add).i64(-1n).op(Op.i64Add).set(end);
    toShadow(address, at);
    toShadow(end, last);
    shadowBytes(runtime, out, { at, last, from, to });
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

/**
 * Converts shadow addresses `at` to `last`, 64-bit locals, to the buffer offsets `from` and `to` of those bytes, 32-bit locals.
 * Returns 0 from the function if they are not all in one page that is in the TLB.
 */
function shadowBytes(
  { options: { cpu, tlb } }: RuntimeBuilder,
  out: Emitter,
  { at, last, from, to }: Readonly<Record<"at" | "last" | "from" | "to", number>>,
): void {
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
}

/**
 * {@link checkRange} for the tag-based modes: 1 if all granules of the bytes have the pointer's tag according to shadow in the TLB,
 * or if the pointer has the match-all tag.
 */
export function checkTagRange(runtime: RuntimeBuilder): void {
  const { shadowOffset, scaleShift } = runtime.options;
  const [pointer, bytes, at, last, from, to, tag] = [0, 1, 2, 3, 4, 5, 6];
  runtime.define("checkRange", { params: [i64, i64], results: [i32] }, [i64, i64, i32, i32, i32], (out) => {
    const yes = () => out.i32(1).op(Op.return);
    const toShadow = (target: number) =>
      out.untag().i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).set(target);
    out.get(pointer).i64(56n).op(Op.i64ShrU).op(Op.i32WrapI64).tee(tag).i32(0xff).op(Op.i32Eq).if();
    yes().end();
    out.get(pointer);
    toShadow(at);
    out.get(pointer).get(bytes).op(Op.i64Add).i64(-1n).op(Op.i64Add);
    toShadow(last);
    shadowBytes(runtime, out, { at, last, from, to });
    out.block().op(Op.loop).u8(EMPTY_BLOCK);
    out.get(from).get(to).op(Op.i32GtU).brIf(1);
    out.get(from).memory(Op.i32Load8U).get(tag).op(Op.i32Ne).if().i32(0).op(Op.return).end();
    out.get(from).i32(1).op(Op.i32Add).set(from).br(0).end().end();
    out.i32(1);
  });
}

/**
 * The exact check of an access that spans at most two granules whose shadow is in the TLB; everything else goes outside.
 *
 *     good = (first == last || shadow[first] == 0) && (shadow[last] == 0 || (end & mask) < (signed) shadow[last])
 */
export function check(runtime: RuntimeBuilder, out: Emitter): void {
  const { cpu, shadowOffset, scaleShift } = runtime.options;
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
  out.get(address).get(kind).i32(0xff).op(Op.i32And).op(Op.i64ExtendI32U).op(Op.i64Add).i64(-1n).op(Op.i64Add).set(end);
  toShadow(address, first);
  toShadow(end, last);
  out.get(last).get(first).op(Op.i64Sub).i64(1n).op(Op.i64GtU).brIf(0);
  out.tlbOffset(first, runtime.options.tlb.shadow).set(slot);
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
  runtime.halves(out, address).get(kind);
  runtime.host(out, "check");
  out.end();
}

/** The exact check of an access that spans at most two granules whose tags are in the TLB; everything else goes outside. */
export function checkTags(runtime: RuntimeBuilder, out: Emitter): void {
  const [address, kind] = [0, 1];
  out.block();
  out.get(address).get(kind).i32(0xff).op(Op.i32And).op(Op.i64ExtendI32U);
  out.call(runtime.internal("checkRange")).brIf(0);
  runtime.halves(out, address).get(kind);
  runtime.host(out, "check");
  out.end();
}
