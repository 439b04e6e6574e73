import { bitmap, fourCharacters, hardwareAddress, hexString, uuid } from "./bytes.ts";
import { ERRNO } from "./errno.ts";
import { escaped } from "./escape.ts";
import { allocationFlags } from "./flags.ts";
import { internetAddress, socketAddress } from "./internet.ts";
import type { FormatSource } from "./source.ts";
import { integer, MAX_WIDTH, pad, type Spec, string, wholeHex } from "./spec.ts";
import { dateAndTime } from "./time.ts";

/** Formats the text of a `%pV`: a format and its arguments. */
type Inner = (format: string, source: FormatSource) => string;

/** An extension of `%p`: its text for an address that may be read; undefined if it is not one. */
type Extension = (at: bigint, extension: string, spec: Spec, source: FormatSource) => string | undefined;

/** Extensions that show what is at the address, where its layout is the same in every kernel, by first letter. */
const AT_ADDRESS: Readonly<Record<string, Extension>> = {
  b: (at, extension, { bits }, source) => bitmap(at, bits, extension[1] === "l", source),
  M: (at, extension, spec, source) => string(hardwareAddress(source.bytes(at, 6), extension), spec),
  m: (at, extension, spec, source) => string(hardwareAddress(source.bytes(at, 6), extension), spec),
  I: (at, extension, spec, source) => address(at, extension, spec, source),
  i: (at, extension, spec, source) => address(at, extension, spec, source),
  4: (at, extension, spec, source) =>
    extension.startsWith("4cc") ? string(fourCharacters(source.bytes(at, 4)), spec) : undefined,
  h: (at, extension, { width }, source) => hexString(source.bytes(at, Math.min(width ?? 1, 64)), extension[1]),
  E: (at, extension, { width }, source) => escaped(source.bytes(at, width ?? 1), extension),
  U: (at, extension, spec, source) => string(uuid(source.bytes(at, 16), extension[1]), spec),
  // phys_addr_t and dma_addr_t have 8 bytes on a processor of 64 bits.
  a: (at, _, __, source) => wholeHex(word(at, source), 8),
  N: (at, extension, spec, source) =>
    extension[1] === "F" ? wholeHex(word(at, source), 8) : errorText("(%pN?)", spec),
  t: (at, extension, _, source) => dateAndTime(at, extension, source),
};

/** Letters of extensions that show nothing at all for a width of 0, whatever the address. */
const EMPTY_IF_NO_WIDTH = "hE";

/**
 * Extensions that show structures of the kernel, and flags by their names. Both depend on its version and configuration: what prints them
 * is code of a kernel's source (lib/vsprintf.c).
 */
const OF_KERNEL = /^(?:[RrdDgGCOf]|4(?!cc)|t(?![RT]))/;

/** Conversions in a format of which {@link OF_KERNEL} may be an extension. */
const POINTER = /%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?p(\w+)/g;

/** Whether a format has a conversion that only a kernel's own code can print. */
export const needsKernelCode = (format: string): boolean =>
  [...format.matchAll(POINTER)].some(([, extension]) => OF_KERNEL.test(extension));

/**
 * The text of `%p` with an extension. S, s, B, V, e, x and K come from the machine; {@link AT_ADDRESS} are read from memory;
 * {@link OF_KERNEL} come from a kernel's code, and are `(%pR?)` without it. What has no extension, or an unknown one, is hashed, and so is
 * `%pK` (kptr_restrict is 0).
 */
