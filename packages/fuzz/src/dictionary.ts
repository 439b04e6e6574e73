import { FuzzError } from "./error.ts";

/** `name="value"`, `name@2="value"` or `"value"`. */
const ENTRY = /^(?:[^\s="@]+(?:@\d+)?\s*=\s*)?"(.*)"\s*$/;
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|([\\"nrt0])|(.{0,2}))/g;
const NAMED: Readonly<Record<string, number>> = { "\\": 0x5c, '"': 0x22, n: 10, r: 13, t: 9, "0": 0 };

/**
 * Reads a dictionary in AFL's format, which libFuzzer has as well: a value in quotes on each line, with or without a name, with `\\`, `\"`,
 * `\n`, `\r`, `\t`, `\0` and `\x41`; lines that begin with `#` and empty ones say nothing. Characters other than ASCII stand for their bytes
 * in UTF-8.
 *
 * @example
 * ```ts
 * import { parseDictionary } from "@kasan/fuzz";
 *
 * console.log(parseDictionary('magic="\\x7fELF"').map(String)); // [ '127,69,76,70' ]
 * ```
 * @param text - the dictionary
 * @param name - its name in errors
 * @returns its values, each once, none of them empty
 * @throws {@link FuzzError} `DICTIONARY` with the number of a line that is wrong
 */
export function parseDictionary(text: string, name = "dictionary"): Uint8Array[] {
  const values = new Map<string, Uint8Array>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const refuse = (what: string) => new FuzzError("DICTIONARY", `${name}:${index + 1}: ${what}`);
    const quoted = ENTRY.exec(trimmed)?.[1];
    if (quoted === undefined) throw refuse('not an entry; give a value in quotes: name="value"');
    const value = bytesOf(quoted, refuse);
    if (value.length === 0) throw refuse("an empty value");
    values.set(value.join(), value);
  }
  return [...values.values()];
}

function bytesOf(quoted: string, refuse: (what: string) => FuzzError): Uint8Array {
  const bytes: number[] = [];
  const plain = (text: string) => bytes.push(...new TextEncoder().encode(text));
  let end = 0;
  for (const match of quoted.matchAll(ESCAPE)) {
    const [all, hex, letter] = match;
    if (hex === undefined && letter === undefined)
      throw refuse(`${all} is no escape; there are \\\\ \\" \\n \\r \\t \\0 \\xHH`);
    plain(unquoted(quoted.slice(end, match.index), refuse));
    bytes.push(hex === undefined ? NAMED[letter] : Number.parseInt(hex, 16));
    end = match.index + all.length;
  }
  plain(unquoted(quoted.slice(end), refuse));
  return Uint8Array.from(bytes);
}

function unquoted(text: string, refuse: (what: string) => FuzzError): string {
  if (text.includes('"')) throw refuse('a quote in a value; write it as \\"');
  return text;
}
