import { formatFrame, type StackFrame } from "./frame.ts";

/** `1 byte`, `2 bytes`. */
export function plural(count: number | bigint, what: string): string {
  return `${count} ${what}${BigInt(count) === 1n ? "" : "s"}`;
}

/** `a 96-byte`, `an 80-byte`: the article as the number is spoken. */
export function withArticle(bytes: number): string {
  return `${/^8|^1[18](?:\d{3})?$/.test(String(bytes)) ? "an" : "a"} ${bytes}-byte`;
}

/** A function by its name, or by its address if it has none. */
export function nameOf(frame: StackFrame): string {
  return frame.symbol ?? formatFrame(frame);
}

/** A function by its name, and its module. */
export function functionName(frame: StackFrame | undefined): string | undefined {
  if (frame === undefined) return undefined;
  return frame.module === undefined ? nameOf(frame) : `${nameOf(frame)} (module ${frame.module})`;
}