export function pointer(spec: Spec, extension: string, source: FormatSource, inner: Inner): string {
  const at = source.next(8);
  switch (extension[0]) {
    case "s":
    case "S":
    case "B": {
      const symbol = source.symbol(at);
      return pad(extension[0] === "s" ? symbol.replace(/\+0x.*?( \[|$)/, "$1") : symbol, spec);
    }
    case "e":
      return isError(at) ? errorNumber(2n ** 64n - at, spec) : hashedPointer(spec, at, source);
    case "x":
      return plainPointer(spec, at);
    case "V":
      return badText(at, spec) ?? varying(at, source, inner);
  }
  if (OF_KERNEL.test(extension)) return ofKernel(at, extension, spec, source);
  const read = Object.hasOwn(AT_ADDRESS, extension[0] ?? "") ? AT_ADDRESS[extension[0]] : undefined;
  if (read && EMPTY_IF_NO_WIDTH.includes(extension[0]) && spec.width === 0) return "";
  return (read && (badText(at, spec) ?? read(at, extension, spec, source))) ?? hashedPointer(spec, at, source);
}

/** What a kernel's code prints. Without it: flags of allocations, which the headers here have as well, and a text that says what is missing. */
function ofKernel(at: bigint, extension: string, spec: Spec, source: FormatSource): string {
  const { left, plus, space, alternate, zero, width, precision } = spec;
  const flags = [left && "-", plus && "+", space && " ", alternate && "#", zero && "0"].filter(Boolean).join("");
  const conversion = `%${flags}${width ?? ""}${precision === undefined ? "" : `.${precision}`}p${extension}`;
  const text = source.structure(conversion, at);
  if (text !== undefined) return text;
  const bad = badText(at, spec);
  if (bad !== undefined) return bad;
  if (extension.startsWith("Gg")) return allocationFlags(word(at, source, 4));
  return errorText(`(%p${extension}?)`, spec);
}

/** The formatted text of a `struct va_format`: a format, and a pointer to its arguments. */
function varying(at: bigint, source: FormatSource, inner: Inner): string {
  const words = source.bytes(at, 16);
  return inner(source.string(number(words), MAX_WIDTH), source.list(word(number(words.subarray(8)), source)));
}

function address(at: bigint, extension: string, spec: Spec, source: FormatSource): string {
  const kind = extension[1];
  if (kind === "4" || kind === "6") {
    return string(internetAddress(source.bytes(at, kind === "4" ? 4 : 16), extension), spec);
  }
  if (kind !== "S") return errorText(`(%p${extension[0]}?)`, spec);
  const text = socketAddress(at, extension, spec, source);
  return text === undefined ? errorText("(einval)", spec) : string(text, spec);
}

/** The number of some bytes at an address. */
const word = (at: bigint, source: FormatSource, bytes = 8): bigint => number(source.bytes(at, bytes));

/** A little-endian number of up to 8 bytes. */
const number = (bytes: Uint8Array): bigint =>
  bytes.slice(0, 8).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** Whether an address is an error number, as `ERR_PTR()` makes it. */
const isError = (at: bigint): boolean => at >= 2n ** 64n - 4095n;

/** `%pe`: the error's name. */
function errorNumber(error: bigint, spec: Spec): string {
  const name = ERRNO.get(Number(error));
  return name === undefined ? integer(spec, -error, 10, true) : string(`-${name}`, spec);
}

/** The text printed for a pointer that must not be dereferenced (check_pointer_msg); undefined if it may. */
export function badPointer(at: bigint, { precision = 16 }: Spec): string | undefined {
  if (at === 0n) return "(null)".slice(0, precision);
  return at < 4096n || isError(at) ? "(efault)".slice(0, precision) : undefined;
}

function badText(at: bigint, spec: Spec): string | undefined {
  const text = badPointer(at, spec);
  return text === undefined ? undefined : pad(text, spec);
}

/** A text in place of a value, of at most 16 characters unless a precision is given (error_string). */
const errorText = (text: string, spec: Spec): string => string(text, { ...spec, precision: spec.precision ?? 16 });

/** Prints an address in hex, with 16 digits unless a width is given (pointer_string). */
function plainPointer(spec: Spec, at: bigint): string {
  return integer(spec.width === undefined ? { ...spec, width: 16, zero: true } : spec, at, 16, false);
}

/** `%p`: NULL and error numbers are no addresses, and are printed as they are (ptr_to_id). */
const hashedPointer = (spec: Spec, at: bigint, source: FormatSource): string =>
  plainPointer(spec, at === 0n || isError(at) ? at : source.hashed(at));
