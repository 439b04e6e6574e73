/** What a conversion of a format says besides its letter. */
export interface Spec {
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

/** Maximum size of a `%*pb` bitmap, as in the kernel. */
const MAX_BITS = 2 ** 23;
/** Widths and precisions are capped at this, so that a guest cannot request gigabytes of spaces. */
export const MAX_WIDTH = 4096;

/** Reads the parts of a conversion. @param next - the next argument, a signed 32-bit number, for `*` */
export function readSpec(
  [flags, width, precision, length = ""]: readonly (string | undefined)[],
  next: () => number,
): Spec {
  const number = (text: string | undefined) => (text === "*" ? next() : text === undefined ? undefined : Number(text));
  const cut = (value: number | undefined) => value && Math.min(Math.abs(value), MAX_WIDTH);
  const given = number(width);
  const digits = number(precision);
  const has = (flag: string) => flags?.includes(flag) ?? false;
  return {
    left: has("-") || (given ?? 0) < 0,
    plus: has("+"),
    space: has(" "),
    alternate: has("#"),
    zero: has("0"),
    width: cut(given),
    precision: cut(digits && Math.max(0, digits)),
    bits: Math.min(Math.abs(given ?? 0), MAX_BITS),
    length,
  };
}

/** Fills a text up with spaces. */
export function pad(text: string, { left, width = 0 }: Spec): string {
  return left ? text.padEnd(width) : text.padStart(width);
}

/** A text as `%s` prints it. */
export const string = (text: string, spec: Spec): string => pad(text.slice(0, spec.precision), spec);

/** A number, as `number()` of lib/vsprintf.c prints it: `0` pads with a precision too, and `%#x` of 0 is 0x0. */
export function integer(spec: Spec, value: bigint, base: 8 | 10 | 16, signed: boolean): string {
  let digits = (value < 0n ? -value : value).toString(base).padStart(spec.precision ?? 0, "0");
  const positive = signed && spec.plus ? "+" : signed && spec.space ? " " : "";
  const mark = base === 16 ? "0x" : base === 8 && value !== 0n ? "0" : "";
  const prefix = (value < 0n ? "-" : positive) + (spec.alternate ? mark : "");
  if (spec.zero && !spec.left) digits = digits.padStart((spec.width ?? 0) - prefix.length, "0");
  return pad(prefix + digits, spec);
}

/** All digits of a number of some bytes, with 0x (`special_hex_number()`). */
export const wholeHex = (value: bigint, bytes: number): string => `0x${value.toString(16).padStart(2 * bytes, "0")}`;
