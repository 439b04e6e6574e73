/** The variable parts of a message. */
export type Words = Readonly<Record<string, string>>;

/** A message that was found in a line: its position and its words. */
export interface Found {
  readonly at: number;
  readonly words: Words;
}

/** The kinds of text that can fill the holes of templates. */
const HOLES: Readonly<Record<string, string>> = {
  any: ".*",
  access: "Read|Write|read|write",
  bug: "[a-z-]+",
  flavour: "\\w+",
  free: "double-free or invalid-free|double-free|invalid-free",
  function: "\\w+(?=[.+])",
  hex: "[0-9a-f]+",
  kasan: "KAS[Aa][Nn]",
  name: "\\w+",
  number: "\\d+",
  source: "[\\w./-]+\\.[a-z]+:\\d+",
  state: "state|cache",
  value: "'[^']+'",
  words: "[A-Za-z' -]+",
};

/**
 * A message as the kernel's source has it, with `{bug}`, `{function}` and so on for what differs. Regular expressions are
 * made when a line has the text in front of the first hole.
 */
export class Template {
  private readonly literal: string;
  private readonly whole: boolean;
  private expression: RegExp | undefined;

  constructor(private readonly text: string) {
    const parts = text.split(/\{\w+\}/);
    this.whole = parts.length === 1;
    this.literal = parts.reduce((longest, part) => (part.length > longest.length ? part : longest));
  }

  /** Looks for the message in a line. */
  find(line: string): Found | undefined {
    const at = line.indexOf(this.literal);
    if (at < 0) return undefined;
    if (this.whole) return { at, words: {} };
    this.expression ??= compile(this.text);
    const match = this.expression.exec(line);
    return match === null ? undefined : { at: match.index, words: (match.groups ?? {}) as Words };
  }
}

function compile(text: string): RegExp {
  const source = text
    .split(/\{(\w+)\}/)
    .map((part, i) => (i % 2 === 0 ? part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") : `(?<${part}>${HOLES[part]!})`))
    .join("");
  return new RegExp(source);
}

/** Puts words into a template, and `where` into its hole of that name; holes that have none stay empty. */
export function fill(template: string, words: Words, where = ""): string {
  let text = "";
  let from = 0;
  for (let at = template.indexOf("{"); at >= 0; at = template.indexOf("{", from)) {
    const end = template.indexOf("}", at);
    const hole = template.slice(at + 1, end);
    text += template.slice(from, at) + (hole === "where" ? where : (words[hole] ?? ""));
    from = end + 1;
  }
  return text + template.slice(from);
}
