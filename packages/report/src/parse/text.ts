import { ReportError } from "../error.ts";

// Bytes that are no UTF-8 become lone surrogates U+DC80 … U+DCFF, which no valid input decodes to: so that text can be
// searched as text, and still be turned back into the very bytes that it came from.
const ESCAPE = 0xdc00;

/** A piece of a log: text, or bytes in UTF-8 (or in anything else: bytes that are not UTF-8 survive). */
export type LogChunk = string | Uint8Array;

/** Turns chunks of bytes into text, whatever the bytes, so that {@link encodeLog} can turn it back. */
export class LogDecoder {
  private readonly strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private rest: Uint8Array = new Uint8Array(0);

  /** The text of `chunk`. A character that its end cuts in two is kept for the next chunk. */
  decode(chunk: LogChunk): string {
    if (typeof chunk === "string") return this.end() + chunk;
    if (!(chunk instanceof Uint8Array)) throw new ReportError("LOG_CHUNK", "a log is text or Uint8Array");
    const bytes = this.rest.length === 0 ? chunk : concat(this.rest, chunk);
    const cut = bytes.length - unfinished(bytes);
    this.rest = bytes.slice(cut);
    return this.text(bytes.subarray(0, cut));
  }

  /** The text of the bytes that were kept: a character that was never finished. */
  end(): string {
    const rest = this.rest;
    if (rest.length === 0) return "";
    this.rest = new Uint8Array(0);
    return escapeInvalid(rest);
  }

  private text(bytes: Uint8Array): string {
    try {
      return this.strict.decode(bytes);
    } catch {
      return escapeInvalid(bytes);
    }
  }
}

/** The bytes that `text` was decoded from: what `formatLog` answers of a log of bytes. */
export function encodeLog(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return new TextEncoder().encode(text);
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff]+)/);
  const bytes = parts.map((part, i) =>
    i % 2 === 0 ? new TextEncoder().encode(part) : Uint8Array.from(part, (c) => c.charCodeAt(0) - ESCAPE),
  );
  return bytes.reduce(concat, new Uint8Array(0));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** How many bytes at the end begin a character that goes on in the next chunk: 0 … 3. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? back : 0;
  }
  return 0;
}

function sequenceLength(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** Decodes piece by piece, and escapes each byte that begins no valid character. */
function escapeInvalid(bytes: Uint8Array): string {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    if (first < 0x80) {
      let end = at + 1;
      while (end < bytes.length && end - at < 8192 && bytes[end]! < 0x80) end++;
      parts.push(String.fromCharCode(...bytes.subarray(at, end)));
      at = end;
      continue;
    }
    const length = sequenceLength(first);
    try {
      if (length === 1 || at + length > bytes.length) throw new RangeError("no character");
      parts.push(strict.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      parts.push(String.fromCharCode(ESCAPE + first));
      at++;
    }
  }
  return parts.join("");
}
