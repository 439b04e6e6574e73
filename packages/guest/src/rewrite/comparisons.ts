import { Op, Type } from "../wasm/opcodes.ts";
import type { Emitter } from "./emitter.ts";

/** A log of comparisons: the number of them, u32, at its beginning; then, from here on, a record for each. */
export const COMPARISON_HEADER = 8;
/** A record: what is compared ({@link Comparing} and the site), u32; the two sides, u64, from byte 8 on. */
export const COMPARISON_BYTES = 24;

/** What a record says of a comparison, in the lower byte of its first word; the site is above. */
export const Comparing = { SIZE: 0x0f, CONSTANT: 0x10, SWITCH: 0x20, TEXT: 0x40 } as const;

/** Where comparisons are logged. */
export interface ComparisonPlace {
  /** Buffer offset of the log. */
  readonly base: number;
  /** The most records that it holds. */
  readonly capacity: number;
}

/** A call that clang makes for a comparison, with `-fsanitize-coverage=trace-cmp`. */
export interface ComparisonCall {
  /** The lower byte of the record's first word. */
  readonly comparing: number;
  /** Whether the sides are 64 bits wide; else 32. */
  readonly wide: boolean;
}

const CALL = /^__sanitizer_cov_trace_(?:(const_)?cmp([1248])|switch)$/;

/** The comparison that a function logs; undefined for other functions. A switch is logged with the address of its cases. */
export function comparisonOf(name: string): ComparisonCall | undefined {
  const match = CALL.exec(name);
  if (!match) return undefined;
  const [, constant, size] = match;
  if (size === undefined) return { comparing: Comparing.SWITCH, wide: true };
  return { comparing: Number(size) | (constant ? Comparing.CONSTANT : 0), wide: size === "8" };
}

/** What functions compare, by their names: memory of a size, or texts, some of them of a limited length. */
const BYTE_COMPARISONS: Readonly<Record<string, { readonly text: boolean; readonly limited: boolean }>> = {
  memcmp: { text: false, limited: true },
  bcmp: { text: false, limited: true },
  __crypto_memneq: { text: false, limited: true },
  strcmp: { text: true, limited: false },
  strcasecmp: { text: true, limited: false },
  strstr: { text: true, limited: false },
  sysfs_streq: { text: true, limited: false },
  strncmp: { text: true, limited: true },
  strncasecmp: { text: true, limited: true },
  strnstr: { text: true, limited: true },
};

/** A call of a function that compares bytes in memory. Its first two parameters are their addresses. */
export interface ByteComparison {
  /** Whether they end at a zero. */
  readonly text: boolean;
  /** Whether the third parameter is the most that is compared. */
  readonly limited: boolean;
}

/** What a function of a name and of such parameters compares; undefined for others. */
export function byteComparisonOf(name: string | undefined, params: readonly number[]): ByteComparison | undefined {
  if (name === undefined || !Object.hasOwn(BYTE_COMPARISONS, name)) return undefined;
  const found = BYTE_COMPARISONS[name];
  const fits = params.length === (found.limited ? 3 : 2) && params.every((type) => type === Type.i64);
  return fits ? found : undefined;
}

/** The body of the function that logs a comparison: parameters are the two sides and the record's first word. `count`: a local. */
export function logComparison(out: Emitter, place: ComparisonPlace | undefined, count: number): void {
  if (!place) return;
  const { base, capacity } = place;
  out.i32(capacity).loadFixed(base).tee(count).op(Op.i32GtU).if();
  out.i32(0).get(count).i32(1).op(Op.i32Add).memory(Op.i32Store, base);
  out.get(count).i32(COMPARISON_BYTES).op(Op.i32Mul).set(count);
  const record = base + COMPARISON_HEADER;
  out.get(count).get(2).memory(Op.i32Store, record);
  out
    .get(count)
    .get(0)
    .memory(Op.i64Store, record + 8);
  out
    .get(count)
    .get(1)
    .memory(Op.i64Store, record + 16);
  out.end();
}

/** The signature of that function. */
export const LOG_COMPARISON = { params: [Type.i64, Type.i64, Type.i32], results: [] };

/** The signature of the function that logs a comparison of bytes: their addresses, the most that is compared, a record's first word. */
export const LOG_BYTES = { params: [Type.i64, Type.i64, Type.i64, Type.i32], results: [] };
