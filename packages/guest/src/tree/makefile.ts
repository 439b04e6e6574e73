import { posix } from "node:path";
import type { KernelConfig } from "./config.ts";

/** Values of a Makefile's variables. */
type Variables = Map<string, string>;

/** A variable's name, which may have calls of functions in it. */
const NAME = /(?:\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|(?!\$\()[^\s:?+=#])+/.source;
const ASSIGNMENT = new RegExp(`^(?:(?:export|override)[ \\t]+)*(${NAME})[ \\t]*(::?=|[?+]?=)[ \\t]*(.*)$`);
const CONDITION = /^(ifdef|ifndef|ifeq|ifneq)[ \t]+(.*)$/;
const PAIR = /^\(([^,]*),(.*)\)$/;
const QUOTED_PAIR = /^(?:"([^"]*)"|'([^']*)')[ \t]+(?:"([^"]*)"|'([^']*)')$/;

/** A reference without another one inside: `$(NAME)`, `$(NAME:.c=.o)`, `$(function text)`. */
const REFERENCE = /\$(?:\(([^(){}$]*(?:\([^(){}$]*\)[^(){}$]*)*)\)|\{([^(){}$]*)\})/g;
const SUBSTITUTION = /^([^:\s]+):([^=]*)=(.*)$/;
const CALL = /^([a-z-]+)[ \t]+(.*)$/;

/** How deep variables can name others, and how often a text is looked at. */
const MAX_DEPTH = 8;
const MAX_ROUNDS = 64;
/** How deep loops and evaluated lines can be in others, and how many texts may be expanded for one: a kernel's Makefiles have far fewer. */
const MAX_NESTING = 64;
const MAX_EXPANSIONS = 20_000;
const LOOP = "$(foreach ";

/** A condition around lines. */
interface Condition {
  /** Whether the current branch holds. */
  holds: boolean;
  /** Whether this branch or one before it does. */
  decided: boolean;
}

/** An assignment that counts. */
export interface Assignment {
  /** The variable's name. */
  readonly name: string;
  /** The name as it is written: `obj-$(CONFIG_EXT2_FS)`. */
  readonly written: string;
  /** The words that it assigns. */
  readonly words: readonly string[];
  /** Functions of make that it depends on and that are not known here: their words are missing. */
  readonly unknown: readonly string[];
}

/** What a Makefile's text does not say itself. */
export interface MakefileContext {
  /** Variables that the build sets, as `src`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The files that a pattern of `$(wildcard)` stands for. */
  readonly wildcard?: (pattern: string) => readonly string[];
}

/**
 * A kernel's Makefile (Documentation/kbuild/makefiles.rst) as a list of assignments. Rules are left out. Functions of make that change
 * texts give what they give in make; others, as those that ask the compiler, give nothing.
 */
export class Makefile {
  private readonly variables: Variables;
  private readonly context: MakefileContext;
  private readonly assigned: { name: string; written: string; value: string; unknown: readonly string[] }[] = [];
  /** Variables whose values lack what a function that is not known would give, with these functions. */
  private readonly incomplete = new Map<string, Set<string>>();
  /** Such functions in what is being expanded. */
  private unknown = new Set<string>();
  private nesting = 0;
  private expansions = 0;

  constructor(text: string, config: KernelConfig, context: MakefileContext) {
    this.context = context;
    this.variables = new Map(Object.entries(context.variables));
    for (const [name, value] of config) this.variables.set(`CONFIG_${name}`, value.replace(/^"(.*)"$/, "$1"));
    this.read(text.replace(/\\\r?\n[ \t]*/g, " ").split(/\r?\n/));
  }

  /** The words of a variable. */
  words(name: string): string[] {
    return split(this.expand(this.variables.get(name) ?? ""));
  }

  /** The assignments to variables whose names begin like this, in their order. */
  assignments(prefix: string): Assignment[] {
    return this.assigned
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, written, value, unknown }) => {
        this.unknown = new Set(unknown);
        const words = split(this.expand(value));
        return { name, written, words, unknown: [...this.unknown] };
      });
  }

  private read(lines: readonly string[]): void {
    const around: Condition[] = [];
    // A line with a tab is a recipe only behind a rule; authors indent other lines as well.
    let rule = false;
    for (const full of lines) {
      const line = full.replace(/(^|\s)#.*$/, "").trim();
      const condition = CONDITION.exec(line);
      if (condition) {
        const holds = this.evaluate(condition[1], condition[2].trim());
        around.push({ holds, decided: holds });
      } else if (line === "endif") around.pop();
      else if (/^else\b/.test(line)) this.otherwise(around.at(-1), line.slice(4).trim());
      else if (line !== "" && !(rule && full.startsWith("\t")) && around.every(({ holds }) => holds)) {
        const assigned = this.assign(line);
        rule = !assigned && line.includes(":");
        // Functions that stand alone may assign variables.
        if (!assigned && line.startsWith("$(")) this.expand(line);
      }
    }
  }

  /** `else`, with a condition of its own or without: it holds if none of the branches before did. */
  private otherwise(branch: Condition | undefined, rest: string): void {
    if (!branch) return;
    const condition = CONDITION.exec(rest);
    branch.holds = !branch.decided && (!condition || this.evaluate(condition[1], condition[2].trim()));
    branch.decided ||= branch.holds;
  }

  private evaluate(kind: string, text: string): boolean {
    if (kind === "ifdef" || kind === "ifndef") {
      return (this.expand(this.variables.get(text) ?? "") !== "") === (kind === "ifdef");
    }
    const pair = PAIR.exec(text);
    const quoted = QUOTED_PAIR.exec(text);
    const sides = pair ? pair.slice(1) : quoted && [quoted[1] ?? quoted[2], quoted[3] ?? quoted[4]];
    const [left, right] = (sides ?? []).map((side) => this.expand(side).trim());
    return (left === right && left !== undefined) === (kind === "ifeq");
  }

  /** @returns whether the line is an assignment */
  private assign(line: string): boolean {
    const match = ASSIGNMENT.exec(line);
    if (!match) return false;
    const [, written, operator, value] = match;
    this.unknown = new Set();
    const name = this.expand(written);
    const before = this.variables.get(name);
    if (operator === "?=" && before !== undefined) return true;
    const now = operator === "=" || operator === "?=" ? value : this.expand(value);
    this.variables.set(name, operator === "+=" && before !== undefined ? `${before} ${now}` : now);
    this.assigned.push({ name, written, value: now, unknown: [...this.unknown] });
    const kept = operator === "+=" ? (this.incomplete.get(name) ?? []) : [];
    this.incomplete.set(name, new Set([...kept, ...this.unknown]));
    return true;
  }

  /** Replaces references, those inside of others first. */
  private expand(text: string, depth = 0): string {
    if (this.nesting === 0) this.expansions = 0;
    if (depth > MAX_DEPTH || this.nesting >= MAX_NESTING || this.expansions >= MAX_EXPANSIONS) return "";
    this.expansions++;
    this.nesting++;
    let now = this.withoutLoops(text);
    for (let round = 0; round < MAX_ROUNDS && now.includes("$"); round++) {
      const next = now.replace(REFERENCE, (_, round?: string, curly?: string) =>
        this.value(round ?? curly ?? "", depth),
      );
      if (next === now) break;
      now = next;
    }
    this.nesting--;
    return now;
  }

  /** Replaces `$(foreach name,words,text)`: the text is expanded for each word, not before. */
  private withoutLoops(text: string): string {
    let now = text;
    for (let start = now.indexOf(LOOP); start >= 0; start = now.indexOf(LOOP)) {
      const parts = argumentsAt(now, start + LOOP.length);
      if (!parts) break;
      now = now.slice(0, start) + this.loop(parts.words) + now.slice(parts.end);
    }
    return now;
  }

  private loop([written, words = "", ...body]: readonly string[]): string {
    const name = this.expand(written).trim();
    const outer = this.variables.get(name);
    const results = split(this.expand(words)).map((word) => {
      this.variables.set(name, word);
      return this.expand(body.join(","));
    });
    if (outer === undefined) this.variables.delete(name);
    else this.variables.set(name, outer);
    return results.join(" ").replaceAll(LOOP, "");
  }

  /** What a reference stands for. */
  private value(reference: string, depth: number): string {
    const substitution = SUBSTITUTION.exec(reference);
    if (substitution) {
      const [, name, from, to] = substitution;
      const pattern = from.includes("%") ? [from, to] : [`%${from}`, `%${to}`];
      return patsubst(pattern[0], pattern[1], this.value(name, depth));
    }
    const call = CALL.exec(reference);
    if (call) return this.call(call[1], call[2]);
    for (const lost of this.incomplete.get(reference) ?? []) this.unknown.add(lost);
    return /[\s,]/.test(reference) ? "" : this.expand(this.variables.get(reference) ?? "", depth + 1);
  }

  private call(name: string, text: string): string {
    if (name === "wildcard")
      return split(text)
        .flatMap((one) => this.context.wildcard?.(one) ?? [])
        .join(" ");
    // The one command whose output a Makefile needs to find its own folder.
    if (name === "shell" && text.trim() === "pwd") return this.context.variables.PWD ?? "";
    if (name === "eval") {
      this.read(text.split("\n"));
      return "";
    }
    if (FUNCTIONS[name] === undefined) this.unknown.add(name);
    return FUNCTIONS[name]?.(...text.split(",")) ?? "";
  }
}

