import { TLB_REGION_SHIFT } from "@kasan/mmu";
import { EMPTY_BLOCK, Op, Type } from "../wasm/opcodes.ts";
import { Writer } from "../wasm/writer.ts";

/** Distance by which the region bits are shifted down: to the position of the slot bits, times 16. */
const REGION_BITS = BigInt(12 + TLB_REGION_SHIFT - 4);

/** A {@link Writer} with methods for the instructions that the rewriter emits. */
export class Emitter extends Writer {
  op(opcode: number): this {
    return this.u8(opcode);
  }

  get(local: number): this {
    return this.u8(Op.localGet).u32(local);
  }

  set(local: number): this {
    return this.u8(Op.localSet).u32(local);
  }

  tee(local: number): this {
    return this.u8(Op.localTee).u32(local);
  }

  i32(value: number): this {
    return this.u8(Op.i32Const).s32(value);
  }

  i64(value: bigint): this {
    return this.u8(Op.i64Const).s64(value);
  }

  call(index: number): this {
    return this.u8(Op.call).u32(index);
  }

  /** Emits a load or store of the buffer at `address on the stack + offset`, without an alignment guarantee. */
  memory(opcode: number, offset = 0): this {
    return this.u8(opcode).u32(0).u32(offset);
  }

  /** Loads the u32 at a fixed buffer offset. */
  loadFixed(offset: number): this {
    return this.i32(0).memory(Op.i32Load, offset);
  }

  if(result: number = EMPTY_BLOCK): this {
    return this.u8(Op.if).u8(result);
  }

  else(): this {
    return this.u8(Op.else);
  }

  block(result: number = EMPTY_BLOCK): this {
    return this.u8(Op.block).u8(result);
  }

  end(): this {
    return this.u8(Op.end);
  }

  brIf(depth: number): this {
    return this.u8(Op.brIf).u32(depth);
  }

  br(depth: number): this {
    return this.u8(Op.br).u32(depth);
  }

  /**
   * Computes the offset of an address's entry in a TLB of `entries` slots, as `tlbSlot` of `@kasan/mmu` does, times 16. The address
   * is in an i64 local.
   */
  tlbOffset(address: number, entries: number): this {
    this.get(address).i64(8n).op(Op.i64ShrU).op(Op.i32WrapI64);
    this.get(address).i64(REGION_BITS).op(Op.i64ShrU).op(Op.i32WrapI64).op(Op.i32Xor);
    return this.i32((entries - 1) << 4).op(Op.i32And);
  }

  /** Removes the tag from the address on the stack by extending bit 55. */
  untag(): this {
    return this.i64(8n).op(Op.i64Shl).i64(8n).op(Op.i64ShrS);
  }

  /** Replaces the i64 on the stack by its upper half as an i32. */
  upperHalf(): this {
    return this.i64(32n).op(Op.i64ShrU).op(Op.i32WrapI64);
  }
}

/** A function of a module that the rewriter creates. */
export interface FunctionSpec {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** Interns function types: equal types get one index. */
export class TypeTable {
  readonly list: FunctionSpec[] = [];
  private readonly indices = new Map<string, number>();

  constructor(initial: readonly FunctionSpec[] = []) {
    for (const type of initial) {
      const key = TypeTable.key(type);
      if (!this.indices.has(key)) this.indices.set(key, this.list.length);
      this.list.push(type);
    }
  }

  private static key(type: FunctionSpec): string {
    return `${type.params.join()}>${type.results.join()}`;
  }

  index(params: readonly number[], results: readonly number[]): number {
    const type = { params, results };
    const key = TypeTable.key(type);
    let index = this.indices.get(key);
    if (index === undefined) {
      index = this.list.length;
      this.list.push(type);
      this.indices.set(key, index);
    }
    return index;
  }

  write(): Writer {
    const out = new Writer().u32(this.list.length);
    for (const { params, results } of this.list) {
      out.u8(0x60).u32(params.length).raw(Uint8Array.from(params)).u32(results.length).raw(Uint8Array.from(results));
    }
    return out;
  }
}

/** Writes local declarations: one entry per local, which engines accept as well as runs. */
export function writeLocals(out: Writer, types: readonly number[]): void {
  out.u32(types.length);
  for (const type of types) out.u32(1).u8(type);
}

/** Writes the import of the machine's buffer: a shared 32-bit memory of any size. */
export function writeMemoryImport(out: Writer, pages: number): void {
  out.name("env").name("memory").u8(2).u8(3).u32(pages).u32(pages);
}

/** The short name of a value type, for messages. */
export const typeName = (type: number): string =>
  ({ [Type.i32]: "i32", [Type.i64]: "i64", [Type.f32]: "f32", [Type.f64]: "f64" })[type] ?? "reference";
