/** Provides the formatter with a guest's arguments and memory. Text is a byte string: one character, U+0000 … U+00FF, per byte. */
export interface FormatSource {
  /** The next variadic argument: 4 or 8 bytes at natural alignment, as in the wasm64 ABI, zero-extended. */
  next(bytes: 4 | 8): bigint;
  /** The NUL-terminated string at an address, at most `limit` bytes, as a byte string. */
  string(address: bigint, limit: number): string;
  /** Bytes at an address. */
  bytes(address: bigint, count: number): Uint8Array;
  /** `%pS`: symbol+offset/size [module] of a code or data address. */
  symbol(address: bigint): string;
  /** The arguments of the `va_list` at an address, for `%pV`. */
  list(address: bigint): FormatSource;
}

/** Widths and precisions are capped at this, so that a guest cannot request gigabytes of spaces. */
const MAX_WIDTH = 4096;
/** Maximum size of a `%*pb` bitmap, as in the kernel. */
const MAX_BITS = 2 ** 23;
/** Maximum nesting of `%pV`. */
const MAX_DEPTH = 4;
/** Maximum length of the text; formatting stops there. Guest buffers are smaller. */
const MAX_TEXT = 2 ** 20;
const SPECIFIER = /^([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|z|t|j|L)?([a-zA-Z%])/;

interface Spec {
  left: boolean;
  plus: boolean;
  space: boolean;
  alternate: boolean;
  zero: boolean;
  /** Undefined if the format has no width. */
  width: number | undefined;
  precision: number | undefined;
  /** The width before capping, which `%*pb` uses as a number of bits. */
  bits: number;
  length: string;
}

/**
 * The kernel's `vsnprintf` (lib/vsprintf.c, Documentation/core-api/printk-formats.rst): the C conversions, and the `%p` extensions
 * S, s, B, x, K, e, h, V, U, b, M, m, I4, i4, I6, i6 and 4cc; other extensions print the address. As in the kernel, there is no
 * floating point, `0` pads with a precision too, and `%#x` of 0 is 0x0. Addresses are not hashed. An unknown conversion ends
 * formatting; the rest of the format is output unchanged to make it visible (the kernel drops it and warns). Widths are capped at
 * 4096.
 *
 * @param format - a byte string, as in {@link FormatSource}
 * @returns a byte string
 */
export function formatKernel(format: string, source: FormatSource): string {
  return formatAt(format, source, 0);
}

function formatAt(format: string, source: FormatSource, depth: number): string {
  let out = "";
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent < 0) return out + format.slice(at);
    out += format.slice(at, percent);
    const match = SPECIFIER.exec(format.slice(percent + 1));
    if (!match || !CONVERSIONS.includes(match[5])) return out + format.slice(percent);
    at = percent + 1 + match[0].length;
    const spec = readSpec(match, source);
    if (match[5] === "p") {
      // The kernel skips all letters and digits, known or not.
      const extension = /^[A-Za-z0-9]*/.exec(format.slice(at))?.[0] ?? "";
      at += extension.length;
      out += pointer(spec, extension, source, depth);
    } else out += convert(match[5], spec, source);
    if (out.length > MAX_TEXT) return out.slice(0, MAX_TEXT);
  }
  return out;
}

const CONVERSIONS = "%csdiuxXop";

function readSpec([, flags, width, precision, length = ""]: RegExpExecArray, source: FormatSource): Spec {
  const number = (text: string | undefined) =>
    text === "*" ? Number(BigInt.asIntN(32, source.next(4))) : text === undefined ? undefined : Number(text);
  const cut = (value: number | undefined) => value && Math.min(Math.abs(value), MAX_WIDTH);
  const given = number(width);
  const digits = number(precision);
  return {
    left: flags.includes("-") || (given ?? 0) < 0,
    plus: flags.includes("+"),
    space: flags.includes(" "),
    alternate: flags.includes("#"),
    zero: flags.includes("0"),
    width: cut(given),
    precision: cut(digits && Math.max(0, digits)),
    bits: Math.min(Math.abs(given ?? 0), MAX_BITS),
    length,
  };
}

function pad(text: string, { left, width = 0 }: Spec): string {
  return left ? text.padEnd(width) : text.padStart(width);
}

function convert(type: string, spec: Spec, source: FormatSource): string {
  switch (type) {
    case "%":
      return "%";
    case "c":
      return pad(String.fromCharCode(Number(source.next(4) & 0xffn)), spec);
    case "s": {
      const at = source.next(8);
      const limit = spec.precision ?? MAX_WIDTH;
      return pad(badPointer(at, spec) ?? (limit === 0 ? "" : source.string(at, limit)), spec);
    }
    case "d":
    case "i":
      return integer(spec, argument(spec, source, true), 10, true);
    case "u":
      return integer(spec, argument(spec, source, false), 10, false);
    case "o":
      return integer(spec, argument(spec, source, false), 8, false);
    default: {
      const text = integer(spec, argument(spec, source, false), 16, false);
      return type === "X" ? text.toUpperCase() : text;
    }
  }
}

const isError = (at: bigint): boolean => at >= 2n ** 64n - 4095n;

