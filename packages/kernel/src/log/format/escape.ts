/** How bytes are escaped (lib/string_helpers.c): each class gives a byte's text, or leaves it to the next. */
type Escaping = (byte: number) => string | undefined;

const table =
  (bytes: Readonly<Record<number, string>>): Escaping =>
  (byte) =>
    bytes[byte];

/** By the letters of `%*pE`, in the order in which they are tried. */
const CLASSES: readonly (readonly [letter: string, escaping: Escaping])[] = [
  ["p", (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : undefined)],
  ["s", table({ 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v", 12: "\\f" })],
  ["c", table({ 92: "\\\\", 7: "\\a", 27: "\\e", 34: '\\"' })],
  ["n", table({ 0: "\\0" })],
  ["o", (byte) => `\\${byte.toString(8).padStart(3, "0")}`],
  ["h", (byte) => `\\x${byte.toString(16).padStart(2, "0")}`],
];

/** Letters of all escapes but hex (ESCAPE_ANY), which `a` stands for; with `p` they are the default. */
const ANY = "scno";

/** Whether a character of Latin-1 can be printed (lib/ctype.c). */
const isPrintable = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte >= 0xa0;

/** `%*pE`: bytes of which some are escaped, by the letters after it. */
export function escaped(bytes: Uint8Array, extension: string): string {
  const given = /^[achnops]*/.exec(extension.slice(1))?.[0].replaceAll("a", ANY);
  const letters = given || `p${ANY}`;
  const used = CLASSES.filter(([letter]) => letters.includes(letter));
  const text = (byte: number): string => {
    for (const [, escaping] of used) {
      const out = escaping(byte);
      if (out !== undefined) return out;
    }
    return String.fromCharCode(byte);
  };
  return Array.from(bytes, text).join("");
}
