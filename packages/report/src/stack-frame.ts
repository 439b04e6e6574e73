import { KASAN_STACK_LEFT } from "@kasan/shadow";
import type { FrameObject } from "./sections/stack-location.ts";

/** First word of an instrumented stack frame (CURRENT_STACK_FRAME_MAGIC of mm/kasan/kasan.h). */
const FRAME_MAGIC = 0x41b58ab3;
const MAX_DESCRIPTION = 1024;

/** The memory of a kernel, as far as finding a frame needs it. The frame lies on a stack, which is mapped. */
export interface FrameSource {
  /** The shadow byte of an address; -1 if its shadow is not mapped. */
  byteAt(address: bigint): number;
  /** The `count` bytes at an address, in an array buffer of their own. */
  read(address: bigint, count: number): Uint8Array;
  /** The text at an address, up to its NUL, or `limit` bytes. */
  string(address: bigint, limit: number): string;
}

/** The instrumented stack frame that contains an address. */
export interface InstrumentedFrame {
  /** First address of the frame. */
  readonly start: bigint;
  /** The function, as a function pointer written by the compiler. */
  readonly function: bigint;
  /** Its variables, as described by the compiler. */
  readonly objects: readonly FrameObject[];
}

/**
 * Finds the frame around a stack address: searches the shadow downwards to the left redzone. The frame starts there with a magic
 * word, the address of its description, and the function (get_address_stack_frame_info of mm/kasan/report_generic.c). `stackLow`:
 * lowest address of the stack. `undefined` if no frame is there. Throws what `source` throws.
 */
export function findStackFrame(source: FrameSource, address: bigint, stackLow: bigint): InstrumentedFrame | undefined {
  let at = address - (address % 8n);
  while (at >= stackLow && source.byteAt(at) !== KASAN_STACK_LEFT) at -= 8n;
  while (at >= stackLow && source.byteAt(at) === KASAN_STACK_LEFT) at -= 8n;
  const start = at + 8n;
  if (start > address || start < stackLow) return undefined;
  const words = new DataView(source.read(start, 24).buffer);
  if (words.getBigUint64(0, true) !== BigInt(FRAME_MAGIC)) return undefined;
  const description = source.string(words.getBigUint64(8, true), MAX_DESCRIPTION);
  return { start, function: words.getBigUint64(16, true), objects: parseFrameDescription(description) };
}

/**
 * Parses the compiler's description of a frame: the number of objects, then for each its offset, its size, the length of its name,
 * and the name; clang appends `:line` to it. All fields are separated by spaces.
 */
export function parseFrameDescription(text: string): FrameObject[] {
  const objects: FrameObject[] = [];
  const first = /^(\d+) /.exec(text);
  if (!first) return objects;
  let rest = text.slice(first[0].length);
  for (let n = Number(first[1]); n > 0; n--) {
    const head = /^(\d+) (\d+) (\d+) /.exec(rest);
    if (!head) return objects;
    const [all, start, size, length] = head;
    const full = rest.slice(all.length, all.length + Number(length));
    rest = rest.slice(all.length + Number(length)).trimStart();
    const [, name = "", line] = /^(.*?)(?::(\d+))?$/s.exec(full) ?? [];
    objects.push({
      start: Number(start),
      end: Number(start) + Number(size),
      name,
      ...(line && { line: Number(line) }),
    });
  }
  return objects;
}
