import { type ByteMeaning, bugTraits, meaningOf, type PoisonContext } from "@kasan/shadow";
import { kernelVersionOf } from "../release.ts";
import { type AccessFields, accessSize, untaggedAddress } from "../sections/access.ts";
import type { MachineFields } from "../sections/machine.ts";
import type { MemoryFields, MemoryRow, MemoryState } from "../sections/memory.ts";
import type { StackLocationFields } from "../sections/stack-location.ts";
import type { TitleFields } from "../sections/title.ts";

/** Shadow bytes in a row (`META_BYTES_PER_ROW` in `mm/kasan/kasan.h`). */
export const BYTES_PER_ROW = 16;

/** The fields that decide what a shadow byte means. */
export type ShadowContext = MemoryFields & MachineFields & StackLocationFields & TitleFields;

/** Whether `row` is the one that describes `address`. That of the first bad one is printed after a `>`. */
export function isGuilty(row: MemoryRow, granule: number, address: bigint): boolean {
  return row.address <= address && address < row.address + BigInt(BYTES_PER_ROW * granule);
}

/** The shadow byte of `address` in `state`; `undefined` if it does not show it. */
export function shadowByteIn({ rows, granule }: MemoryState, address: bigint): number | undefined {
  const row = rows.find((one) => isGuilty(one, granule, address));
  return row?.bytes[Number((address - row.address) / BigInt(granule))];
}

/** The kernel and the mode whose shadow the report shows. */
export function shadowContext(report: ShadowContext): PoisonContext {
  const version = kernelVersionOf(report.machine?.release);
  return {
    ...(version && { version }),
    ...(report.memory?.granule === 16 && { mode: "sw_tags" as const }),
    ...(isOnStack(report) && { onStack: true }),
  };
}

/** Values that only frames of functions have: the redzones of variables and of `alloca()`. */
const FRAME_POISON: ReadonlySet<number> = new Set([0xf1, 0xf2, 0xf3, 0xca, 0xcb]);

/** Whether the rows show a stack, where 0xf8 is a variable out of its scope. */
function isOnStack({ stack, bugType, memory }: ShadowContext): boolean {
  const { family } = bugTraits(bugType);
  if (stack !== undefined || family === "stack" || family === "alloca") return true;
  if (family === "vmalloc") return false;
  return memory?.rows.some(hasFramePoison) ?? false;
}

function hasFramePoison({ bytes }: MemoryRow): boolean {
  for (let i = 0; i < bytes.length; i++) if (FRAME_POISON.has(bytes[i]!)) return true;
  return false;
}

/** The meaning of the shadow of `address`, if the report shows it. */
export function shadowAt(report: ShadowContext, address: bigint): ByteMeaning | undefined {
  const byte = report.memory && shadowByteIn(report.memory, address);
  return byte === undefined ? undefined : meaningOf(byte, shadowContext(report));
}

/** The shadow bytes in the rows with their meanings: each value once, in ascending order. */
export function legendOf(report: ShadowContext): ByteMeaning[] {
  const bytes = new Set<number>();
  for (const row of report.memory?.rows ?? []) for (let i = 0; i < row.bytes.length; i++) bytes.add(row.bytes[i]!);
  const context = shadowContext(report);
  return [...bytes].sort((a, b) => a - b).map((byte) => meaningOf(byte, context));
}

/** The bytes of a granule that may be used, counted from its start: a poison value allows none. */
export function usableBytes(byte: number, { granule }: MemoryState, pointerTag?: number): number {
  if (granule === 16) return pointerTag === undefined || byte === pointerTag ? granule : 0;
  if (byte === 0) return granule;
  return byte < granule ? byte : 0;
}

/** The granule under the caret, if it is one of the access's. */
function caretWithin({ caret }: MemoryFields, address: bigint, end: bigint): bigint | undefined {
  return caret?.exact && caret.address >= address && caret.address < end ? caret.address : undefined;
}

/**
 * Whether the shadow changed while KASAN looked: generic mode names a bug by the shadow, and says just `out-of-bounds` if it allows
 * the access (`get_shadow_bug_type` in `mm/kasan/report_generic.c`).
 */
export function isRaced({ bugType, memory, access }: ShadowContext & AccessFields): boolean {
  return bugType === "out-of-bounds" && memory?.granule !== 16 && access?.pointerTag === undefined;
}

/** The result of {@link checkAccess}. */
export interface AccessVerdict {
  /** The first byte that may not be used, as far as the rows show; else the accessed address. */
  readonly firstBad: bigint;
  /** Whether the rows allow the whole access: they were not yet, or no longer, what KASAN saw. `undefined` if they show too little. */
  readonly allowed?: boolean;
}

/**
 * Checks the access against the rows as KASAN checks it against the shadow. `undefined` without an access. The rows are centred on
 * the first bad byte: what they do not show of the access before it was in order.
 */
export function checkAccess(report: AccessFields & MemoryFields): AccessVerdict | undefined {
  const { access, memory } = report;
  if (access === undefined) return undefined;
  const address = untaggedAddress(access);
  const size = accessSize(report) ?? 1n;
  const end = address + (size === 0n ? 1n : size);
  let seen = 0n;
  for (const row of memory?.rows ?? []) {
    const granule = BigInt(memory!.granule);
    if (row.address >= end || row.address + granule * BigInt(row.bytes.length) <= address) continue;
    for (const [i, byte] of Array.from(row.bytes).entries()) {
      const at = row.address + BigInt(i) * granule;
      const [from, to] = [at > address ? at : address, at + granule < end ? at + granule : end];
      if (from >= to) continue;
      const limit = at + BigInt(usableBytes(byte, memory!, access.pointerTag));
      if (limit < to) return { firstBad: limit > from ? limit : from, allowed: false };
      seen += to - from;
    }
  }
  const allowed = seen === end - address ? { allowed: true } : {};
  return { firstBad: caretWithin(report, address, end) ?? address, ...allowed };
}

/**
 * The end of the usable memory below `bad`, as the rows of generic mode show it: down over redzones to a granule that is whole or
 * partial. `"none"` if there are only redzones down to `from`; `undefined` if the rows end before, or show anything else.
 */
export function usableEndBelow(report: ShadowContext, bad: bigint, from: bigint): bigint | "none" | undefined {
  const { memory } = report;
  if (memory === undefined || memory.granule !== 8) return undefined;
  for (let at = bad - (bad % 8n); at >= from - (from % 8n); at -= 8n) {
    const byte = shadowByteIn(memory, at);
    if (byte === undefined) return undefined;
    const usable = usableBytes(byte, memory);
    if (usable > 0) return at + BigInt(usable);
    const { state } = shadowAt(report, at)!;
    if (state !== "redzone" && state !== "unallocated") return undefined;
  }
  return "none";
}

/** Whether all memory from `start` to `end` may be used, as the rows of generic mode show it; `undefined` if they show too little. */
export function isUsable({ memory }: MemoryFields, start: bigint, end: bigint): boolean | undefined {
  if (memory === undefined || memory.granule !== 8) return undefined;
  let shown = true;
  for (const row of memory.rows) {
    for (const [i, byte] of Array.from(row.bytes).entries()) {
      const at = row.address + BigInt(i * memory.granule);
      const last = at + BigInt(usableBytes(byte, memory));
      if (at >= start && at < end && last < (end < at + 8n ? end : at + 8n)) return false;
    }
  }
  for (const at of [start, end - 1n]) shown &&= shadowByteIn(memory, at) !== undefined;
  return shown ? true : undefined;
}
