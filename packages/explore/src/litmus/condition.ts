import { ExploreError } from "../error.ts";
import { parseLocation, parseValue } from "./parse-value.ts";
import { asEntry, type LitmusValue, sameValue } from "./value.ts";

/** A register of a CPU. */
export interface ObservedRegister {
  /** discriminates {@link Observed} */
  readonly kind: "register";
  /** the CPU */
  readonly cpu: number;
  /** its name: `X0`, `RAX` */
  readonly register: string;
}

/** A location in memory. */
export interface ObservedLocation {
  /** discriminates {@link Observed} */
  readonly kind: "location";
  /** its name: `x`, `x+8`, `PTE(x)` */
  readonly location: string;
}

/** A register or a location in a condition. */
export type Observed = ObservedRegister | ObservedLocation;

/** A fault that a condition asks for. */
export interface FaultPattern {
  /** the CPU */
  readonly cpu: number;
  /** label of the instruction, or any if undefined */
  readonly label: string | undefined;
  /** name of the location it accessed, or any */
  readonly location: string | undefined;
  /** `Translation`, `AccessFlag` or `Permission`, or any */
  readonly type: string | undefined;
}

/** Always true. */
export interface TrueProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "true";
}

/** A register or a location holds a value. */
export interface EqualProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "equal";
  /** what is looked at */
  readonly observed: Observed;
  /** what it holds */
  readonly value: LitmusValue;
}

/** An access faulted. */
export interface FaultProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "fault";
  /** which fault */
  readonly fault: FaultPattern;
}

/** Another is false. */
export interface NotProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "not";
  /** the other */
  readonly of: Proposition;
}

/** Two are true, or one of them is. */
export interface JoinedProposition {
  /** discriminates {@link Proposition} */
  readonly kind: "and" | "or";
  /** the first */
  readonly left: Proposition;
  /** the second */
  readonly right: Proposition;
}

/** A proposition about one final state. */
export type Proposition = TrueProposition | EqualProposition | FaultProposition | NotProposition | JoinedProposition;

/** What a test asks: whether there is a state, there is none, or all are so. */
export interface Condition {
  /** as in the file */
  readonly quantifier: "exists" | "~exists" | "forall";
  /** about each final state */
  readonly proposition: Proposition;
  /** states that do not fulfil this do not count */
  readonly filter: Proposition | undefined;
  /** what to show of a state beside what `proposition` has */
  readonly locations: readonly (Observed | FaultPattern)[];
  /** as written, with single spaces */
  readonly text: string;
}

/** A fault that happened. */
export interface LitmusFault {
  /** the CPU */
  readonly cpu: number;
  /** labels of the instruction */
  readonly labels: readonly string[];
  /** name of the location it accessed */
  readonly location: string;
  /** `Translation`, `AccessFlag` or `Permission` */
  readonly type: string;
}

/** How one execution ended. */
export interface FinalState {
  /** @returns what a register or a location holds */
  value(observed: Observed): LitmusValue;
  /** the faults */
  readonly faults: readonly LitmusFault[];
}

/** @returns whether `fault` is one that `pattern` asks for */
export const isFault = (pattern: FaultPattern, fault: LitmusFault): boolean =>
  fault.cpu === pattern.cpu &&
  (pattern.label === undefined || fault.labels.includes(pattern.label)) &&
  (pattern.location === undefined || fault.location === pattern.location) &&
  (pattern.type === undefined || fault.type === pattern.type);

/** @returns whether `state` fulfils `proposition` */
export function holds(proposition: Proposition, state: FinalState): boolean {
  switch (proposition.kind) {
    case "true":
      return true;
    case "not":
      return !holds(proposition.of, state);
    case "and":
      return holds(proposition.left, state) && holds(proposition.right, state);
    case "or":
      return holds(proposition.left, state) || holds(proposition.right, state);
    case "fault":
      return state.faults.some((fault) => isFault(proposition.fault, fault));
    case "equal":
      return isValue(proposition.value, state.value(proposition.observed));
  }
}

/** An entry without an output address in the test matches any. */
function isValue(wanted: LitmusValue, value: LitmusValue): boolean {
  const entry = asEntry(wanted);
  const actual = asEntry(value);
  if (entry?.oa === "" && actual !== undefined) return sameValue({ ...entry, oa: actual.oa }, actual);
  return sameValue(wanted, value);
}

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
    const location = observed.kind === "location" ? /^PTE\((.*)\)$/.exec(observed.location)?.[1] : undefined;
    return parseValue(this.#text.slice(start, end + 1), location ?? "");
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

/** @returns the name under which a register is kept: X1 for W1, RAX for eax */
export function registerName(text: string): string {
  const name = text.toUpperCase().replace(/^%/, "");
  if (/^[WX]ZR$/.test(name)) return "XZR";
  if (/^W\d+$/.test(name)) return `X${name.slice(1)}`;
  const x86 = /^[ER]?([ABCD]X|[SD]I|[SB]P)$/.exec(name);
  if (x86 !== null) return `R${x86[1]}`;
  return /^R\d+D$/.test(name) ? name.slice(0, -1) : name;
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
