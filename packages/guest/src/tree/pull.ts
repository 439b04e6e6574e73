import type { GuestError } from "../error.ts";
import { BOOT, CALLED_BY_OTHERS, TASK_WORK } from "../load/initcalls.ts";
import { type ObjectSymbols, objectSymbols, withFormats } from "./objects.ts";
import type { Definition, SymbolIndex } from "./symbol-index.ts";
import { shown, type TreeObject } from "./unit.ts";

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
  /** Its name. */
  readonly name: string;
  /** What it is. */
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
  /** Files of the kernel's source that were pulled in, in this order. */
  readonly files: readonly PulledFile[];
  /** Symbols that can be reached and that nothing provides. */
  readonly missing: readonly UnprovidedSymbol[];
  /** Files that are asked first and that do not compile, with the reason. */
  readonly unusable: readonly string[];
}

/** What decides which files are pulled in. */
export interface PullOptions {
  /** Whether the machine provides a symbol. */
  readonly provides: (symbol: string) => boolean;
  /** Files that may define a symbol and that are asked first, like the members of an archive. They do not count. */
  readonly library: (symbol: string) => Promise<readonly string[]>;
  /** Symbols that are needed in any case. */
  readonly wanted: readonly string[];
  /** Compiles a file: one of `library`, or one of the kernel's source, by its path relative to the top. Called once for each. */
  readonly compile: (path: string) => Promise<TreeObject>;
  /** The most files that are pulled in, {@link isLibrary library code} not counted. */
  readonly limit: number;
  /** Whether a file must not be pulled in, since the machine does in its own way what it does. */
  readonly replaced: (path: string) => boolean;
}

/** Whether a file is of a kind that does not count: what is in lib/ needs little besides itself. */
const isLibrary = (path: string): boolean => path.startsWith("lib/");
const counted = (paths: Iterable<string>): number => [...paths].filter((path) => !isLibrary(path)).length;

/**
 * Round 0 is what the user's files need, round 1 what the boot of these files needs, and so on: what the boot of everything needs is
 * nearly the whole kernel. Library code needs little: it comes in any round.
 */
const BOOT_ROUNDS = 1;

interface Need {
  /** Whose boot needs it; 0: none's. */
  readonly round: number;
  readonly name: string;
  readonly kind: "function" | "variable";
  readonly neededBy: string;
  /** Whether a file of the module needs it; files of the kernel cannot use what only the module has. */
  readonly byModule: boolean;
}

/** Compiled files to begin with. */
export interface Given {
  /** The user's module: all of it is reached. */
  readonly module: readonly TreeObject[];
  /** Files of the kernel that the user names: all of them is reached as well. */
  readonly kernel: readonly TreeObject[];
}

/**
 * Compiles in files of the kernel's source until every symbol that can be reached has a definition, or none can be found. What a file
 * that is pulled in has besides does not count: its functions that nobody reaches may use what is missing. Files that are needed first
 * come first, so that a limit cuts off what is far away.
 *
 * Files for all needs that are known are compiled side by side, but entered one by one: how long they take makes no difference.
 *
 * @param given - compiled files to begin with
 */
export async function pullIn(given: Given, index: () => Promise<SymbolIndex>, options: PullOptions): Promise<Pulled> {
  const reached = new Reached();
  for (const part of ["kernel", "module"] as const) {
    for (const { unit, bytes } of given[part]) {
      reached.enterWhole(shown(unit.source), symbolsOf(bytes), part === "module");
    }
  }
  for (const name of options.wanted)
    reached.need({ name, kind: "function", neededBy: "the machine", byModule: false, round: 0 });
  const compiler = new PullCompiler(index, options);
  const objects: TreeObject[] = [];
  const files: PulledFile[] = [];
  const missing: UnprovidedSymbol[] = [];
  const unusable = new Set<string>();
  for (;;) {
    for (const need of reached.fresh(options.provides)) compiler.ahead(need);
    const need = reached.next(options.provides);
    if (!need) return { objects, files, missing, unusable: [...unusable] };
    const member = await compiler.member(need);
    for (const why of member.unusable) unusable.add(why);
    const { object } = member;
    if (object && reached.enter(shown(object.unit.source), symbolsOf(object.bytes), need.name)) {
      objects.push(object);
      continue;
    }
    const definitions = (await index()).find(need.name);
    const { name, kind, neededBy } = need;
    const lack = (why: string) =>
      missing.push({ name, kind, neededBy, files: definitions.map(({ path }) => path), why });
    const chosen = choose(definitions, need, options);
    if (typeof chosen === "string") lack(chosen);
    else if (!isLibrary(chosen.path) && counted(files.map(({ path }) => path)) >= options.limit) {
      lack(`the limit of ${options.limit} files is reached`);
    } else {
      const object = await compiler.compile(chosen.path);
      if (object instanceof Error) lack(`${chosen.path} does not compile: ${firstError(object)}`);
      else if (!reached.enter(chosen.path, symbolsOf(object.bytes), need.name)) {
        lack(`${chosen.path} does not define it in this configuration`);
      } else {
        objects.push(object);
        files.push({ path: chosen.path, symbol: need.name, neededBy: need.neededBy });
      }
    }
  }
}

