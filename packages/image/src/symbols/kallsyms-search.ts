import type { VirtualMemory } from "../virtual.ts";
import { type KallsymsParts, MOST_SYMBOLS, readTokens } from "./kallsyms.ts";

/** Addresses that are mapped, in one piece. */
export interface MappedPiece {
  /** The first address. */
  readonly start: bigint;
  /** The last address. */
  readonly end: bigint;
}

/** The pieces of names that are one digit, which every kernel needs, lie next to each other in the table: it is sorted by byte. */
const DIGITS = new TextEncoder().encode("0\x001\x002\x003\x004\x005\x006\x007\x008\x009\0");
/** Pieces before that of `0`. */
const BEFORE_DIGITS = 0x30;
/** Bytes of all pieces at most, of the index, and of names before the pieces. */
const MOST_TOKEN_BYTES = 4096;
const INDEX_BYTES = 512;
const MOST_NAME_BYTES = 2 ** 24;
/** Symbols that a kernel has at least, and names that are looked at before all are. */
const FEWEST_SYMBOLS = 500;
const FIRST_NAMES = 64;
const CHUNK = 2 ** 20;

/**
 * Finds a kernel's table of symbols that nothing names: by the pieces of its names, which hold the digits; then the names, by a count
 * after which as many names make sense; then the addresses, which lie before the names, or, since Linux 6.4, after the pieces.
 *
 * @param pieces - where the kernel image is mapped
 */
export function findKallsyms(memory: VirtualMemory, pieces: Iterable<MappedPiece>): KallsymsParts | undefined {
  for (const piece of pieces) {
    for (const digits of occurrences(memory, piece)) {
      const parts = tokensAround(memory, digits);
      const names = parts && findNames(memory, parts, piece.start);
      const found = names && findValues(memory, { ...parts, ...names });
      if (found) return found;
    }
  }
  return undefined;
}

/** Where the digits are, in a piece of memory. */
function* occurrences(memory: VirtualMemory, { start, end }: MappedPiece): Generator<bigint> {
  for (let at = start; at <= end; at += BigInt(CHUNK)) {
    const there = memory.bytesOrZeros(at, CHUNK + DIGITS.length);
    for (let i = there.indexOf(DIGITS[0]!); i >= 0 && i < CHUNK; i = there.indexOf(DIGITS[0]!, i + 1)) {
      if (DIGITS.every((byte, j) => there[i + j] === byte)) yield at + BigInt(i);
    }
  }
}

interface Tokens {
  readonly tokens: bigint;
  readonly tokenIndex: bigint;
}

/** The table of pieces that has digits at an address: the index follows it, and says where each piece starts. */
function tokensAround(memory: VirtualMemory, digits: bigint): Tokens | undefined {
  const after = new Uint8Array(MOST_TOKEN_BYTES);
  const view = new DataView(after.buffer, 0, memory.read(digits, after));
  for (let at = Number(aligned(digits) - digits); at + INDEX_BYTES <= view.byteLength; at += 8) {
    const tokenIndex = digits + BigInt(at);
    if (view.getUint16(at, true) !== 0 || !isIndex(view, at)) continue;
    const zero = view.getUint16(at + BEFORE_DIGITS * 2, true);
    return { tokens: digits - BigInt(zero), tokenIndex };
  }
  return undefined;
}

/** Whether 256 numbers ascend, as those of pieces do. */
function isIndex(view: DataView, at: number): boolean {
  for (let i = 1; i < INDEX_BYTES / 2; i++) {
    if (view.getUint16(at + i * 2, true) <= view.getUint16(at + i * 2 - 2, true)) return false;
  }
  return true;
}

interface Names {
  readonly count: bigint;
  readonly names: bigint;
}

/** The count of symbols and their names, somewhere before the pieces. */
function findNames(memory: VirtualMemory, { tokens, tokenIndex }: Tokens, from: bigint): Names | undefined {
  const pieces = readTokens(memory, tokens, tokenIndex);
  const start = tokens - BigInt(MOST_NAME_BYTES) < from ? from : tokens - BigInt(MOST_NAME_BYTES);
  const bytes = memory.bytesOrZeros(start, Number(tokens - start));
  const view = new DataView(bytes.buffer);
  for (let at = Number((8n - (start % 8n)) % 8n); at + 16 < bytes.length; at += 8) {
    const count = view.getUint32(at, true);
    if (count < FEWEST_SYMBOLS || count > MOST_SYMBOLS || view.getUint32(at + 4, true) !== 0) continue;
    if (!namesMakeSense(bytes, at + 8, Math.min(count, FIRST_NAMES), pieces)) continue;
    if (namesMakeSense(bytes, at + 8, count, pieces)) {
      return { count: start + BigInt(at), names: start + BigInt(at + 8) };
    }
  }
  return undefined;
}

/** Whether as many names begin with a letter, their type, and have nothing but what names have. */
function namesMakeSense(bytes: Uint8Array, start: number, count: number, pieces: readonly string[]): boolean {
  let at = start;
  for (let i = 0; i < count; i++) {
    let length = bytes[at++]!;
    if (length & 0x80) length = (length & 0x7f) | (bytes[at++]! << 7);
    if (length === 0 || at + length > bytes.length) return false;
    if (i < FIRST_NAMES) {
      const name = Array.from(bytes.subarray(at, at + length), (piece) => pieces[piece]).join("");
      if (!/^[A-Za-z?][\x21-\x7e]+$/.test(name)) return false;
    }
    at += length;
  }
  return true;
}

const aligned = (address: bigint) => (address + 7n) & ~7n;

/** The offsets and their base: after the pieces' index, or before the count. */
function findValues(memory: VirtualMemory, found: Tokens & Names): KallsymsParts | undefined {
  const bytes = BigInt(memory.u32(found.count)) * 4n;
  const after = aligned(found.tokenIndex + BigInt(INDEX_BYTES));
  const base = found.count - 8n;
  const places = [
    { values: after, relativeBase: aligned(after + bytes) },
    { values: base - aligned(bytes), relativeBase: base },
  ];
  const fitting = places.find(({ relativeBase }) => {
    if (!memory.has(relativeBase)) return false;
    const address = memory.u64(relativeBase);
    return address >= 1n << 63n && memory.isMapped(address);
  });
  return fitting && { ...found, ...fitting };
}
