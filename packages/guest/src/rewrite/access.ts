import { ACCESS_ATOMIC, ACCESS_INLINE, ACCESS_WRITE } from "@kasan/kernel";
import {
  ATOMIC_BYTES,
  ATOMIC_CMPXCHG,
  ATOMIC_FIRST,
  ATOMIC_STORE,
  ATOMIC_TYPE,
  EMPTY_BLOCK,
  LOAD_FIRST,
  LOAD_TYPE,
  Op,
  Type,
} from "../wasm/opcodes.ts";
import type { FunctionRewriter } from "./function.ts";
import type { Check } from "./rewrite.ts";

const TLB_ADDEND = 8;
/** The lowest address whose tag matches all memory. */
const MATCH_ALL = -(1n << 56n);

/** Takes the address from the stack, adds the instruction's offset, and leaves the sum in `address` and on the stack. */
function effectiveAddress(f: FunctionRewriter, offset: bigint, address: number): void {
  if (offset !== 0n) f.out.i64(offset).op(Op.i64Add);
  if (f.options.tagged) f.out.untag();
  f.out.tee(address);
}

/** Bit position of a pointer's tag. */
export const TAG_SHIFT = 56n;
/** log2 of the granule size of tags. */
export const TAG_GRANULE = 4;

/**
 * The address bits that a tagged look-up compares with the TLB entry: the tag, the page number, and the low bits that are zero for
 * an aligned access, which stays within its page and granule.
 */
const addressMask = (bytes: number): bigint => -4096n | BigInt(bytes - 1);

/** An access that compares tags; its address is in i64 scratch local 0. */
interface TaggedAccess {
  readonly offset: bigint;
  readonly bytes: number;
  readonly write: boolean;
  /** Type of the result, or {@link EMPTY_BLOCK}. */
  readonly result: number;
  /** Emits the access to the buffer; the buffer offset is on the stack. */
  readonly access: () => void;
  /** Emits the code for a miss. */
  readonly miss: () => void;
}

/**
 * Emits an access that compares the tags of pointer and memory. The top byte of a TLB entry's tag is the pointer tag that needs no
 * comparison (`Mmu` of `@kasan/mmu`), so one look-up usually decides. For any other pointer, the top byte must equal the byte in
 * the tag storage, at its start + buffer offset / 16.
 */
function taggedAccess(f: FunctionRewriter, storage: number, { offset, bytes, write, ...emit }: TaggedAccess): void {
  const { cpu, tlb } = f.options;
  const { out } = f;
  const address = f.scratch(Type.i64, 0);
  const entry = f.scratch(Type.i32, 0);
  const difference = f.scratch(Type.i64, 3);
  const target = f.scratch(Type.i32, 4);
  const mask = addressMask(bytes);
  out.block(emit.result).block().block();
  out.get(address);
  if (offset !== 0n) out.i64(offset).op(Op.i64Add).tee(address);
  // A store compares the whole tag of the entry, so TLB_SLOW_STORE makes it differ; a load ignores that bit.
  if (write) out.i64(mask).op(Op.i64And);
  out.tlbOffset(address, tlb.data).tee(entry).memory(Op.i64Load, cpu.dataTlb).op(Op.i64Xor).tee(difference);
  if (!write) out.i64(mask).op(Op.i64And);
  out.op(Op.i64Eqz).op(Op.i32Eqz).brIf(0);
  hitOffset(f, address, entry, cpu.dataTlb);
  emit.access();
  out.br(2).end();
  out.get(difference).i64(8n).op(Op.i64Shl);
  if (!write) out.i64(mask << 8n).op(Op.i64And);
  out.op(Op.i64Eqz).op(Op.i32Eqz).brIf(0);
  hitOffset(f, address, entry, cpu.dataTlb);
  out.tee(target).i32(TAG_GRANULE).op(Op.i32ShrU).memory(Op.i32Load8U, storage);
  out.get(address).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i32WrapI64).op(Op.i32Ne).brIf(0);
  out.get(target);
  emit.access();
  out.br(1).end();
  emit.miss();
  out.end();
}

/** Leaves an i32: whether all `bytes` bytes at the address (in `address` and on the stack) hit for reading. */
function readHit(
  f: FunctionRewriter,
  address: number,
  entry: number,
  bytes: number,
  table: number,
  entries: number,
): void {
  if (bytes > 1) f.out.i64(BigInt(bytes - 1)).op(Op.i64Add);
  f.out.tlbOffset(address, entries).tee(entry);
  f.out.memory(Op.i64Load, table).op(Op.i64Xor).i64(4096n).op(Op.i64LtU);
}

/** The same for writing: the tag must equal the page, which it does not if stores must take the slow path. */
function writeHit(f: FunctionRewriter, address: number, entry: number, bytes: number): void {
  if (bytes > 1) f.out.i64(BigInt(bytes - 1)).op(Op.i64Add);
  f.out.i64(-4096n).op(Op.i64And);
  f.out.tlbOffset(address, f.options.tlb.data).tee(entry);
  f.out.memory(Op.i64Load, f.options.cpu.dataTlb).op(Op.i64Eq);
}

