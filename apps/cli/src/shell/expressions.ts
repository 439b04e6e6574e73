import { type Context, createContext, Script } from "node:vm";
import { isKernelObject, spellValue } from "@kasan/image";
import { KasanError } from "@kasan/shadow";

/** An expression that could not be evaluated; the message is one line. */
class ExpressionError extends KasanError {
  override name = "ExpressionError";
}

/** Milliseconds that an expression has, and that completion may take for one. */
const PATIENCE = 10_000;
const PATIENCE_OF_COMPLETION = 300;
/** Where a callback is kept while it runs: timeouts are of scripts only. */
const CALLBACK = "$callback";

/**
 * Evaluates JavaScript expressions over a kernel's memory. They have the language and the names that are given, and what earlier ones
 * declared: nothing of Node. That is for a tidy prompt, not for safety: who types at a prompt may as well run node.
 */
export class Expressions {
  private readonly context: Context;

  /** @param patience - milliseconds that one has */
  constructor(
    names: Readonly<Record<string, unknown>>,
    private readonly patience = PATIENCE,
    /** Whether Ctrl-C stops one. */
    private readonly breakOnSigint = false,
  ) {
    // What is left for later, like an endless chain of promises, is done within the same time.
    this.context = createContext({ ...names }, { microtaskMode: "afterEvaluate" });
    Object.defineProperty(this.context, CALLBACK, { writable: true, enumerable: false, value: undefined });
  }

  /**
   * The value of an expression as text, empty if it has none. `_` is then that value.
   *
   * @throws ExpressionError
   */
  print(source: string): string {
    try {
      const value = this.run(source, this.patience);
      if (value === undefined) return "";
      this.context._ = value;
      // Getters and the like may take their time too.
      return visible(String(this.call(() => spellValue(value), this.patience)));
    } catch (error) {
      throw new ExpressionError("EXPRESSION", this.reasonOf(error));
    }
  }

  /** The names of what an expression's value has; none if it has no value. */
  membersOf(source: string): string[] {
    try {
      const value = this.run(source, PATIENCE_OF_COMPLETION);
      return this.call(() => namesIn(value), PATIENCE_OF_COMPLETION) as string[];
    } catch {
      return [];
    }
  }

  /** The names that expressions can begin with: those given and declared. */
  get names(): string[] {
    return Object.keys(this.context);
  }

  /** Whether a promise is an expression's: nobody waits for those. */
  owns(promise: unknown): boolean {
    return promise instanceof (this.run("Promise", this.patience) as typeof Promise);
  }

  private run(source: string, timeout: number): unknown {
    return new Script(source, { filename: "expression" }).runInContext(this.context, {
      timeout,
      breakOnSigint: this.breakOnSigint,
    });
  }

  private call(callback: () => unknown, timeout: number): unknown {
    this.context[CALLBACK] = callback;
    return this.run(`${CALLBACK}()`, timeout);
  }

  /** Why an expression failed. Anything can be thrown, of another realm too. */
  private reasonOf(error: unknown): string {
    const { code } = Object(error) as { code?: unknown };
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return `stopped: it took more than ${this.patience / 1000} s`;
    if (code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return "stopped";
    try {
      const text = String(
        this.call(() => (error instanceof KasanError ? error.message : String(error)), this.patience),
      );
      return visible(text.split("\n")[0]!);
    } catch {
      return "it throws what cannot be printed";
    }
  }
}

/** What can be asked of a value: a structure's members, or what an object of JavaScript's has and inherits. */
function namesIn(value: unknown): string[] {
  if (isKernelObject(value)) return [...value.$members, "$address", "$type", "$value", "$text", "$members"];
  const names = new Set<string>();
  for (let at = Object(value); at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (/^[a-z]\w*$/i.test(name)) names.add(name);
  }
  return [...names];
}

/** Text whose control characters, which come from the dump, do nothing to a terminal. */
const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
