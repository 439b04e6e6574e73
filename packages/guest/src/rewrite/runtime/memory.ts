import { Op, Type } from "../../wasm/opcodes.ts";
import { TAG_SHIFT } from "../access.ts";
import type { Emitter } from "../emitter.ts";
import type { RuntimeBuilder } from "./builder.ts";
import { SHORT } from "./checks.ts";

const { i32, i64 } = Type;

/**
 * `shortCopy(to, from, bytes)` and `shortFill(to, value, bytes)`: if there are few bytes and each page is in the TLB, does the
 * operation and returns 1; else does nothing and returns 0.
 */
export function shortMemory(runtime: RuntimeBuilder, copies: boolean): void {
  const { dataTlb } = runtime.options.cpu;
  const [to, from, count, entry, target, difference] = [0, 1, 2, 3, 4, 5];
  const params = [i64, copies ? i64 : i32, i64];
  runtime.define(copies ? "shortCopy" : "shortFill", { params, results: [i32] }, [i32, i32, i64, i64, i64], (out) => {
    const lastByte = (address: number) => out.get(address).get(count).op(Op.i64Add).i64(-1n).op(Op.i64Add);
    const offset = (address: number) => {
      out.get(entry).memory(Op.i32Load, dataTlb + 8);
      return out.get(address).op(Op.i32WrapI64).op(Op.i32Add);
    };
    const fail = () => out.if().i32(0).op(Op.return).end();
    const tagged = runtime.options.tagStorage !== undefined;
    /** Looks an address up. */
    const look = (address: number) => {
      out.tlbOffset(address, runtime.options.tlb.data).set(entry);
      if (!tagged) return;
      out.get(pointerOf(address)).get(entry).memory(Op.i64Load, dataTlb).op(Op.i64Xor).set(difference);
    };
    /** The bytes at an address that hit must have its tag, unless the entry says that its pointer needs no comparison. */
    const compare = (address: number, at: number) => {
      if (!tagged) return;
      out.get(difference).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i64Eqz).op(Op.i32Eqz).if();
      out
        .get(pointerOf(address))
        .get(count)
        .op(Op.i32WrapI64)
        .get(at)
        .call(runtime.internal("tagsMatch"))
        .op(Op.i32Eqz);
      fail();
      out.end();
    };
    // If tags are compared, the original pointers are kept.
    const pointerOf = (address: number) => (address === to ? 6 : 7);
    if (tagged) for (const address of copies ? [to, from] : [to]) out.get(address).set(pointerOf(address));
    if (runtime.options.tagged) for (const address of copies ? [to, from] : [to]) out.get(address).untag().set(address);
    out
      .get(count)
      .i64(-1n)
      .op(Op.i64Add)
      .i64(SHORT - 1n)
      .op(Op.i64GtU);
    fail();
    look(to);
    lastByte(to).i64(-4096n).op(Op.i64And).get(entry).memory(Op.i64Load, dataTlb);
    // Entries may have a tag; the pointers here are untagged.
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
      tinyCopies(out, { count, source: entry, target, first: 5 });
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
 * Copies 4 to 16 bytes as their first and last words, which may overlap, to avoid the engine's bulk copy, which is a call. Both are
 * loaded before either is stored, so overlapping ranges are copied correctly.
 */
function tinyCopies(out: Emitter, locals: { count: number; source: number; target: number; first: number }): void {
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

/** memcpy, memmove and memset: done in wasm if they are short and, for the checked ones, all shadow is good. */
export function shortMemoryFunction(runtime: RuntimeBuilder, out: Emitter, name: string): void {
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
      out.get(address).get(count).call(runtime.internal("checkRange")).op(Op.i32Eqz).brIf(0);
    }
  }
  out
    .get(to)
    .get(from)
    .get(count)
    .call(runtime.internal(copies ? "shortCopy" : "shortFill"))
    .op(Op.i32Eqz)
    .brIf(0);
  out.get(to).op(Op.return).end();
}
