import type { KernelConfig, Warn } from "./config.ts";

/** A value, and the condition for it; empty: always. */
interface Conditional {
  readonly value: string;
  readonly when: string;
}

/** What an entry of a kernel's Kconfig files says about an option (Documentation/kbuild/kconfig-language.rst). One may have several. */
export interface KconfigEntry {
  readonly name: string;
  type: "bool" | "tristate" | "int" | "hex" | "string";
  /** Expressions that must all hold: its own, and those of the blocks that it is in. */
  readonly depends: string[];
  readonly defaults: Conditional[];
  /** Options that are on if it is. */
  readonly selects: Conditional[];
}

/** What a line may belong to: an entry, a menu, a choice. */
interface Block {
  readonly depends: string[];
}

const KEYWORDS_OF_TYPE = /^(?:def_)?(bool|tristate|int|hex|string)$/;
/** Other words that a line of an entry or a block begins with. */
const PROPERTIES =
  /^(?:prompt|default|depends|select|imply|range|visible|-*help-*|modules|option|optional|transitional)$/;
/** Lines that the preprocessor takes: variables, and functions whose result is a line (Documentation/kbuild/kconfig-macro-language.rst). */
const MACRO = /^(?:[\w-]+\s*(?:[:+]?=)|\$\()/;
const OPTION = /^[A-Za-z0-9_]+$/;

/**
 * Reads Kconfig files: one, and those that it includes. Those of an architecture (`arch/$(SRCARCH)`) are not there for the one here.
 *
 * @param read - the text of a file, by its path from the top of the source; undefined if there is none
 * @param warn - receives what is wrong in a file, and where; the rest of it is read all the same
 */
export function readKconfig(
  read: (path: string) => string | undefined,
  path = "Kconfig",
  warn: Warn = () => {},
): KconfigEntry[] {
  const entries: KconfigEntry[] = [];
  const opened = new Set<string>();
  /** What is said of files that are not there: a source may lack many on purpose. */
  const missing: string[] = [];
  readFile(path, []);
  const others = missing.length > 1 ? `; of the files that are named, ${missing.length} are not` : "";
  if (missing.length > 0) warn(missing[0] + others);
  return entries;

  function readFile(file: string, outside: readonly Block[]): void {
    const text = opened.has(file) ? undefined : read(file);
    opened.add(file);
    const blocks = [...outside];
    const open: { readonly word: string; readonly line: number }[] = [];
    let last: KconfigEntry | Block = { depends: [] };
    for (const { word, rest, line } of linesOf(text ?? "")) {
      const say = (what: string) => warn(`${file}:${line}: ${what}`);
      if (word === "config" || word === "menuconfig") {
        if (!OPTION.test(rest)) say(`${word} without the name of an option`);
        last = {
          name: rest,
          type: "bool",
          depends: blocks.flatMap(({ depends }) => depends),
          defaults: [],
          selects: [],
        };
        entries.push(last as KconfigEntry);
      } else if (word === "menu" || word === "choice" || word === "if") {
        last = { depends: word === "if" ? [rest] : [] };
        blocks.push(last);
        open.push({ word, line });
      } else if (/^end(?:menu|choice|if)$/.test(word)) {
        const begun = open.pop();
        if (begun?.word !== word.slice(3)) say(`${word} ends no ${word.slice(3)}`);
        if (begun) blocks.pop();
        last = { depends: [] };
      } else if (word === "comment") last = { depends: [] };
      else if (/^[ro]{0,2}source$/.test(word)) {
        const path = rest.replace(/^"(.*)"$/, "$1");
        if (isMissing(word, path)) missing.push(`${file}:${line}: ${path} is not there`);
        else readFile(path, blocks);
      } else if (KEYWORDS_OF_TYPE.test(word) || PROPERTIES.test(word)) property(last, word, rest);
      else if (word !== "mainmenu" && !MACRO.test(`${word} ${rest}`)) say(`unknown statement "${word}"`);
    }
    for (const { word, line } of open) warn(`${file}:${line}: ${word} without end${word}`);
  }

  /** Whether a file must be there and is not. Those of an architecture are named by a variable, and need not be. */
  function isMissing(word: string, file: string): boolean {
    return word === "source" && !file.includes("$(") && !opened.has(file) && read(file) === undefined;
  }
}

/** Takes a line of an entry or a block. */
function property(of: KconfigEntry | Block, word: string, rest: string): void {
  if (word === "depends") of.depends.push(rest.replace(/^on\s+/, ""));
  if (!("name" in of)) return;
  const type = KEYWORDS_OF_TYPE.exec(word)?.[1];
  if (type !== undefined) of.type = type as KconfigEntry["type"];
  const [, value, when = ""] = /^("(?:[^"\\]|\\.)*"|.*?)(?:\s+if\s+(.*))?$/.exec(rest) ?? [];
  if (value === undefined) return;
  if (word === "default" || word.startsWith("def_")) of.defaults.push({ value, when });
  if (word === "select") of.selects.push({ value, when });
}