/** The arguments of a function from a place on, as they are written, and where its reference ends. */
function argumentsAt(text: string, start: number): { words: string[]; end: number } | undefined {
  const words: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    else if (character === ")" && depth-- === 0) return { words: [...words, text.slice(from, at)], end: at + 1 };
    else if (character === "," && depth === 0) {
      words.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return undefined;
}

const split = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const each = (text: string, change: (word: string) => string): string => split(text).map(change).join(" ");

/** A pattern of make, in which `%` stands for any text. */
function patternOf(pattern: string): RegExp {
  const [before, ...after] = pattern.split("%").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(after.length === 0 ? `^${before}$` : `^${before}(.*)${after.join("%")}$`);
}

function patsubst(from: string, to: string, text: string): string {
  const pattern = patternOf(from.trim());
  return each(text, (word) => {
    const match = pattern.exec(word);
    return match ? to.trim().replace("%", () => match[1] ?? "") : word;
  });
}

const matching = (patterns: string, word: string): boolean => split(patterns).some((one) => patternOf(one).test(word));

/** Functions of make, by name. Arguments that a call leaves out are undefined. */
const FUNCTIONS: Readonly<Record<string, (...parts: string[]) => string>> = {
  abspath: (text) => each(text, (word) => posix.resolve(word)),
  addprefix: (prefix, text = "") => each(text, (word) => prefix + word),
  addsuffix: (suffix, text = "") => each(text, (word) => word + suffix),
  basename: (text) => each(text, (word) => word.replace(/\.[^./]*$/, "")),
  dir: (text) => each(text, (word) => word.replace(/[^/]*$/, "") || "./"),
  filter: (patterns, text = "") =>
    split(text)
      .filter((word) => matching(patterns, word))
      .join(" "),
  "filter-out": (patterns, text = "") =>
    split(text)
      .filter((word) => !matching(patterns, word))
      .join(" "),
  firstword: (text) => split(text)[0] ?? "",
  if: (condition, yes = "", no = "") => (condition.trim() === "" ? no : yes),
  lastword: (text) => split(text).at(-1) ?? "",
  notdir: (text) => each(text, (word) => word.replace(/^.*\//, "")),
  patsubst: (from, to = "", text = "") => patsubst(from, to, text),
  realpath: (text) => each(text, (word) => posix.resolve(word)),
  sort: (text) => [...new Set(split(text))].sort().join(" "),
  strip: (text) => split(text).join(" "),
  subst: (from, to = "", text = "") => text.replaceAll(from, () => to),
};
