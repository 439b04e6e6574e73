import { ExploreError } from "../error.ts";
import type { FaultPattern, Observed, Proposition } from "./condition.ts";
import { mappedBy } from "./location.ts";
import { parseLocation, parseValue } from "./parse-value.ts";
import { registerName } from "./register.ts";
import type { LitmusValue } from "./value.ts";

const TOKEN =
  /\s*(\/\\|\\\/|~|not\b|(?:PTE|TTD)\s*\([^)]*\)|\(|\)|<>|=|,|true\b|label:\s*"[^"]*"|fault\s*\([^)]*\)|\[[^\]]*\]|[A-Za-z0-9_:.$#+-]+(?:\[[0-9]+\])?)/iy;

/**
 * Parses a proposition in herd7's syntax, by recursive descent; `/\` binds tighter than `\/`.
 *
 * @throws {@link ExploreError} LITMUS
 */
export function parseProposition(text: string): Proposition {
  return new Parser(text).whole();
}

/** Deepest nesting of parentheses and negations; the catalogues' deepest is 4. */
const DEEPEST = 100;

class Parser {
  #at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Proposition {
    const proposition = this.#or();
    if (this.#text.slice(this.#at).trim() !== "") throw this.#error();
    return proposition;
  }

  #or(): Proposition {
    let left = this.#and();
    while (this.#take("\\/")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Proposition {
    let left = this.#atom();
    while (this.#take("/\\")) left = { kind: "and", left, right: this.#atom() };
    return left;
  }

  #atom(): Proposition {
    if (this.#depth > DEEPEST) throw this.#error();
    this.#depth++;
    const atom = this.#inner();
    this.#depth--;
    return atom;
  }

  #inner(): Proposition {
    if (this.#take("~") || this.#take("not")) return { kind: "not", of: this.#atom() };
    if (this.#take("(")) {
      const inner = this.#or();
      if (!this.#take(")")) throw this.#error();
      return inner;
    }
    if (this.#take("true")) return { kind: "true" };
    const word = this.#next();
    if (/^fault\s*\(/i.test(word)) return { kind: "fault", fault: parseFault(word) };
    const observed = parseObserved(word);
    const differs = this.#take("<>");
    if (!differs && !this.#take("=")) throw this.#error();
    const equal = { kind: "equal", observed, value: this.#value(observed) } as const;
    return differs ? { kind: "not", of: equal } : equal;
  }

  /** A value may be an entry in parentheses, with parentheses inside. */
  #value(observed: Observed): LitmusValue {
    const rest = this.#text.slice(this.#at).trimStart();
    const call = /^(?:(?:PTE|PA|TTD)\s*)?\(/i.exec(rest);
    if (call === null) return parseValue(this.#next(), "");
    const start = this.#text.length - rest.length;
    const end = closing(this.#text, start + call[0].length - 1);
    if (end === undefined) throw this.#error();
    this.#at = end + 1;
    const mapped = observed.kind === "location" ? mappedBy(observed.location) : undefined;
    return parseValue(this.#text.slice(start, end + 1), mapped ?? "");
  }

  #peek(): string | undefined {
    TOKEN.lastIndex = this.#at;
    return TOKEN.exec(this.#text)?.[1];
  }

  #take(token: string): boolean {
    if (this.#peek()?.toLowerCase() !== token) return false;
    this.#at = TOKEN.lastIndex;
    return true;
  }

  #next(): string {
    const token = this.#peek();
    if (token === undefined) throw this.#error();
    this.#at = TOKEN.lastIndex;
    return token;
  }

  #error(): ExploreError {
    return new ExploreError(
      "LITMUS",
      `the condition cannot be read from "${this.#text.slice(this.#at).trim().slice(0, 40)}" on`,
    );
  }
}

/** @returns the index of the parenthesis that closes the one at `open` */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return at;
  }
  return undefined;
}

/** @returns the register or location that `text` names: `0:X1`, `P0:X1`, `x`, `[x]`, `pte_x` */
export function parseObserved(text: string): Observed {
  const register = /^P?(\d+):\s*([A-Za-z]\w*)$/.exec(text.trim());
  if (register !== null)
    return { kind: "register", cpu: Number(register[1]), register: registerName(register[2] as string) };
  return { kind: "location", location: parseLocation(text.trim().replace(/^\[(.*)\]$/, "$1")) };
}

/** @returns the fault that `text` asks for: `fault(P0:L0,x,MMU:Translation)` */
export function parseFault(text: string): FaultPattern {
  const parts = /\(\s*P?(\d+)(?:\s*:\s*(\w+))?\s*(?:,\s*([^,)]*))?(?:,\s*(?:MMU:)?(\w+))?\s*\)/i.exec(text);
  if (parts === null) throw new ExploreError("LITMUS", `"${text.slice(0, 40)}" is not a fault`);
  const location = parts[3]?.trim();
  return {
    cpu: Number(parts[1]),
    label: parts[2],
    location: location === undefined || location === "" ? undefined : location,
    type: parts[4],
  };
}
