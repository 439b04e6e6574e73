import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, posix, resolve } from "node:path";
import { moduleName } from "../compile/compile.ts";
import type { FileFlags } from "../compile/options.ts";
import { GuestError } from "../error.ts";
import type { KernelConfig } from "./config.ts";
import { TREE_ROOT } from "./headers.ts";
import { Kbuild, MAKEFILES } from "./kbuild.ts";
import type { KernelTree } from "./kernel-tree.ts";
import type { Makefile } from "./makefile.ts";

/** `DIR/Makefile` or `DIR/Kbuild`, and the module of it: `:foo.ko`. */
const TARGET = /^(.*?)(Makefile|Kbuild)(?::([^:/\\]+))?$/;

/** Whether an argument names a module of a Makefile, not a file. */
export function isTarget(argument: string): boolean {
  const folder = TARGET.exec(argument)?.[1];
  return folder !== undefined && (folder === "" || /[\\/]$/.test(folder));
}

/** A module as its Makefile describes it. */
interface ModuleTarget {
  /** The module's name, as reports show it. */
  readonly name: string;
  /** Its C files. */
  readonly files: readonly string[];
  /** How one of them is compiled. */
  flags(file: string): FileFlags;
}

/** What the arguments of a command mean. */
export interface ProgramFiles {
  /** All C files. */
  readonly files: readonly string[];
  /** The module that a Makefile describes, if one is named. */
  readonly target: ModuleTarget | undefined;
  /** The configuration. An option on which the module depends is on. */
  readonly config: KernelConfig;
  /** What the Makefiles say, with this configuration. */
  readonly kbuild: Kbuild;
}

/**
 * The files that arguments mean: `DIR/Makefile:foo.ko` stands for those of a module.
 *
 * @throws {@link GuestError} `BAD_INPUT` for a Makefile or module that there is not, and for one that is not all C
 */
export function programFiles(given: readonly string[], config: KernelConfig, tree?: KernelTree): ProgramFiles {
  const targets = given.filter(isTarget);
  if (targets.length > 1) {
    throw new GuestError("BAD_INPUT", `${targets.join(" and ")}: several modules; a machine runs one at a time`);
  }
  const kbuild = new Kbuild(config, tree);
  const [argument] = targets;
  if (argument === undefined) return { files: given, target: undefined, config, kbuild };
  const found = findModule(argument, kbuild, tree);
  if (found.option === undefined) return { ...together(given, moduleTarget(found, kbuild, tree)), config, kbuild };
  // To name a module is to build it: what depends on its option sees it as in a kernel that does.
  const built = new Map([...config, [found.option, "m"]]);
  const again = new Kbuild(built, tree);
  const target = moduleTarget(findModule(argument, again, tree), again, tree);
  return { ...together(given, tree ? target : withOption(target, found.option)), config: built, kbuild: again };
}

const together = (given: readonly string[], target: ModuleTarget): Pick<ProgramFiles, "files" | "target"> => ({
  files: [...new Set(given.flatMap((one) => (isTarget(one) ? target.files : [one])))],
  target,
});

/** A module whose files see an option: no header has it, other than in a kernel's source. */
const withOption = (target: ModuleTarget, option: string): ModuleTarget => ({
  ...target,
  flags: (file) => {
    const flags = target.flags(file);
    return { ...flags, defines: [...flags.defines, `CONFIG_${option}_MODULE=1`] };
  },
});

/** A module in a Makefile. */
interface Module {
  /** The Makefile, as the user names it. */
  readonly path: string;
  readonly makefile: Makefile;
  /** Its name without `.o`. */
  readonly stem: string;
  /** The option that would build it and that is off. */
  readonly option: string | undefined;
}

/** `obj-$(CONFIG_X)`. */
const OPTION = /^obj-\$[({]CONFIG_(\w+)[)}]$/;

