import type { FormatSource } from "./source.ts";
import { wholeHex } from "./spec.ts";

const hexByte = (byte: number): string => byte.toString(16).padStart(2, "0");

/** `%*ph`: bytes in hex. @param separator - the letter after it */
export const hexString = (bytes: Uint8Array, separator = ""): string =>
  Array.from(bytes, hexByte).join({ C: ":", D: "-", N: "" }[separator] ?? " ");

/** `%*pb`: groups of 32 bits in hex, highest first; `%*pbl`: ranges of set bits. */
export function bitmap(at: bigint, bits: number, list: boolean, source: FormatSource): string {
  if (bits === 0) return "";
  const bytes = source.bytes(at, Math.ceil(bits / 64) * 8);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (bit: number) => ((bytes[bit >> 3] >> (bit & 7)) & 1) === 1;
  if (!list) {
    const groups: string[] = [];
    for (let first = 0; first < bits; first += 32) {
      const count = Math.min(32, bits - first);
      const value = words.getUint32(first / 8, true) & (count === 32 ? -1 : (1 << count) - 1);
      groups.push((value >>> 0).toString(16).padStart(Math.ceil(count / 4), "0"));
    }
    return groups.reverse().join(",");
  }
  const ranges: string[] = [];
  for (let bit = 0; bit < bits; bit++) {
    if (!has(bit)) continue;
    const first = bit;
    while (bit + 1 < bits && has(bit + 1)) bit++;
    ranges.push(first === bit ? `${first}` : `${first}-${bit}`);
  }
  return ranges.join(",");
}

/** `%pM`, `%pMF` (Fibre Channel), `%pMR` (Bluetooth byte order), and without separators `%pm`, `%pmR`. */
export function hardwareAddress(bytes: Uint8Array, extension: string): string {
  const separator = extension[0] === "m" ? "" : extension[1] === "F" ? "-" : ":";
  const ordered = extension[1] === "R" ? bytes.slice().reverse() : bytes;
  return Array.from(ordered, hexByte).join(separator);
}

/** `%p4cc`: a pixel format's four characters, byte order, and number. */
export function fourCharacters(bytes: Uint8Array): string {
  const value = new DataView(bytes.slice().buffer).getUint32(0, true);
  const text = [0, 8, 16, 24]
    .map((shift) => (value >>> shift) & (shift === 24 ? 0x7f : 0xff))
    .map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "."))
    .join("");
  const order = value >>> 31 === 1 ? "big" : "little";
  return `${text} ${order}-endian (${wholeHex(BigInt(value), 4)})`;
}

const UUID_ORDER = [0, 1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];
/** Microsoft's byte order: the first three fields are little-endian. */
const GUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];

/** `%pUb`, `%pUl` and the upper-case `%pUB`, `%pUL`. */
export function uuid(bytes: Uint8Array, kind = "b"): string {
  const order = kind === "l" || kind === "L" ? GUID_ORDER : UUID_ORDER;
  const text = order.map((index) => (index < 0 ? "-" : hexByte(bytes[index]))).join("");
  return kind === "B" || kind === "L" ? text.toUpperCase() : text;
}