/** After a hit: leaves the buffer offset of the address. */
function hitOffset(f: FunctionRewriter, address: number, entry: number, table: number): void {
  f.out.get(entry).memory(Op.i32Load, table + TLB_ADDEND);
  f.out.get(address).op(Op.i32WrapI64).op(Op.i32Add);
}

/**
 * Rewrites a load. Stack before: address; after: value.
 *
 * `shadow`: the code computed this address as a shadow address, so it is looked up in the shadow TLB.
 */
export function rewriteLoad(
  f: FunctionRewriter,
  opcode: number,
  align: number,
  offset: bigint,
  bytes: number,
  shadow: boolean,
): void {
  const { cpu, tlb, tagStorage } = f.options;
  const address = f.scratch(Type.i64, 0);
  const entry = f.scratch(Type.i32, 0);
  const translate = () => {
    f.out.get(address).i32(bytes);
    f.site();
    f.out.call(f.runtime(shadow && tagStorage === undefined ? "translateShadow" : "translate"));
  };
  const access = () => f.out.u8(opcode).u32(align).u32(0);
  if (tagStorage !== undefined) {
    f.out.set(address);
    const miss = () => {
      translate();
      access();
    };
    return taggedAccess(f, tagStorage, {
      offset,
      bytes,
      write: false,
      result: LOAD_TYPE[opcode - LOAD_FIRST],
      access,
      miss,
    });
  }
  const table = shadow ? cpu.shadowTlb : cpu.dataTlb;
  effectiveAddress(f, offset, address);
  readHit(f, address, entry, bytes, table, shadow ? tlb.shadow : tlb.data);
  f.out.if(Type.i32);
  hitOffset(f, address, entry, table);
  f.out.else();
  translate();
  f.out.end();
  access();
}

/** Rewrites a store. Stack before: address, value. */
export function rewriteStore(
  f: FunctionRewriter,
  opcode: number,
  align: number,
  offset: bigint,
  bytes: number,
  type: number,
): void {
  const { cpu } = f.options;
  const address = f.scratch(Type.i64, 0);
  const entry = f.scratch(Type.i32, 0);
  const value = f.scratch(type, 1);
  f.out.set(value);
  const access = () => f.out.get(value).u8(opcode).u32(align).u32(0);
  const miss = () => {
    f.out.get(address).get(value);
    f.site();
    f.out.call(f.runtime(`store${opcode}`));
  };
  const { tagStorage } = f.options;
  if (tagStorage !== undefined) {
    f.out.set(address);
    return taggedAccess(f, tagStorage, { offset, bytes, write: true, result: EMPTY_BLOCK, access, miss });
  }
  effectiveAddress(f, offset, address);
  writeHit(f, address, entry, bytes);
  f.out.if();
  hitOffset(f, address, entry, cpu.dataTlb);
  access();
  f.out.else();
  miss();
  f.out.end();
}

/** Rewrites an atomic access (prefix 0xfe). Stack before: address, then operands; after: the result, if it has one. */
export function rewriteAtomic(f: FunctionRewriter, sub: number, align: number, offset: bigint): void {
  const { cpu } = f.options;
  const width = (sub - ATOMIC_FIRST) % 7;
  const bytes = ATOMIC_BYTES[width];
  const type = ATOMIC_TYPE[width];
  const operands = sub < ATOMIC_STORE ? 0 : sub < ATOMIC_CMPXCHG ? 1 : 2;
  const address = f.scratch(Type.i64, 0);
  const entry = f.scratch(Type.i32, 0);
  if (operands > 1) f.out.set(f.scratch(type, 2));
  if (operands > 0) f.out.set(f.scratch(type, 1));
  const miss = () => {
    f.out.get(address).i32(bytes | ACCESS_ATOMIC | (sub >= ATOMIC_STORE ? ACCESS_WRITE : 0));
    f.site();
    f.out.call(f.runtime("translate"));
  };
  const { tagStorage } = f.options;
  if (tagStorage !== undefined) {
    f.out.set(address);
    taggedAccess(f, tagStorage, { offset, bytes, write: operands > 0, result: Type.i32, access: () => {}, miss });
  } else {
    effectiveAddress(f, offset, address);
    if (operands === 0) readHit(f, address, entry, bytes, cpu.dataTlb, f.options.tlb.data);
    else writeHit(f, address, entry, bytes);
    f.out.if(Type.i32);
    hitOffset(f, address, entry, cpu.dataTlb);
    f.out.else();
    miss();
    f.out.end();
  }
  if (operands > 0) f.out.get(f.scratch(type, 1));
  if (operands > 1) f.out.get(f.scratch(type, 2));
  f.out.u8(Op.prefixFE).u32(sub).u32(align).u32(0);
}

