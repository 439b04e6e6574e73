import { GuestError } from "../error.ts";

/** A function of a kernel's source, and the C file that has the definition to use instead. */
export type Replacement = readonly [name: string, file: string];

/** What may be behind a function's parameters: attributes. */
const ATTRIBUTES = /(?:\s*__\w+(?:\([^()]*\))?)*/.source;
const PARAMETERS = /\((?:[^;{}()]|\([^()]*\))*\)/.source;

/** The beginning of the definition of a function: from the beginning of a line to the brace. */
const beginningOf = (name: string): RegExp =>
  new RegExp(
    `^(?!typedef\\b|return\\b|else\\b|if\\b)[A-Za-z_](?:[\\w \\t*]|\\(\\([^()]*\\)\\))*?\\n?[ \\t*]*\\b${name}${PARAMETERS}${ATTRIBUTES}\\s*\\{`,
    "gm",
  );

/**
 * The definitions of a function in a text: from where to where. A function ends at the first line that begins with a brace, as kernels
 * are written, or on the line on which it begins.
 */
export function definitionsOf(text: string, name: string): { start: number; end: number }[] {
  return [...text.matchAll(beginningOf(name))].flatMap((match) => {
    const body = match.index + match[0].length;
    const end = endOfLine(text, body) ?? lastBrace(text, body);
    return end === undefined ? [] : [{ start: match.index, end }];
  });
}

/** The end of a body that is on one line. */
function endOfLine(text: string, body: number): number | undefined {
  let depth = 1;
  for (let at = body; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

function lastBrace(text: string, body: number): number | undefined {
  const at = text.indexOf("\n}", body - 1);
  return at < 0 ? undefined : at + 2;
}

/**
 * Functions whose definitions others take the place of. The file with the new one is included where the old one was, so that it sees
 * what the old one saw, and can be static. The lines around it keep their numbers.
 */
export class Replacements {
  private readonly given: readonly Replacement[];
  private readonly done = new Set<string>();

  /** @param given - files as clang sees them */
  constructor(given: readonly Replacement[] = []) {
    this.given = given;
  }

  /** The bytes of a file with the new definitions. */
  apply(path: string, bytes: Uint8Array): Uint8Array {
    if (this.given.length === 0 || this.given.some(([, file]) => file === path)) return bytes;
    const before = Buffer.from(bytes).toString("latin1");
    const text = this.given.reduce((now, replacement) => this.replace(now, replacement), before);
    return text === before ? bytes : Buffer.from(text, "latin1");
  }

  /** Functions that no file defined so far. */
  unused(): string[] {
    return this.given.map(([name]) => name).filter((name) => !this.done.has(name));
  }

  private replace(text: string, [name, file]: Replacement): string {
    if (!text.includes(name)) return text;
    let now = text;
    for (const { start, end } of definitionsOf(text, name).reverse()) {
      this.done.add(name);
      const lines = text.slice(start, end).split("\n").length - 1;
      now = `${now.slice(0, start)}#include "${latin1(file)}"${"\n".repeat(lines)}${now.slice(end)}`;
    }
    return now;
  }
}

/** A text of the bytes of a name, as the texts that it is put into. */
const latin1 = (name: string): string => Buffer.from(name).toString("latin1");

/**
 * Refuses a file that does not define the function that it is to replace.
 *
 * @throws {@link GuestError} `BAD_INPUT`
 */
export function checkReplacement([name, file]: Replacement, text: string): void {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new GuestError("BAD_INPUT", `${name}: not the name of a function`);
  if (definitionsOf(text, name).length === 0) {
    throw new GuestError("BAD_INPUT", `${file}: does not define ${name}, which it is to replace`);
  }
}
