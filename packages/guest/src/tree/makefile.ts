import type { KernelConfig } from "./config.ts";

/** Values of a Makefile's variables. */
type Variables = Map<string, string>;

const ASSIGNMENT = /^([^\s:?+=#]+)[ \t]*([:?+]?=)[ \t]*(.*)$/;
const CONDITION = /^(ifdef|ifndef|ifeq|ifneq)[ \t]+(.*)$/;
const PAIR = /^\(([^,]*),(.*)\)$/;

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

  /** All objects that lists as `obj-y` name, with the option that each depends on, if there is one. */
  *objects(list: string): Generator<{ readonly name: string; readonly option: string | undefined }> {
    const assigned = new RegExp(`^${list}-(?:y|m|\\$\\(CONFIG_(\\w+)\\)|objs)$`);
    for (const [variable, value] of this.raw) {
      const match = assigned.exec(variable);
      if (!match) continue;
      for (const name of this.expand(value).split(/\s+/).filter(Boolean)) yield { name, option: match[1] };
    }
  }

  /** Assignments as they are written, for lists whose name depends on an option. */
  private readonly raw: [variable: string, value: string][] = [];

  private read(lines: readonly string[]): void {
    /** Whether each condition around the line holds. */
    const holds: boolean[] = [];
    for (const full of lines) {
      const line = full.replace(/(^|\s)#.*$/, "").trim();
      const condition = CONDITION.exec(line);
      if (condition) holds.push(this.evaluate(condition[1], condition[2].trim()));
      else if (line === "endif") holds.pop();
      else if (/^else\b/.test(line)) this.otherwise(holds, line.slice(4).trim());
      else if (!full.startsWith("\t") && holds.every(Boolean)) this.assign(line);
    }
  }

  private otherwise(holds: boolean[], rest: string): void {
    const held = holds.pop() ?? false;
    const condition = CONDITION.exec(rest);
    holds.push(!held && (!condition || this.evaluate(condition[1], condition[2].trim())));
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
    this.raw.push([name, value]);
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