function findModule(argument: string, kbuild: Kbuild, tree: KernelTree | undefined): Module {
  const [, before, , wanted] = TARGET.exec(argument) as RegExpExecArray;
  const folder = before === "" ? "." : before.replace(/(?<=.)[\\/]$/, "");
  const makefile = kbuild.makefile(asSeen(folder, tree));
  const path = join(folder, MAKEFILES.find((name) => isFile(join(folder, name))) ?? "Makefile");
  if (!makefile) throw new GuestError("BAD_INPUT", `${path}: no such file`);
  const modules = modulesIn(makefile);
  if (modules.size === 0) refuseUnknown(path, makefile, ["obj-m", "obj-y"]);
  if (modules.size === 0)
    throw new GuestError("BAD_INPUT", `${path}: describes no module; it sets no obj-m or obj-y to a .o`);
  if (wanted === undefined) {
    const on = [...modules].filter(([, option]) => option === undefined);
    const choice = on.length > 0 ? on : [...modules];
    if (choice.length > 1) {
      const names = choice.map(([stem]) => stem);
      throw new GuestError("BAD_INPUT", `${path}: several modules; name one, as ${path}:${names[0]}.ko`, listed(names));
    }
    return { path, makefile, stem: choice[0][0], option: choice[0][1] };
  }
  const stem = wanted.replace(/\.(?:ko|o)$/, "");
  if (!modules.has(stem)) {
    throw new GuestError("BAD_INPUT", `${path}: no module ${stem}.ko`, listed([...modules.keys()]));
  }
  return { path, makefile, stem, option: modules.get(stem) };
}

/** The modules of a Makefile, by name, each with the option that would build it if it is off. */
function modulesIn(makefile: Makefile): Map<string, string | undefined> {
  const modules = new Map<string, string | undefined>();
  for (const { name, written, words } of makefile.assignments("obj-")) {
    const off = name !== "obj-y" && name !== "obj-m";
    for (const word of words) {
      const stem = word.replace(/\.o$/, "");
      if (stem === word || (modules.has(stem) && off)) continue;
      modules.set(stem, off ? OPTION.exec(written)?.[1] : undefined);
    }
  }
  return modules;
}

const listed = (stems: readonly string[]): string => `It describes: ${stems.map((stem) => `${stem}.ko`).join(", ")}\n`;

function moduleTarget({ path, makefile, stem }: Module, kbuild: Kbuild, tree: KernelTree | undefined): ModuleTarget {
  const lists = ["objs", "y", "m"].map((kind) => `${stem}-${kind}`);
  refuseUnknown(path, makefile, lists);
  const parts = lists.flatMap((list) => makefile.words(list));
  const objects = [...new Set(parts.length > 0 ? parts : [`${stem}.o`])];
  const folder = dirname(path);
  const files = objects.map((object) => sourceOf(object, folder, `${path}: ${stem}.ko`));
  const seen = asSeen(folder, tree);
  return {
    name: moduleName(`${stem}.ko`),
    files,
    flags: (file) => kbuild.flagsIn(seen, asSeen(file, tree)),
  };
}

/** Refuses lists that lack what functions of make would add to them. */
function refuseUnknown(path: string, makefile: Makefile, lists: readonly string[]): void {
  for (const { name, written, unknown } of lists.flatMap((list) => makefile.assignments(list))) {
    if (!lists.includes(name) || unknown.length === 0) continue;
    throw new GuestError("BAD_INPUT", `${path}: ${written} needs make's $(${unknown[0]} …), which is not known here`);
  }
}

/** The C file of an object. */
function sourceOf(object: string, folder: string, module: string): string {
  const named = resolve("/", object) === object ? object : join(folder, object);
  const without = named.replace(/\.o$/, "");
  if (without === named) throw new GuestError("BAD_INPUT", `${module} has ${object}, which is no object file`);
  if (isFile(`${without}.c`)) return `${without}.c`;
  if (isFile(`${without}.S`)) {
    throw new GuestError("BAD_INPUT", `${module} has ${basename(object)} of ${without}.S: assembly is not compiled`);
  }
  throw new GuestError("BAD_INPUT", `${module} has ${basename(object)}, and there is no ${without}.c`);
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** A path as clang sees it. */
function asSeen(path: string, tree: KernelTree | undefined): string {
  const inner = tree?.inside(path);
  return inner === undefined ? resolve(path) : posix.join(TREE_ROOT, inner);
}
