import { ACCESS_ATOMIC, ACCESS_WRITE } from "@kasan/kernel";
import { TLB_SLOW_STORE } from "@kasan/mmu";
import { EMPTY_BLOCK, Op, Type } from "../../wasm/opcodes.ts";
import { TAG_GRANULE, TAG_SHIFT } from "../access.ts";
import type { Emitter } from "../emitter.ts";
import type { RuntimeBuilder } from "./builder.ts";
import { SHORT } from "./checks.ts";

const { i32, i64 } = Type;

/**
 * `tagsMatch(address, bytes, target)`: 1 if the granules overlapping `bytes` bytes (1 …) at buffer offset `target` have the tag of
 * the pointer `address`, or if it is the match-all tag. `taggedOffset(address, kind)`: the buffer offset of an access within a page
 * in the TLB whose tags match, aligned or not; -1 for any other.
 */
export function taggedFunctions(runtime: RuntimeBuilder, storage: number): void {
  const { dataTlb } = runtime.options.cpu;
  const tagOf = (out: Emitter, local: number) => out.get(local).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i32WrapI64);
  {
    const [address, bytes, target, end, tag] = [0, 1, 2, 3, 4];
    runtime.define("tagsMatch", { params: [i64, i32, i32], results: [i32] }, [i32, i32], (out) => {
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
  runtime.define("taggedOffset", { params: [i64, i32], results: [i32] }, [i32, i32, i64], (out) => {
    const fail = () => out.if().i32(-1).op(Op.return).end();
    // An unaligned atomic access faults.
    out.get(kind).i32(ACCESS_ATOMIC).op(Op.i32And);
    fail();
    out.get(kind).i32(0xff).op(Op.i32And).set(bytes);
    out.tlbOffset(address, runtime.options.tlb.data).tee(entry).memory(Op.i64Load, dataTlb).set(tag);
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
    out.get(address).get(bytes).get(entry).call(runtime.internal("tagsMatch"));
    out.if().get(entry).op(Op.return).end();
    out.i32(-1);
  });
}

/**
 * Writes the tag of a short stack variable, as each frame does on entry and exit, and returns. Continues instead if a shadow page
 * is not in the TLB for stores. Locals 3 to 5 are free.
 */
export function shortTagMemory(runtime: RuntimeBuilder, out: Emitter): void {
  const { cpu, shadowOffset, scaleShift, tlb } = runtime.options;
  const [pointer, tag, bytes, at, last, target] = [0, 1, 2, 3, 4, 5];
  const toShadow = () => out.untag().i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add);
  out.block();
  out.get(bytes).i64(-1n).op(Op.i64Add).tee(last).i64(SHORT).op(Op.i64GeU).brIf(0);
  // The compiler aligns the objects that it tags.
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
