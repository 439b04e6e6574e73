import type { KernelConfig } from "./config.ts";

/** Values of a Makefile's variables. */
type Variables = Map<string, string>;

const ASSIGNMENT = /^([^\s:?+=#]+)[ \t]*([:?+]?=)[ \t]*(.*)$/;
const CONDITION = /^(ifdef|ifndef|ifeq|ifneq)[ \t]+(.*)$/;
const PAIR = /^\(([^,]*),(.*)\)$/;

/** A condition around lines. */
interface Condition {
  /** Whether the current branch holds. */
  holds: boolean;
  /** Whether this branch or one before it does. */
  decided: boolean;
}

/** A kernel's Makefile (Documentation/kbuild/makefiles.rst) as a list of assignments: rules and functions of make are left out. */
export class Makefile {
  private readonly variables: Variables;

  /**
   * @param predefined - variables that the build sets, as `src`
   */
  constructor(text: string, config: KernelConfig, predefined: Readonly<Record<string, string>>) {
    this.variables = new Map(Object.entries(predefined));
    for (const [name, value] of config) this.variables.set(`CONFIG_${name}`, value.replace(/^"(.*)"$/, "$1"));
    this.read(text.replace(/\\\r?\n[ \t]*/g, " ").split(/\r?\n/));
  }

  /** The words of a variable. */
  words(name: string): string[] {
    return this.expand(this.variables.get(name) ?? "")
      .split(/\s+/)
      .filter(Boolean);
  }

  private read(lines: readonly string[]): void {
    const around: Condition[] = [];
    for (const full of lines) {
      const line = full.replace(/(^|\s)#.*$/, "").trim();
      const condition = CONDITION.exec(line);
      if (condition) {
        const holds = this.evaluate(condition[1], condition[2].trim());
        around.push({ holds, decided: holds });
      } else if (line === "endif") around.pop();
      else if (/^else\b/.test(line)) this.otherwise(around.at(-1), line.slice(4).trim());
      else if (!full.startsWith("\t") && around.every(({ holds }) => holds)) this.assign(line);
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
    const equal = pair !== null && this.expand(pair[1]).trim() === this.expand(pair[2]).trim();
    return equal === (kind === "ifeq");
  }

  private assign(line: string): void {
    const match = ASSIGNMENT.exec(line);
    if (!match) return;
    const [, name, operator, value] = match;
    const key = this.expand(name);
    const before = this.variables.get(key);
    if (operator === "?=" && before !== undefined) return;
    const now = operator === "=" || operator === "?=" ? value : this.expand(value);
    this.variables.set(key, operator === "+=" && before !== undefined ? `${before} ${now}` : now);
  }

  /** Replaces `$(NAME)`; what calls a function of make becomes nothing. */
  private expand(text: string, depth = 0): string {
    if (depth > 8) return "";
    return text.replace(/\$[({]([^(){}]*(?:\([^()]*\)[^(){}]*)*)[)}]/g, (_, name: string) =>
      /[\s,]/.test(name) ? "" : this.expand(this.variables.get(name) ?? "", depth + 1),
    );
  }
}
