import { badPointer, pointer } from "./pointer.ts";
import type { FormatSource } from "./source.ts";
import { integer, MAX_WIDTH, pad, readSpec, type Spec } from "./spec.ts";

/** Maximum nesting of `%pV`. */
const MAX_DEPTH = 4;
/** Maximum length of the text; formatting stops there. Guest buffers are smaller. */
const MAX_TEXT = 2 ** 20;
const SPECIFIER = /^([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|z|t|j|L)?([a-zA-Z%])/;

/**
 * The kernel's `vsnprintf` (lib/vsprintf.c, Documentation/core-api/printk-formats.rst): the C conversions, and the extensions of `%p`
 * ({@link pointer}). As in the kernel, there is no floating point. An unknown conversion ends formatting; the rest of the format is
 * output unchanged to make it visible (the kernel drops it and warns). Widths are capped at 4096.
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
    const spec = readSpec(match.slice(1), () => Number(BigInt.asIntN(32, source.next(4))));
    if (match[5] === "p") {
      // The kernel skips all letters and digits, known or not.
      const extension = /^[A-Za-z0-9]*/.exec(format.slice(at))?.[0] ?? "";
      at += extension.length;
      out += pointer(spec, extension, source, (inner, list) =>
        depth === MAX_DEPTH ? "" : formatAt(inner, list, depth + 1),
      );
    } else out += convert(match[5], spec, source);
    if (out.length > MAX_TEXT) return out.slice(0, MAX_TEXT);
  }
  return out;
}

const CONVERSIONS = "%csdiuxXop";

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

const BITS: Record<string, number> = { hh: 8, h: 16, "": 32, l: 64, ll: 64, L: 64, z: 64, t: 64, j: 64 };

function argument(spec: Spec, source: FormatSource, signed: boolean): bigint {
  const bits = BITS[spec.length];
  const value = source.next(bits === 64 ? 8 : 4);
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}
