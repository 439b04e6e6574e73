import type { FrameObject } from "@kasan/report";
import { KASAN_STACK_LEFT } from "@kasan/shadow";

/** First word of a frame that the compiler instrumented (CURRENT_STACK_FRAME_MAGIC of mm/kasan/kasan.h). */
const FRAME_MAGIC = 0x41b58ab3;
const MAX_DESCRIPTION = 1024;

/** What a frame is found with. */
export interface FrameSource {
  /** The shadow byte of an address; -1 if its shadow is not mapped. */
  byteAt(address: bigint): number;
  /** Guests' memory. */
  readonly guestMemory: {
    read(address: bigint, count: number): Uint8Array;
    string(address: bigint, limit: number): string;
  };
}

/** The instrumented frame that an address lies in. */
export interface InstrumentedFrame {
  /** First address of the frame. */
  readonly start: bigint;
  /** The function, as the compiler left it: a function pointer. */
  readonly function: bigint;
  /** Its variables, as the compiler describes them. */
  readonly objects: readonly FrameObject[];
}

/**
 * Finds the frame around an address on a stack: downwards in the shadow to the left redzone, where the frame starts
 * with a magic word, the address of its description, and the function (get_address_stack_frame_info of
 * mm/kasan/report_generic.c). `stackLow`: lowest address of the stack.
 */
export function findStackFrame(source: FrameSource, address: bigint, stackLow: bigint): InstrumentedFrame | undefined {
  let at = address - (address % 8n);
  while (at >= stackLow && source.byteAt(at) !== KASAN_STACK_LEFT) at -= 8n;
  while (at >= stackLow && source.byteAt(at) === KASAN_STACK_LEFT) at -= 8n;
  const start = at + 8n;
  if (start > address || start < stackLow) return undefined;
  const words = new DataView(source.guestMemory.read(start, 24).buffer);
  if (words.getBigUint64(0, true) !== BigInt(FRAME_MAGIC)) return undefined;
  const description = source.guestMemory.string(words.getBigUint64(8, true), MAX_DESCRIPTION);
  return { start, function: words.getBigUint64(16, true), objects: parseDescription(description) };
}

/**
 * The compiler's description of a frame: the number of objects, then for each its offset, its size, the length of its
 * name, and the name, which clang follows with `:line`. All separated by spaces.
 */
export function parseDescription(text: string): FrameObject[] {
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
    const [, name, line] = /^(.*?)(?::(\d+))?$/s.exec(full) as RegExpExecArray;
    objects.push({
      start: Number(start),
      end: Number(start) + Number(size),
      name,
      ...(line && { line: Number(line) }),
    });
  }
  return objects;
}
