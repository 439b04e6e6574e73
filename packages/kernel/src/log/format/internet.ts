import type { FormatSource } from "./source.ts";
import { integer, type Spec } from "./spec.ts";

/** Address families of a `struct sockaddr` (include/linux/socket.h). */
const [AF_INET, AF_INET6] = [2, 10];
/** The part of `sin6_flowinfo` that is printed (include/uapi/linux/in6.h, IPV6_FLOWINFO_MASK). */
const FLOWINFO = 0x0fffffff;

/**
 * `%pI4` and `%pi4`, the latter with leading zeros, each with a byte order (h, n, b, l); `%pI6`, `%pi6`, and the compressed
 * `%pI6c`.
 */
export function internetAddress(bytes: Uint8Array, extension: string): string {
  const zeros = extension[0] === "i";
  if (extension[1] === "4") return version4(bytes, zeros, extension[2]);
  return version6(bytes, zeros, extension[2] === "c");
}

function version4(bytes: Uint8Array, zeros: boolean, order: string | undefined): string {
  // Host byte order is little-endian.
  const ordered = order === "h" || order === "l" ? bytes.slice().reverse() : bytes;
  return Array.from(ordered, (byte) => (zeros ? `${byte}`.padStart(3, "0") : `${byte}`)).join(".");
}

function version6(bytes: Uint8Array, zeros: boolean, compressed: boolean): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i] * 256 + bytes[2 * i + 1]);
  if (compressed && !zeros) return compress(groups, bytes);
  return groups.map((group) => group.toString(16).padStart(4, "0")).join(zeros ? "" : ":");
}

/** RFC 5952: the longest run of zeros, of at least two, is left out; an address of version 4 inside is written as one. */
function compress(groups: readonly number[], bytes: Uint8Array): string {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  // RFC 5214, with either value of the bit that says whether the address is unique.
  const isatap = (groups[4] | 0x0200) === 0x0200 && groups[5] === 0x5efe;
  const inside = mapped || isatap;
  const parts = (inside ? groups.slice(0, 6) : groups).map((group) => group.toString(16));
  const [from, length] = longestRun(parts);
  if (inside) parts.push(version4(bytes.subarray(12), false, undefined));
  if (length < 2) return parts.join(":");
  return `${parts.slice(0, from).join(":")}::${parts.slice(from + length).join(":")}`;
}

/** Where the first of the longest runs of zeros starts, and its length. */
function longestRun(parts: readonly string[]): [from: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let from = 0; from < parts.length; from++) {
    let length = 0;
    while (parts[from + length] === "0") length++;
    if (length > best[1]) best = [from, length];
  }
  return best;
}

/**
 * `%pIS` and `%piS`: the address in a `struct sockaddr`; with letters for the port (p), the flow (f), the scope (s), the compressed form
 * (c) and version 4's byte order.
 *
 * @returns undefined for an address that is of neither version
 */
export function socketAddress(at: bigint, extension: string, spec: Spec, source: FormatSource): string | undefined {
  const letters = extension.slice(2);
  const has = (letter: string) => letters.includes(letter);
  const zeros = extension[0] === "i";
  const start = view(source.bytes(at, 8));
  const number = (value: number) => integer(spec, BigInt(value), 10, false);
  const port = () => (has("p") ? `:${number(start.getUint16(2))}` : "");
  const family = start.getUint16(0, true);
  if (family === AF_INET) {
    const order = letters.match(/[hlnb]/g)?.at(-1);
    return version4(source.bytes(at + 4n, 4), zeros, order) + port();
  }
  if (family !== AF_INET6) return undefined;
  const rest = source.bytes(at + 8n, 20);
  const text = version6(rest.subarray(0, 16), zeros, has("c"));
  const flow = has("f") ? `/${number(start.getUint32(4) & FLOWINFO)}` : "";
  const scope = has("s") ? `%${number(view(rest).getUint32(16, true))}` : "";
  return /[pfs]/.test(letters) ? `[${text}]${port()}${flow}${scope}` : text;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