const symbolsOf = (bytes: Uint8Array): ObjectSymbols => withFormats(objectSymbols(bytes));

/** Compiles files for needs, each once. */
class PullCompiler {
  private readonly index: () => Promise<SymbolIndex>;
  private readonly options: PullOptions;
  private readonly compiled = new Map<string, Promise<TreeObject | GuestError>>();
  /** Files of the kernel's source that were compiled ahead. */
  private readonly early = new Set<string>();

  constructor(index: () => Promise<SymbolIndex>, options: PullOptions) {
    this.index = index;
    this.options = options;
  }

  /** A compiled file, or the reason why it is none. */
  compile(path: string): Promise<TreeObject | GuestError> {
    const known = this.compiled.get(path) ?? this.options.compile(path).catch((error: GuestError) => error);
    this.compiled.set(path, known);
    return known;
  }

  /** The file that is asked first for a symbol. Another kernel's headers may not fit some of these files. */
  async member({ name }: Need): Promise<{ object?: TreeObject; unusable: string[] }> {
    const unusable: string[] = [];
    for (const path of await this.options.library(name)) {
      const object = await this.compile(path);
      if (!(object instanceof Error)) return { object, unusable };
      unusable.push(`${shown(path)}: ${firstError(object)}`);
    }
    return { unusable };
  }

  /** Begins to compile what a need will ask for, unless a file that comes before it has it as well. */
  ahead(need: Need): void {
    const begin = async () => {
      if ((await this.member(need)).object) return;
      const chosen = choose((await this.index()).find(need.name), need, this.options);
      if (typeof chosen === "string" || counted(this.early) >= this.options.limit) return;
      this.early.add(chosen.path);
      await this.compile(chosen.path);
    };
    // An error comes again when the need's turn comes.
    begin().catch(() => {});
  }
}

/** The definition to use, or why there is none. */
function choose(
  definitions: readonly Definition[],
  { neededBy, round }: Need,
  options: PullOptions,
): Definition | string {
  if (definitions.length === 0) return "no file that can be compiled in defines it";
  const usable = definitions.filter(({ path }) => !options.replaced(path));
  if (usable.length === 0) return `${definitions[0].path} is replaced by the machine`;
  // Of several, the one whose path has most folders in common with the file that needs it.
  const near = ({ path }: Definition) => commonFolders(path, neededBy);
  const nearest = usable.reduce((best, one) => (near(one) > near(best) ? one : best));
  const far = round > BOOT_ROUNDS && !isLibrary(nearest.path);
  return far ? "only the boot of files that the boot needs uses it" : nearest;
}

function commonFolders(a: string, b: string): number {
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count;
}

/** The first error of a compiler's messages, and where it is. */
const firstError = (error: Error): string => {
  const details = (error as GuestError).details ?? error.message;
  const [, place, text] = /^(.+?:\d+):\d+: (?:fatal )?error: (.*)$/m.exec(details) ?? [];
  return text === undefined ? details.split("\n")[0] : `${text} (${place})`;
};

