/** Where the formatter gets a guest's arguments and memory from. */
export interface FormatSource {
  /** The next variadic argument, 4 or 8 bytes at its natural alignment as the wasm64 ABI passes them, zero-extended. */
  next(bytes: 4 | 8): bigint;
  /** The NUL-terminated string at an address, at most `limit` bytes. */
  string(address: bigint, limit: number): string;
  /** Bytes at an address. */
  bytes(address: bigint, count: number): Uint8Array;
  /** `%pS`: symbol+offset/size [module] of a code or data address. */
  symbol(address: bigint): string;
  /** `%p`: the address as a log may show it; the machine's are not hashed. */
  pointer(address: bigint): string;
}

const MAX_WIDTH = 4096;
const SPECIFIER = /^([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|z|t|j|L)?([a-zA-Z%])/;

interface Spec {
  left: boolean;
  plus: boolean;
  space: boolean;
  alternate: boolean;
  zero: boolean;
  width: number;
  precision: number;
  hasPrecision: boolean;
  length: string;
}

/**
 * `vsnprintf` of the kernel (lib/vsprintf.c, Documentation/core-api/printk-formats.rst): the C conversions, and of the
 * `%p` extensions pS, ps, pB, px, pK, pe, ph, pV (not nested), pUb. Floating point is not there, as in the kernel.
 */
export function formatKernel(format: string, source: FormatSource): string {
  let out = "";
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent < 0) return out + format.slice(at);
    out += format.slice(at, percent);
    const match = SPECIFIER.exec(format.slice(percent + 1));
    if (!match) return out + format.slice(percent);
    at = percent + 1 + match[0].length;
    const { spec, type } = readSpec(match, format, percent, source);
    if (type === "p") {
      const extension = /^(?:[sS]R?|B[b]?|x|K|e|h[CDN]?|U[bBlL]|V|d|D)/.exec(format.slice(at))?.[0] ?? "";
      at += extension.length;
      out += pointer(spec, extension, source);
    } else out += convert(type, spec, source);
  }
  return out;
}

function readSpec(
  match: RegExpExecArray,
  format: string,
  percent: number,
  source: FormatSource,
): { spec: Spec; type: string } {
  const [, flags, width, precision, length = "", type] = match;
  const number = (text: string | undefined) =>
    text === "*" ? Number(BigInt.asIntN(32, source.next(4))) : text === undefined ? 0 : Number(text);
  const spec: Spec = {
    left: flags.includes("-"),
    plus: flags.includes("+"),
    space: flags.includes(" "),
    alternate: flags.includes("#"),
    zero: flags.includes("0"),
    width: number(width),
    precision: 0,
    hasPrecision: format.slice(percent, percent + match[0].length + 1).includes("."),
    length,
  };
  if (spec.hasPrecision) spec.precision = Math.max(0, number(precision));
  if (spec.width < 0) {
    spec.left = true;
    spec.width = -spec.width;
  }
  spec.width = Math.min(spec.width, MAX_WIDTH);
  spec.precision = Math.min(spec.precision, MAX_WIDTH);
  return { spec, type };
}

function pad(text: string, spec: Spec): string {
  return spec.left ? text.padEnd(spec.width) : text.padStart(spec.width);
}

function convert(type: string, spec: Spec, source: FormatSource): string {
  switch (type) {
    case "%":
      return "%";
    case "c":
      return pad(String.fromCharCode(Number(source.next(4) & 0xffn)), spec);
    case "s":
      return pad(text(source.next(8), spec, source), spec);
    case "d":
    case "i":
      return integer(spec, argument(spec, source, true), 10, false);
    case "u":
      return integer(spec, argument(spec, source, false), 10, false);
    case "x":
      return integer(spec, argument(spec, source, false), 16, false);
    case "X":
      return integer(spec, argument(spec, source, false), 16, true);
    case "o":
      return integer(spec, argument(spec, source, false), 8, false);
    default:
      // The kernel warns of an unknown conversion and stops formatting there.
      return `%${type}`;
  }
}

function text(at: bigint, spec: Spec, source: FormatSource): string {
  if (at === 0n) return "(null)";
  if (at < 4096n) return "(efault)";
  return source.string(at, spec.hasPrecision ? spec.precision : MAX_WIDTH);
}

const BITS: Record<string, number> = { hh: 8, h: 16, "": 32, l: 64, ll: 64, L: 64, z: 64, t: 64, j: 64 };

function argument(spec: Spec, source: FormatSource, signed: boolean): bigint {
  const bits = BITS[spec.length];
  const value = source.next(bits === 64 ? 8 : 4);
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function integer(spec: Spec, value: bigint, base: 8 | 10 | 16, upper: boolean): string {
  let digits = (value < 0n ? -value : value).toString(base);
  if (upper) digits = digits.toUpperCase();
  if (spec.hasPrecision) digits = digits.padStart(spec.precision, "0");
  const sign = value < 0n ? "-" : spec.plus && base === 10 ? "+" : spec.space && base === 10 ? " " : "";
  const prefix =
    sign + (spec.alternate && base === 16 ? (upper ? "0X" : "0x") : spec.alternate && base === 8 ? "0" : "");
  if (spec.zero && !spec.left && !spec.hasPrecision) digits = digits.padStart(spec.width - prefix.length, "0");
  return pad(prefix + digits, spec);
}

function pointer(spec: Spec, extension: string, source: FormatSource): string {
  const at = source.next(8);
  switch (extension[0]) {
    case "s":
    case "S":
    case "B": {
      const symbol = source.symbol(at);
      return pad(extension[0] === "s" ? symbol.replace(/\+0x.*?( \[|$)/, "$1") : symbol, spec);
    }
    case "x":
      return pad(at.toString(16).padStart(16, "0"), spec);
    case "e": {
      const error = BigInt.asIntN(64, at);
      return pad(error < 0n && error >= -4095n ? (ERRNO[Number(-error)] ?? String(error)) : source.pointer(at), spec);
    }
    case "h": {
      const separator = { C: ":", D: "-", N: "" }[extension[1] ?? ""] ?? " ";
      const bytes = source.bytes(at, Math.min(spec.width || 1, 64));
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
    }
    default:
      if (spec.alternate) return `0x${at.toString(16).padStart(16, "0")}`;
      return pad(at === 0n ? "(null)".padStart(16) : source.pointer(at), spec);
  }
}

/** `%pe`: names of error numbers (include/uapi/asm-generic/errno-base.h, errno.h). */
const ERRNO: Record<number, string> = {
  1: "-EPERM",
  2: "-ENOENT",
  3: "-ESRCH",
  4: "-EINTR",
  5: "-EIO",
  7: "-E2BIG",
  9: "-EBADF",
  11: "-EAGAIN",
  12: "-ENOMEM",
  13: "-EACCES",
  14: "-EFAULT",
  16: "-EBUSY",
  17: "-EEXIST",
  19: "-ENODEV",
  22: "-EINVAL",
  27: "-EFBIG",
  28: "-ENOSPC",
  32: "-EPIPE",
  33: "-EDOM",
  34: "-ERANGE",
  38: "-ENOSYS",
  61: "-ENODATA",
  75: "-EOVERFLOW",
  95: "-EOPNOTSUPP",
  110: "-ETIMEDOUT",
};
