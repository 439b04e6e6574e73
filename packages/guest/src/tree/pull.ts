import type { GuestError } from "../error.ts";
import type { Definition, SymbolIndex } from "./symbol-index.ts";
import { type ObjectSymbols, objectSymbols } from "./objects.ts";
import type { TreeObject } from "./unit.ts";

/** A file of the kernel's source that was compiled in because something needs it. */
export interface PulledFile {
  /** Its path, relative to the top of the source. */
  readonly path: string;
  /** The symbol that it was pulled in for. */
  readonly symbol: string;
  /** The file that needs the symbol. */
  readonly neededBy: string;
}

/** A symbol that nothing provides. */
export interface UnprovidedSymbol {
  readonly name: string;
  readonly kind: "function" | "variable";
  /** The file that needs it. */
  readonly neededBy: string;
  /** Files of the kernel's source that define it. */
  readonly files: readonly string[];
  /** Why none of these was pulled in. */
  readonly why: string;
}

/** What is linked and what is missing. */
export interface Pulled {
  readonly objects: readonly TreeObject[];
  readonly files: readonly PulledFile[];
  readonly missing: readonly UnprovidedSymbol[];
}

/** What decides which files are pulled in. */
export interface PullOptions {
  /** Whether the machine or the architecture's own code provides a symbol. */
  readonly provides: (symbol: string) => boolean;
  /** Compiles a file of the kernel's source, by its path relative to the top. */
  readonly compile: (path: string, index: number) => Promise<TreeObject>;
  /** The most files that are pulled in. */
  readonly limit: number;
  /** Whether a file must not be pulled in, since the machine does in its own way what it does. */
  readonly replaced: (path: string) => boolean;
}

interface Need {
  readonly name: string;
  readonly kind: "function" | "variable";
  readonly neededBy: string;
}

/**
 * Compiles in files of the kernel's source until every symbol has a definition, or none can be found. Files that are needed first come
 * first, so that a limit cuts off what is far away.
 *
 * @param given - compiled files to begin with, and their names
 */
export async function pullIn(
  given: readonly { readonly name: string; readonly object: TreeObject }[],
  index: () => Promise<SymbolIndex>,
  options: PullOptions,
): Promise<Pulled> {
  const state = new PullState(options);
  for (const { name, object } of given) state.enter(name, objectSymbols(object.bytes));
  const objects: TreeObject[] = [];
  const files: PulledFile[] = [];
  const missing: UnprovidedSymbol[] = [];
  for (let need = state.next(); need; need = state.next()) {
    const definitions = (await index()).find(need.name);
    const reason = (why: string) => missing.push({ ...need, files: definitions.map(({ path }) => path), why });
    const chosen = choose(definitions, need, options);
    if (typeof chosen === "string") reason(chosen);
    else if (files.length >= options.limit) reason(`the limit of ${options.limit} files is reached`);
    else {
      const object = await options.compile(chosen.path, given.length + objects.length).catch((error: GuestError) => error);
      if (object instanceof Error) reason(`${chosen.path} does not compile: ${firstError(object)}`);
      else {
        const symbols = objectSymbols(object.bytes);
        state.enter(chosen.path, symbols);
        if (!symbols.defined.includes(need.name)) reason(`${chosen.path} does not define it in this configuration`);
        objects.push(object);
        files.push({ path: chosen.path, symbol: need.name, neededBy: need.neededBy });
      }
    }
  }
  return { objects, files, missing };
}

/** The definition to use, or why there is none. */
function choose(definitions: readonly Definition[], { neededBy }: Need, options: PullOptions): Definition | string {
  if (definitions.length === 0) return "no file that can be compiled in defines it";
  const usable = definitions.filter(({ path }) => !options.replaced(path));
  if (usable.length === 0) return `${definitions[0].path} is replaced by the machine`;
  // Of several, the one whose path has most folders in common with the file that needs it.
  const near = ({ path }: Definition) => commonFolders(path, neededBy);
  return usable.reduce((best, one) => (near(one) > near(best) ? one : best));
}

function commonFolders(a: string, b: string): number {
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count;
}

const firstError = (error: Error): string => {
  const details = (error as GuestError).details ?? error.message;
  return /error: (.*)/.exec(details)?.[1] ?? details.split("\n")[0];
};

/** Symbols that are defined, and those still to be found. */
class PullState {
  private readonly options: PullOptions;
  private readonly defined = new Set<string>();
  private readonly queue: Need[] = [];
  private readonly asked = new Set<string>();

  constructor(options: PullOptions) {
    this.options = options;
  }

  enter(file: string, symbols: ObjectSymbols): void {
    for (const name of symbols.defined) this.defined.add(name);
    const needs = [
      ...symbols.functions.map((name) => ({ name, kind: "function", neededBy: file }) as const),
      ...symbols.variables.map((name) => ({ name, kind: "variable", neededBy: file }) as const),
    ];
    for (const need of needs) {
      if (this.asked.has(need.name)) continue;
      this.asked.add(need.name);
      this.queue.push(need);
    }
  }

  next(): Need | undefined {
    for (let need = this.queue.shift(); need; need = this.queue.shift()) {
      if (!this.defined.has(need.name) && !this.options.provides(need.name)) return need;
    }
    return undefined;
  }
}