/** Functions that the machine runs, whatever else is used of their file: most of them at boot. */
const INITCALL = new RegExp(
  `^(?:__kasan_init(?:call)?_.*|${[...BOOT, ...Object.keys(CALLED_BY_OTHERS), TASK_WORK].join("|")})$`,
);
/** KASAN's list of a file's variables, which uses all of them. */
const VARIABLES = /^asan\.module_/;

/** The symbols that can be reached, and those of them that are still to be found. */
class Reached {
  /** Definitions of the kernel's files, and of the module's. */
  private readonly kernel = new Map<string, Place>();
  private readonly module = new Map<string, Place>();
  private readonly queue: Need[] = [];
  /** What files run at boot. It comes last: its needs may be far from what is tested. */
  private readonly boot: (Place & { round: number })[] = [];
  private round = 0;
  private added: Need[] = [];
  private readonly asked = new Set<string>();

  /** Enters a file, all of which is reached. */
  enterWhole(name: string, symbols: ObjectSymbols, ofModule: boolean): void {
    const file = this.define(name, symbols, ofModule);
    for (let index = 0; index < symbols.symbols.length; index++) this.visit(file, index);
  }

  /** Enters a file for one of its symbols. @returns whether it has it */
  enter(name: string, symbols: ObjectSymbols, wanted: string): boolean {
    const { symbols: all, constructors } = symbols;
    const index = all.findIndex((one) => one.name === wanted && one.defined && !one.local);
    if (index < 0) return false;
    const file = this.define(name, symbols, false);
    this.visit(file, index);
    all.forEach((one, at) => {
      if (INITCALL.test(one.name)) this.boot.push({ file, index: at, round: this.round + 1 });
    });
    for (const at of constructors) if (!VARIABLES.test(all[at].name)) this.visit(file, at);
    return true;
  }

  need(need: Need): void {
    const key = `${need.byModule ? "m" : "k"} ${need.name}`;
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.queue.push(need);
    this.added.push(need);
  }

  /** The next symbol that no file defines and `provides` does not know. */
  next(provides: (symbol: string) => boolean): Need | undefined {
    for (;;) {
      const need = this.queue.shift();
      if (need === undefined) {
        const place = this.boot.shift();
        if (!place) return undefined;
        this.round = place.round;
        this.visit(place.file, place.index);
        continue;
      }
      const known = this.definition(need);
      if (known) this.visit(known.file, known.index);
      else if (!provides(need.name)) return need;
    }
  }

  /** Those symbols that were added since the last call and that no file defines yet. */
  fresh(provides: (symbol: string) => boolean): Need[] {
    const { added } = this;
    this.added = [];
    return added.filter((need) => !this.definition(need) && !provides(need.name));
  }

  private definition({ name, byModule }: Pick<Need, "name" | "byModule">): Place | undefined {
    return (byModule ? this.module.get(name) : undefined) ?? this.kernel.get(name);
  }

  private define(name: string, { symbols }: ObjectSymbols, ofModule: boolean): FileSymbols {
    const file = { name, symbols, ofModule, visited: new Set<number>() };
    const defined = ofModule ? this.module : this.kernel;
    symbols.forEach((one, index) => {
      if (!one.defined || one.local) return;
      const known = defined.get(one.name);
      if (known === undefined) defined.set(one.name, { file, index });
      // A linker takes the definition that is not weak, wherever it comes.
      else if (isWeak(known) && !one.weak) {
        defined.set(one.name, { file, index });
        if (known.file.visited.has(known.index)) this.visit(file, index);
      }
    });
    return file;
  }

  private visit(file: FileSymbols, start: number): void {
    const left = [start];
    for (let index = left.pop(); index !== undefined; index = left.pop()) {
      if (file.visited.has(index)) continue;
      file.visited.add(index);
      const { name, kind, defined, local, uses } = file.symbols[index];
      if (defined) left.push(...uses);
      else if (!local) this.need({ name, kind, neededBy: file.name, byModule: file.ofModule, round: this.round });
    }
  }
}

interface Place {
  readonly file: FileSymbols;
  readonly index: number;
}

const isWeak = ({ file, index }: Place): boolean => file.symbols[index].weak;

interface FileSymbols {
  readonly name: string;
  readonly ofModule: boolean;
  readonly symbols: ObjectSymbols["symbols"];
  readonly visited: Set<number>;
}
