import type { GuestEntries } from "@kasan/kernel";
import { STORE_FIRST, STORE_LAST, STORE_TYPE, Type } from "../../wasm/opcodes.ts";
import { LOG_BYTES, LOG_COMPARISON } from "../comparisons.ts";
import type { FunctionSpec } from "../emitter.ts";

const { i32, i64 } = Type;

/** Functions outside wasm that the runtime module imports from {@link RUNTIME}. */
export const HOST: Record<keyof GuestEntries | "compareBytes", FunctionSpec> = {
  miss: { params: [i32, i32, i32], results: [i32] },
  commit: { params: [i32, i32, i32], results: [] },
  check: { params: [i32, i32, i32], results: [] },
  attention: { params: [], results: [] },
  badCall: { params: [i32, i32], results: [] },
  stackOverflow: { params: [], results: [] },
  copy: { params: [i32, i32, i32, i32, i32, i32], results: [] },
  fill: { params: [i32, i32, i32, i32, i32], results: [] },
  compareBytes: { params: [i32, i32, i32, i32, i32, i32, i32], results: [] },
};

/** Signatures of the functions that rewritten code imports from {@link RUNTIME}; the last two parameters are slot and pc, but for `compare…`. */
export const RUNTIME_FUNCTIONS: Readonly<Record<string, FunctionSpec>> = {
  translate: { params: [i64, i32, i32, i32], results: [i32] },
  translateShadow: { params: [i64, i32, i32, i32], results: [i32] },
  check: { params: [i64, i32, i32, i32], results: [] },
  attention: { params: [i32, i32], results: [] },
  badCall: { params: [i64, i32, i32], results: [] },
  stackOverflow: { params: [i32, i32], results: [] },
  compare: LOG_COMPARISON,
  compareBytes: LOG_BYTES,
  copy: { params: [i64, i64, i64, i32, i32], results: [] },
  fill: { params: [i64, i32, i64, i32, i32], results: [] },
  ...Object.fromEntries(
    Array.from({ length: STORE_LAST - STORE_FIRST + 1 }, (_, i) => [
      `store${STORE_FIRST + i}`,
      { params: [i64, STORE_TYPE[i], i32, i32], results: [] },
    ]),
  ),
};
