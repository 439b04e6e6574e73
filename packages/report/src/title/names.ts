import { detached } from "../parse/text.ts";

/** A set of functions, by their names without what compilers put behind them. */
export interface FunctionNames {
  /** Whole names. */
  readonly exact?: readonly string[];
  /** Beginnings of names. */
  readonly prefix?: readonly string[];
  /** Parts of names, for families with inner variants and for members named after their users. */
  readonly contains?: readonly string[];
}

/** Remembered answers. */
const MAX_KNOWN = 512;

/** Asks whether functions are of a set, and remembers: the same few functions stand in most stacks. */
export class NameSet {
  private readonly exact: ReadonlySet<string>;
  private readonly prefixes: readonly string[];
  private readonly contained: readonly string[];
  private readonly known = new Map<string, boolean>();

  constructor(...sets: readonly FunctionNames[]) {
    this.exact = new Set(sets.flatMap(({ exact }) => exact ?? []));
    this.contained = sets.flatMap(({ contains }) => contains ?? []);
    this.prefixes = sets.flatMap(({ prefix }) => prefix ?? []);
  }

  /** Whether `name` is of the set. */
  has(name: string): boolean {
    let answer = this.known.get(name);
    if (answer !== undefined) return answer;
    answer = this.find(name);
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(detached(name), answer);
    return answer;
  }

  private find(name: string): boolean {
    if (this.exact.has(name)) return true;
    return (
      this.prefixes.some((prefix) => name.startsWith(prefix)) || this.contained.some((part) => name.includes(part))
    );
  }
}
