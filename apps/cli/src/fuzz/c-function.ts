import { codeOf } from "./source-targets.ts";

/** A parameter of a C function. */
export interface Parameter {
  /** Its name. */
  readonly name: string;
  /** Its type without `const` and the stars: `unsigned int`, `struct foo`; empty for a pointer to a function. */
  readonly base: string;
  /** Number of stars; an array counts as one. */
  readonly stars: number;
  /** Whether what a pointer leads to is constant. */
  readonly constant: boolean;
  /** The parameter as it is written. */
  readonly text: string;
}

/** A C function, as its definition declares it. */
export interface CFunction {
  readonly name: string;
  /** Whether other files cannot call it. */
  readonly isStatic: boolean;
  /** What it returns. */
  readonly returns: "void" | "pointer" | "structure" | "number";
  readonly parameters: readonly Parameter[];
  /** Whether it takes more arguments than it names. */
  readonly variadic: boolean;
  /** The declaration, without a semicolon. */
  readonly declaration: string;
}

/** Words of a type that say nothing about it. */
const NOISE =
  /\b(?:__user|__iomem|__force|__must_check|__maybe_unused|__always_unused|restrict|volatile|register|const)\b/g;
const ATTRIBUTES = /^(?:\s*__\w+(?:\([^()]*\))?)*\s*\{/;

/** The definition of a function in a source file; undefined if there is none that is written out. */
export function functionOf(source: string, name: string): CFunction | undefined {
  const code = codeOf(source);
  const begin = new RegExp(
    `^(?!typedef\\b|return\\b|else\\b|if\\b|#)([A-Za-z_][\\w \\t*]*?\\n?[ \\t*]*)\\b${name}[ \\t]*\\(`,
    "gm",
  );
  for (const match of code.matchAll(begin)) {
    const open = match.index + match[0].length;
    const close = closing(code, open);
    if (close === undefined || !ATTRIBUTES.test(code.slice(close + 1))) continue;
    return describe(name, match[1], code.slice(open, close));
  }
  return undefined;
}

function describe(name: string, before: string, between: string): CFunction {
  const parts = splitAtCommas(between).map((part) => part.replace(/\s+/g, " ").trim());
  const named = parts.filter((part) => part !== "void" && part !== "..." && part !== "");
  const type = before.replace(/\s+/g, " ").trim();
  return {
    name,
    isStatic: /\b(?:static|inline|__always_inline)\b/.test(before),
    returns: returnedBy(before),
    parameters: named.map(parameterOf),
    variadic: parts.includes("..."),
    declaration: `${type.endsWith("*") ? type : `${type} `}${name}(${parts.join(", ") || "void"})`,
  };
}

/** What is returned by a function, from what stands before its name. */
function returnedBy(before: string): CFunction["returns"] {
  if (before.includes("*")) return "pointer";
  if (/\bvoid\b/.test(before)) return "void";
  return /\b(?:struct|union)\b/.test(before) ? "structure" : "number";
}

/** The index of the parenthesis that ends what begins at some place. */
function closing(code: string, open: number): number | undefined {
  let depth = 1;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "(") depth++;
    if (code[at] === ")" && --depth === 0) return at;
  }
  return undefined;
}

function splitAtCommas(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if (letter === "(" || letter === "[") depth++;
    if (letter === ")" || letter === "]") depth--;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

function parameterOf(text: string, index: number): Parameter {
  const pointed = /\(\s*\*+\s*(\w+)/.exec(text);
  if (pointed) return { name: pointed[1], base: "", stars: 1, constant: false, text };
  const arrays = text.match(/\[[^\]]*\]/g)?.length ?? 0;
  const plain = text.replace(/\[[^\]]*\]/g, "").replace(NOISE, " ");
  const stars = (plain.match(/\*/g)?.length ?? 0) + arrays;
  const words = plain.replaceAll("*", " ").trim().split(/\s+/);
  // `unsigned` and `struct foo` have no name behind them.
  const isUnnamed =
    words.length === 1 ||
    (words.length === 2 &&
      /^(?:struct|union|enum|unsigned|signed)$/.test(words[0]) &&
      !/^(?:unsigned|signed)$/.test(words[0]));
  const name = isUnnamed ? `argument${index}` : words[words.length - 1];
  const base = (isUnnamed ? words : words.slice(0, -1)).join(" ");
  // `char *const p` is a constant pointer to what is none.
  const constant = /\bconst\b/.test(text.slice(0, text.indexOf("*") + 1 || undefined));
  return { name, base, stars, constant, text };
}