/** A text's lines and their numbers; one that ends with a backslash goes on in the next. */
function* numberedLines(text: string): Generator<[number: number, line: string]> {
  let number = 0;
  let joined = "";
  let start = 1;
  for (const line of text.split(/\r?\n/)) {
    number++;
    if (joined === "") start = number;
    if (line.endsWith("\\")) joined += `${line.slice(0, -1)} `;
    else {
      yield [start, joined + line];
      joined = "";
    }
  }
  if (joined !== "") yield [start, joined];
}

/** The lines of a file without help texts and comments, as their first word and the rest. */
function* linesOf(text: string): Generator<{ word: string; rest: string; line: number }> {
  // Columns that a help text is indented by at least; undefined outside of one, 0 before its first line.
  let help: number | undefined;
  for (const [number, line] of numberedLines(text)) {
    const [, space, word, rest] = /^(\s*)(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
    if (!word) continue;
    const columns = space.replace(/ {0,7}\t/g, " ".repeat(8)).length;
    if (help !== undefined && columns >= Math.max(help, 1)) {
      help ||= columns;
      continue;
    }
    help = /^-*help-*$/.test(word) ? 0 : undefined;
    if (help === undefined && !word.startsWith("#")) yield { word, rest: withoutComment(rest), line: number };
  }
}

const withoutComment = (text: string): string => /^(?:"(?:[^"\\]|\\.)*"|[^"#])*/.exec(text)?.[0].trimEnd() ?? text;

/**
 * Gives a configuration what one of a source must have besides, as `make olddefconfig` does: on is what an option selects that is on;
 * numbers and texts, which files use without asking whether they are there, have their defaults. So a configuration of another version
 * of the kernel will do.
 *
 * @param applies - whether an option is one that a configuration may set
 */
export function completeConfig(
  given: KernelConfig,
  entries: readonly KconfigEntry[],
  applies: (name: string) => boolean,
): KernelConfig {
  const config = new Map(given);
  const tristate = new Set(entries.filter(({ type }) => type === "tristate").map(({ name }) => name));
  const selecting = new Map<string, Conditional[]>();
  for (const { name, selects } of entries) selecting.set(name, [...(selecting.get(name) ?? []), ...selects]);
  const left = [...config.keys()];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const how = config.get(name);
    for (const { value, when } of selecting.get(name) ?? []) {
      if ((how !== "y" && how !== "m") || config.has(value) || !applies(value) || !holds(when, config)) continue;
      config.set(value, how === "m" && tristate.has(value) ? "m" : "y");
      left.push(value);
    }
  }
  for (const { name, type, depends, defaults } of entries) {
    if (type === "bool" || type === "tristate" || hasValue(config.get(name)) || !applies(name)) continue;
    if (!depends.every((expression) => holds(expression, config))) continue;
    const value = defaults.find(({ when }) => holds(when, config))?.value;
    const literal = value === undefined || hasValue(value) ? value : config.get(value);
    if (literal !== undefined) config.set(name, literal);
    else if (type === "string") config.set(name, '""');
  }
  return config;
}

/** Whether it is a number or a text. */
const hasValue = (value: string | undefined): boolean => value !== undefined && /^(?:"|-?\d)/.test(value);

const TOKEN = /"(?:[^"\\]|\\.)*"|\$\([^()]*(?:\([^()]*\)[^()]*)*\)|&&|\|\||!=|<=|>=|[=<>!()]|[^\s"()!=<>&|$]+/g;

/** Whether an expression of a Kconfig file holds. What it asks the compiler or a shell (`$(…)`) does not. */
export function holds(expression: string, config: KernelConfig): boolean {
  const tokens = expression.match(TOKEN) ?? [];
  let at = 0;
  const either = (): boolean => {
    let result = both();
    while (tokens[at] === "||") {
      at++;
      result = both() || result;
    }
    return result;
  };
  const both = (): boolean => {
    let result = term();
    while (tokens[at] === "&&") {
      at++;
      result = term() && result;
    }
    return result;
  };
  const term = (): boolean => {
    const token = tokens[at++] ?? "n";
    if (token === "!") return !term();
    if (token === "(") {
      const inner = either();
      at++;
      return inner;
    }
    const compare = COMPARISONS[tokens[at]];
    if (!compare) return /^[ym]$/.test(valueIn(token, config));
    at++;
    return compare(valueIn(token, config), valueIn(tokens[at++] ?? "n", config));
  };
  return tokens.length === 0 || either();
}

/** Numbers are compared as numbers, all else as texts. */
const COMPARISONS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  ">": (a, b) => Number(a) > Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
};

/** The value of a word: itself if it is a literal, else that of the option; one that is off has `n`. */
function valueIn(word: string, config: KernelConfig): string {
  if (word.startsWith('"')) return word.slice(1, -1);
  if (/^(?:[nmy]|-?\d\w*)$/.test(word)) return word;
  return config.get(word)?.replace(/^"(.*)"$/, "$1") ?? "n";
}