/**
 * Replaces a call of `__asan_load8_noabort` or a similar function. Stack before: address.
 *
 * Handles the common case inline: the granule's shadow byte is 0 and the access stays within the granule. Everything else (partial
 * granules, several granules, shadow not in the TLB, bad accesses) goes to the runtime's `check`.
 */
export function rewriteCheck(f: FunctionRewriter, { bytes, write, inline }: Check): void {
  if (inline) return rewriteInlineTagCheck(f, bytes, write);
  if (f.options.tagged) return rewriteTagCheck(f, bytes, write);
  const { cpu, tlb, shadowOffset, scaleShift } = f.options;
  const { out } = f;
  const address = f.scratch(Type.i64, 0);
  const shadow = f.scratch(Type.i64, 2);
  const entry = f.scratch(Type.i32, 0);
  const granule = 1 << scaleShift;
  const shadowBytes = bytes > granule ? 2 : 1;
  out.set(address).block().block();
  out.get(address).i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).tee(shadow);
  readHit(f, shadow, entry, shadowBytes, cpu.shadowTlb, tlb.shadow);
  out.op(Op.i32Eqz).brIf(0);
  hitOffset(f, shadow, entry, cpu.shadowTlb);
  out.memory(shadowBytes === 2 ? Op.i32Load16U : Op.i32Load8U);
  // A naturally aligned access stays within the shadow bytes tested here; any other takes the slow path.
  if (bytes > 1) {
    const mask = Math.min(bytes, granule) - 1;
    out.get(address).op(Op.i32WrapI64).i32(mask).op(Op.i32And).op(Op.i32Or);
  }
  out.op(Op.i32Eqz).brIf(1);
  out.end();
  out.get(address).i32(bytes | (write ? ACCESS_WRITE : 0));
  f.site();
  out.call(f.runtime("check")).end();
}

/**
 * Emits clang's inline tag check for arm64 (`llvm.hwasan.check.memaccess` without short granules): it reads the tag of the first
 * granule and faults if its shadow is not mapped. The shadow address is that of a match-all pointer. Stack before: address.
 */
function rewriteInlineTagCheck(f: FunctionRewriter, bytes: number, write: boolean): void {
  const { cpu, tlb, shadowOffset, scaleShift } = f.options;
  const { out } = f;
  const address = f.scratch(Type.i64, 0);
  const shadow = f.scratch(Type.i64, 2);
  const entry = f.scratch(Type.i32, 0);
  out.set(address).block();
  out.get(address).i64(MATCH_ALL).op(Op.i64GeU).brIf(0);
  out.get(address).i64(MATCH_ALL).op(Op.i64Or);
  out.i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).tee(shadow);
  readHit(f, shadow, entry, 1, cpu.shadowTlb, tlb.shadow);
  out.if(Type.i32);
  hitOffset(f, shadow, entry, cpu.shadowTlb);
  out.else().get(shadow).i32(1);
  f.site();
  out.call(f.runtime("translateShadow")).end();
  out.memory(Op.i32Load8U).get(address).i64(TAG_SHIFT).op(Op.i64ShrU).op(Op.i32WrapI64).op(Op.i32Eq).brIf(0);
  out.get(address).i32(bytes | ACCESS_INLINE | (write ? ACCESS_WRITE : 0));
  f.site();
  out.call(f.runtime("check")).end();
}

/**
 * Replaces a call of `__hwasan_load8_noabort` or a similar function. Stack before: address.
 *
 * Handles the common cases inline: the pointer has the match-all tag, or the access stays within a granule with the pointer's tag.
 * Everything else goes to the runtime's `check`.
 */
function rewriteTagCheck(f: FunctionRewriter, bytes: number, write: boolean): void {
  const { cpu, tlb, shadowOffset, scaleShift } = f.options;
  const { out } = f;
  const address = f.scratch(Type.i64, 0);
  const shadow = f.scratch(Type.i64, 2);
  const entry = f.scratch(Type.i32, 0);
  out.set(address).block().block();
  out.get(address).i64(MATCH_ALL).op(Op.i64GeU).brIf(1);
  out.get(address).untag().i64(BigInt(scaleShift)).op(Op.i64ShrU).i64(shadowOffset).op(Op.i64Add).tee(shadow);
  readHit(f, shadow, entry, 1, cpu.shadowTlb, tlb.shadow);
  out.op(Op.i32Eqz).brIf(0);
  hitOffset(f, shadow, entry, cpu.shadowTlb);
  out.memory(Op.i32Load8U).get(address).i64(56n).op(Op.i64ShrU).op(Op.i32WrapI64).op(Op.i32Xor);
  if (bytes > 1)
    out
      .get(address)
      .op(Op.i32WrapI64)
      .i32(bytes - 1)
      .op(Op.i32And)
      .op(Op.i32Or);
  out.op(Op.i32Eqz).brIf(1);
  out.end();
  out.get(address).i32(bytes | (write ? ACCESS_WRITE : 0));
  f.site();
  out.call(f.runtime("check")).end();
}