/** The text printed for a pointer that must not be dereferenced (check_pointer_msg); undefined if it may. */
function badPointer(at: bigint, { precision = 16 }: Spec): string | undefined {
  if (at === 0n) return "(null)".slice(0, precision);
  return at < 4096n || isError(at) ? "(efault)".slice(0, precision) : undefined;
}

const BITS: Record<string, number> = { hh: 8, h: 16, "": 32, l: 64, ll: 64, L: 64, z: 64, t: 64, j: 64 };

function argument(spec: Spec, source: FormatSource, signed: boolean): bigint {
  const bits = BITS[spec.length];
  const value = source.next(bits === 64 ? 8 : 4);
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function integer(spec: Spec, value: bigint, base: 8 | 10 | 16, signed: boolean): string {
  let digits = (value < 0n ? -value : value).toString(base).padStart(spec.precision ?? 0, "0");
  const positive = signed && spec.plus ? "+" : signed && spec.space ? " " : "";
  const mark = base === 16 ? "0x" : base === 8 && value !== 0n ? "0" : "";
  const prefix = (value < 0n ? "-" : positive) + (spec.alternate ? mark : "");
  if (spec.zero && !spec.left) digits = digits.padStart((spec.width ?? 0) - prefix.length, "0");
  return pad(prefix + digits, spec);
}

function pointer(spec: Spec, extension: string, source: FormatSource, depth: number): string {
  const at = source.next(8);
  switch (extension[0]) {
    case "s":
    case "S":
    case "B": {
      const symbol = source.symbol(at);
      return pad(extension[0] === "s" ? symbol.replace(/\+0x.*?( \[|$)/, "$1") : symbol, spec);
    }
    case "e": {
      if (!isError(at)) return plainPointer(spec, at);
      const error = 2n ** 64n - at;
      const name = ERRNO.get(Number(error));
      return name === undefined ? integer(spec, -error, 10, true) : pad(`-${name}`, spec);
    }
    case "b":
      return padBad(at, spec) ?? pad(bitmap(at, spec.bits, extension[1] === "l", source), { ...spec, width: 0 });
    case "M":
    case "m":
      return padBad(at, spec) ?? pad(hardwareAddress(source.bytes(at, 6), extension), spec);
    case "I":
    case "i":
      if (extension[1] !== "4" && extension[1] !== "6") return plainPointer(spec, at);
      return padBad(at, spec) ?? pad(internetAddress(source.bytes(at, extension[1] === "4" ? 4 : 16), extension), spec);
    case "4":
      if (!extension.startsWith("4cc")) return plainPointer(spec, at);
      return padBad(at, spec) ?? pad(fourCharacters(source.bytes(at, 4)), spec);
    case "h":
      return spec.width === 0 ? "" : (padBad(at, spec) ?? hexString(at, spec, extension, source));
    case "U":
      return padBad(at, spec) ?? pad(uuid(source.bytes(at, 16), extension[1]), spec);
    case "V": {
      const bad = padBad(at, spec);
      if (bad !== undefined || depth === MAX_DEPTH) return bad ?? "";
      const words = new DataView(source.bytes(at, 16).slice().buffer);
      const list = new DataView(source.bytes(words.getBigUint64(8, true), 8).slice().buffer).getBigUint64(0, true);
      return formatAt(source.string(words.getBigUint64(0, true), MAX_WIDTH), source.list(list), depth + 1);
    }
    default:
      return plainPointer(spec, at);
  }
}

function padBad(at: bigint, spec: Spec): string | undefined {
  const text = badPointer(at, spec);
  return text === undefined ? undefined : pad(text, spec);
}

/** Prints an address in hex, with 16 digits unless a width is given (pointer_string). */
function plainPointer(spec: Spec, at: bigint): string {
  return integer(spec.width === undefined ? { ...spec, width: 16, zero: true } : spec, at, 16, false);
}

function hexString(at: bigint, spec: Spec, extension: string, source: FormatSource): string {
  const separator = { C: ":", D: "-", N: "" }[extension[1] ?? ""] ?? " ";
  const bytes = source.bytes(at, Math.min(spec.width ?? 1, 64));
  return Array.from(bytes, hexByte).join(separator);
}

/** `%*pb`: groups of 32 bits in hex, highest first; `%*pbl`: ranges of set bits. */
function bitmap(at: bigint, bits: number, list: boolean, source: FormatSource): string {
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

const hexByte = (byte: number): string => byte.toString(16).padStart(2, "0");

/** `%pM`, `%pMF` (Fibre Channel), `%pMR` (Bluetooth byte order), and without separators `%pm`, `%pmR`. */
function hardwareAddress(bytes: Uint8Array, extension: string): string {
  const separator = extension[0] === "m" ? "" : extension[1] === "F" ? "-" : ":";
  const ordered = extension[1] === "R" ? bytes.slice().reverse() : bytes;
  return Array.from(ordered, hexByte).join(separator);
}

/**
 * `%pI4` and `%pi4`, the latter with leading zeros, each with a byte order (h, n, b, l); `%pI6`, `%pi6`, and the compressed
 * `%pI6c`.
 */
function internetAddress(bytes: Uint8Array, extension: string): string {
  const zeros = extension[0] === "i";
  if (extension[1] === "4") {
    // Host byte order is little-endian.
    const ordered = extension[2] === "h" || extension[2] === "l" ? bytes.slice().reverse() : bytes;
    return Array.from(ordered, (byte) => (zeros ? `${byte}`.padStart(3, "0") : `${byte}`)).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, i) => hexByte(bytes[2 * i]) + hexByte(bytes[2 * i + 1]));
  if (extension[2] !== "c") return groups.join(zeros ? "" : ":");
  const short = groups.map((group) => Number.parseInt(group, 16).toString(16));
  const runs = [...short.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.sort((a, b) => b[0].replace(/^:/, "").length - a[0].replace(/^:/, "").length)[0];
  if (!longest) return short.join(":");
  const text = short.join(":");
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length + 1)}`;
}

/** `%p4cc`: a pixel format's four characters, byte order, and number. */
function fourCharacters(bytes: Uint8Array): string {
  const value = new DataView(bytes.slice().buffer).getUint32(0, true);
  const text = [0, 8, 16, 24]
    .map((shift) => (value >>> shift) & (shift === 24 ? 0x7f : 0xff))
    .map((code) => (code > 0x20 && code < 0x7f ? String.fromCharCode(code) : code === 0x20 ? " " : "."))
    .join("");
  const order = value >>> 31 === 1 ? "big" : "little";
  return `${text} ${order}-endian (0x${value.toString(16).padStart(8, "0")})`;
}

const UUID_ORDER = [0, 1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];
/** Microsoft's byte order: the first three fields are little-endian. */
const GUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];

/** `%pUb`, `%pUl` and the upper-case `%pUB`, `%pUL`. */
function uuid(bytes: Uint8Array, kind = "b"): string {
  const order = kind === "l" || kind === "L" ? GUID_ORDER : UUID_ORDER;
  const text = order.map((index) => (index < 0 ? "-" : bytes[index].toString(16).padStart(2, "0"))).join("");
  return kind === "B" || kind === "L" ? text.toUpperCase() : text;
}

/** Names of error numbers (include/uapi/asm-generic/errno-base.h and errno.h; linux/errno.h from 512 up). */
const ERRNO = new Map<number, string>();
const nameErrors = (first: number, names: string) => {
  for (const [i, name] of names.split(" ").entries()) if (name !== "-") ERRNO.set(first + i, `E${name}`);
};
nameErrors(1, "PERM NOENT SRCH INTR IO NXIO 2BIG NOEXEC BADF CHILD AGAIN NOMEM ACCES FAULT NOTBLK BUSY EXIST XDEV");
nameErrors(19, "NODEV NOTDIR ISDIR INVAL NFILE MFILE NOTTY TXTBSY FBIG NOSPC SPIPE ROFS MLINK PIPE DOM RANGE DEADLK");
nameErrors(36, "NAMETOOLONG NOLCK NOSYS NOTEMPTY LOOP - NOMSG IDRM CHRNG L2NSYNC L3HLT L3RST LNRNG UNATCH NOCSI");
nameErrors(51, "L2HLT BADE BADR XFULL NOANO BADRQC BADSLT - BFONT NOSTR NODATA TIME NOSR NONET NOPKG REMOTE NOLINK");
nameErrors(68, "ADV SRMNT COMM PROTO MULTIHOP DOTDOT BADMSG OVERFLOW NOTUNIQ BADFD REMCHG LIBACC LIBBAD LIBSCN LIBMAX");
nameErrors(83, "LIBEXEC ILSEQ RESTART STRPIPE USERS NOTSOCK DESTADDRREQ MSGSIZE PROTOTYPE NOPROTOOPT PROTONOSUPPORT");
nameErrors(94, "SOCKTNOSUPPORT OPNOTSUPP PFNOSUPPORT AFNOSUPPORT ADDRINUSE ADDRNOTAVAIL NETDOWN NETUNREACH NETRESET");
nameErrors(103, "CONNABORTED CONNRESET NOBUFS ISCONN NOTCONN SHUTDOWN TOOMANYREFS TIMEDOUT CONNREFUSED HOSTDOWN");
nameErrors(113, "HOSTUNREACH ALREADY INPROGRESS STALE UCLEAN NOTNAM NAVAIL ISNAM REMOTEIO DQUOT NOMEDIUM MEDIUMTYPE");
nameErrors(125, "CANCELED NOKEY KEYEXPIRED KEYREVOKED KEYREJECTED OWNERDEAD NOTRECOVERABLE RFKILL HWPOISON");
nameErrors(512, "RESTARTSYS RESTARTNOINTR RESTARTNOHAND NOIOCTLCMD RESTART_RESTARTBLOCK PROBE_DEFER OPENSTALE NOPARAM");
nameErrors(521, "BADHANDLE NOTSYNC BADCOOKIE NOTSUPP TOOSMALL SERVERFAULT BADTYPE JUKEBOX IOCBQUEUED RECALLCONFLICT");
