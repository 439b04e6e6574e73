import { concatBytes } from "@kasan/shadow";
import { ReportError } from "../error.ts";

// Bytes that are no UTF-8 become lone surrogates U+DC80 … U+DCFF, which no valid input decodes to: so that text can be
// searched as text, and still be turned back into the very bytes that it came from.
const ESCAPE = 0xdc00;
/** Ends the text of UTF-16 of whole characters whose last one could be taken for an odd byte's escape, or for this. */
const WHOLE = 0xdd00;

/** A piece of a log: text, or bytes in UTF-8 (or in anything else: bytes that are not UTF-8 survive). */
export type LogChunk = string | Uint8Array;

/** How UTF-16 begins, as bytes, and what stands for it in the text: the mark's bytes as {@link ESCAPE} has them, or a character of ours if there is none. */
const WIDE = [
  { isIt: (a: number, b: number) => a === 0xff && b === 0xfe, mark: "\udcff\udcfe", skip: 2, little: true },
  { isIt: (a: number, b: number) => a === 0xfe && b === 0xff, mark: "\udcfe\udcff", skip: 2, little: false },
  { isIt: (a: number, b: number) => isAscii(a) && b === 0, mark: "\udc00", skip: 0, little: true },
  { isIt: (a: number, b: number) => a === 0 && isAscii(b), mark: "\udc01", skip: 0, little: false },
] as const;
type Wide = (typeof WIDE)[number];

const isAscii = (byte: number): boolean => byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f);

/** Turns chunks of bytes into text, whatever the bytes, so that {@link encodeLog} can turn it back. UTF-16 is known by its first bytes. */
export class LogDecoder {
  private readonly strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private rest: Uint8Array = new Uint8Array(0);
  /** `undefined` before the first four bytes. */
  private wide: Wide | "no" | undefined;
  /** The last unit of UTF-16 that was decoded. */
  private last = 0;

  /** The text of `chunk`. A character that its end cuts in two is kept for the next chunk. */
  decode(chunk: LogChunk): string {
    if (typeof chunk === "string") return this.end() + chunk;
    if (!(chunk instanceof Uint8Array)) throw new ReportError("LOG_CHUNK", "a log is text or Uint8Array");
    const bytes = this.rest.length === 0 ? chunk : concatBytes([this.rest, chunk]);
    if (this.wide === undefined) {
      if (bytes.length < 4) {
        this.rest = bytes.slice();
        return "";
      }
      return this.begin(bytes);
    }
    if (this.wide !== "no") return this.widened(bytes, this.wide);
    const cut = bytes.length - unfinished(bytes);
    this.rest = bytes.slice(cut);
    return this.text(bytes.subarray(0, cut));
  }

  /** The text of the bytes that were kept: a character that was never finished. */
  end(): string {
    const begun = this.wide === undefined ? this.begin(this.rest) : "";
    const rest = this.rest;
    this.rest = new Uint8Array(0);
    if (this.wide === "no") return begun + escapeInvalid(rest);
    const last = this.last;
    this.last = 0;
    if (rest.length > 0) return begun + String.fromCharCode(ESCAPE + rest[0]!);
    return last >= ESCAPE && last <= WHOLE ? begun + String.fromCharCode(WHOLE) : begun;
  }

  /** Tells the encoding by four bytes, or by the fewer that a whole log has. */
  private begin(bytes: Uint8Array): string {
    const [a = -1, b = -1, c = -1, d = -1] = bytes;
    const wide = WIDE.find(({ isIt, skip }) => isIt(a, b) && (skip > 0 || isIt(c, d)));
    this.wide = wide ?? "no";
    this.rest = new Uint8Array(0);
    return wide === undefined ? this.decode(bytes) : wide.mark + this.widened(bytes.subarray(wide.skip), wide);
  }

  private widened(bytes: Uint8Array, { little }: Wide): string {
    const even = bytes.length & ~1;
    this.rest = bytes.slice(even);
    const view = new DataView(bytes.buffer, bytes.byteOffset, even);
    if (even > 0) this.last = view.getUint16(even - 2, little);
    const parts: string[] = [];
    for (let at = 0; at < even; at += 8192) {
      const units = Array.from({ length: Math.min(8192, even - at) / 2 }, (_, i) => view.getUint16(at + 2 * i, little));
      parts.push(String.fromCharCode(...units));
    }
    return parts.join("");
  }

  private text(bytes: Uint8Array): string {
    try {
      return this.strict.decode(bytes);
    } catch {
      return escapeInvalid(bytes);
    }
  }
}

/** The same text, which does not keep the piece of the log in memory that it was cut from. */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}

/** The bytes that `text` was decoded from: what `formatLog` answers of a log of bytes. */
export function encodeLog(text: string): Uint8Array {
  const wide = WIDE.find(({ mark }) => text.startsWith(mark));
  if (wide !== undefined) return encodeWide(text, wide);
  if (!/[\udc80-\udcff]/.test(text)) return new TextEncoder().encode(text);
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff]+)/);
  const bytes = parts.map((part, i) =>
    i % 2 === 0 ? new TextEncoder().encode(part) : Uint8Array.from(part, (c) => c.charCodeAt(0) - ESCAPE),
  );
  return concatBytes(bytes);
}

function encodeWide(text: string, { mark, skip, little }: Wide): Uint8Array {
  const last = text.length > mark.length ? text.charCodeAt(text.length - 1) : 0;
  const odd = last >= ESCAPE && last < WHOLE;
  const units = text.length - mark.length - Number(odd || last === WHOLE);
  const bytes = new Uint8Array(skip + 2 * units + Number(odd));
  for (let i = 0; i < skip; i++) bytes[i] = mark.charCodeAt(i) - ESCAPE;
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < units; i++) view.setUint16(skip + 2 * i, text.charCodeAt(mark.length + i), little);
  if (odd) bytes[bytes.length - 1] = last - ESCAPE;
  return bytes;
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
    // Asking the decoder would take a thousand times as long: it throws.
    if (isCharacter(bytes, at, length)) {
      parts.push(strict.decode(bytes.subarray(at, at + length)));
      at += length;
    } else {
      parts.push(String.fromCharCode(ESCAPE + first));
      at++;
    }
  }
  return parts.join("");
}

/** The second byte after a first one that does not take all (The Unicode Standard, table 3-7). */
const SECOND: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/** Whether the bytes from `at` on are a character of `length` bytes, more than one. */
function isCharacter(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 1 || at + length > bytes.length) return false;
  const [from, to] = SECOND[bytes[at]!] ?? [0x80, 0xbf];
  const second = bytes[at + 1]!;
  if (second < from || second > to) return false;
  return bytes.subarray(at + 2, at + length).every((byte) => byte >= 0x80 && byte < 0xc0);
}
