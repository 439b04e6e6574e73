import { existsSync, readdirSync } from "node:fs";
import { basename, posix } from "node:path";
import { host } from "#host";
import { readSmall } from "../compile/files.ts";
import type { FileFlags } from "../compile/options.ts";
import type { KernelConfig } from "./config.ts";
import { TREE_ROOT } from "./headers.ts";
import { type KernelTree, type KernelVersion, releaseOf } from "./kernel-tree.ts";
import { Makefile } from "./makefile.ts";

const decoder = new TextDecoder();

/** Names of the files that describe what a folder builds, as the kernel's build looks for them. */
export const MAKEFILES = ["Kbuild", "Makefile"] as const;

/** The flag that stands for all those with which files are instrumented (scripts/Makefile.kasan, `CFLAGS_KASAN`). */
const INSTRUMENTED = "-fsanitize=kernel-address";

/** The version that modules are built for without a kernel's source. */
const MODELLED: KernelVersion = { version: 6, patchLevel: 12, subLevel: 0, extra: "" };

/**
 * Reads what Makefiles say about files: those of a kernel's source, and those of modules outside of it. Folders and files are named as
 * clang sees them: those of the source are under {@link TREE_ROOT}.
 */
export class Kbuild {
  private readonly config: KernelConfig;
  private readonly tree: KernelTree | undefined;
  private readonly makefiles = new Map<string, Makefile | undefined>();

  constructor(config: KernelConfig, tree?: KernelTree) {
    this.config = config;
    this.tree = tree;
  }

  /** The flags of a file of the kernel's source: those of the nearest Makefile above it. */
  flags(source: string): FileFlags {
    const folder = posix.dirname(source);
    const builder = treeParents(folder).reverse();
    return this.flagsIn(builder.find((one) => this.makefile(one) !== undefined) ?? folder, source);
  }

  /** The flags that the Makefile of a folder gives to a file. */
  flagsIn(folder: string, source: string): FileFlags {
    const makefile = this.makefile(folder);
    const words = (name: string) => makefile?.words(name) ?? [];
    const object = posix.relative(folder, source).replace(/\.c$/, ".o");
    const above = isInTree(folder) ? treeParents(folder) : [folder];
    const flags = [
      ...above.flatMap((parent) => this.makefile(parent)?.words("subdir-ccflags-y") ?? []),
      ...words("ccflags-y"),
      ...words("EXTRA_CFLAGS"),
      ...words(`CFLAGS_${object}`),
    ];
    const [sanitize] = [...words(`KASAN_SANITIZE_${object}`), ...words("KASAN_SANITIZE")];
    const [cover] = [...words(`KCOV_INSTRUMENT_${object}`), ...words("KCOV_INSTRUMENT")];
    const places = (path: string) =>
      (isInTree(folder) ? [TREE_ROOT] : [folder, TREE_ROOT]).map((at) => posix.resolve(at, path));
    return {
      ...flagsOf(flags.map(unquoted), places),
      sanitize: sanitize !== "n" || flags.includes(INSTRUMENTED),
      cover: cover !== "n",
    };
  }

  /**
   * Where the build links a file of the kernel's source: its places in the Makefiles' lists, from the top to its own folder. Initcalls of
   * one level run in this order.
   */
  linkPlace(source: string): number[] {
    const parts = source
      .slice(TREE_ROOT.length + 1)
      .replace(/\.c$/, ".o")
      .split("/");
    return parts.flatMap((_, depth) => {
      if (depth === 0) return placeIn(TOP, parts[0]);
      const makefile = this.makefile(posix.join(TREE_ROOT, ...parts.slice(0, depth)));
      return makefile ? linkPlaceIn(makefile, parts.slice(depth)) : [];
    });
  }

  /** The Makefile of a folder. */
  makefile(folder: string): Makefile | undefined {
    if (!this.makefiles.has(folder)) this.makefiles.set(folder, this.read(folder));
    return this.makefiles.get(folder);
  }

  private read(folder: string): Makefile | undefined {
    const name = MAKEFILES.find((one) => this.bytes(posix.join(folder, one)) !== undefined);
    const bytes = name && this.bytes(posix.join(folder, name));
    if (!bytes) return undefined;
    const kernel = this.tree?.version ?? MODELLED;
    const { version, patchLevel, subLevel } = kernel;
    const variables = {
      ...(isInTree(folder) ? {} : { M: folder, KBUILD_EXTMOD: folder }),
      ...{ src: folder, obj: folder, PWD: folder, CURDIR: folder },
      CFLAGS_KASAN: INSTRUMENTED,
      ...{ srctree: TREE_ROOT, objtree: TREE_ROOT, SRCARCH: "kasan", ARCH: "kasan" },
      ...{ VERSION: `${version}`, PATCHLEVEL: `${patchLevel}`, SUBLEVEL: `${subLevel}` },
      KERNELRELEASE: releaseOf(kernel),
      MAKEFILE_LIST: posix.join(folder, name),
    };
    return new Makefile(decoder.decode(bytes), this.config, {
      variables,
      wildcard: (pattern) => this.wildcard(folder, pattern),
    });
  }

  private bytes(path: string): Uint8Array | undefined {
    return isInTree(path) ? this.tree?.read(path.slice(TREE_ROOT.length + 1)) : readSmall(path, host.disk);
  }

  /** The files that a pattern stands for, with `*` and `?` in its last part. */
  private wildcard(folder: string, pattern: string): string[] {
    const place = posix.resolve(folder, posix.dirname(pattern));
    const host = isInTree(place) ? this.tree && posix.join(this.tree.folder, place.slice(TREE_ROOT.length)) : place;
    if (host === undefined || !existsSync(host)) return [];
    const glob = basename(pattern).replace(/[.+^${}()|[\]\\]/g, "\\$&");
    const names = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`);
    const prefix = pattern.slice(0, pattern.length - basename(pattern).length);
    const found = readdirSync(host).filter((name) => !name.startsWith(".") && names.test(name));
    return found.sort().map((name) => prefix + name);
  }
}

/** Folders at the top of a kernel's source, as its build links them (Kbuild). */
const TOP = ["init", "usr", "arch", "kernel", "certs", "mm", "fs", "ipc", "security", "crypto"].concat([
  "block",
  "io_uring",
  "lib",
  "drivers",
  "sound",
  "samples",
  "net",
  "virt",
]);

const placeIn = (list: readonly string[], ...names: string[]): number => {
  const found = list.findIndex((one) => names.includes(one));
  return found < 0 ? list.length : found;
};

/** The place of the rest of a path in a folder's list, and in the list of the object that it is a part of. */
function linkPlaceIn(makefile: Makefile, [name, ...rest]: readonly string[]): number[] {
  const objects = [...makefile.words("obj-y"), ...makefile.words("obj-m")];
  const path = [name, ...rest].join("/");
  const direct = placeIn(objects, path, `${name}/`, name);
  if (direct < objects.length || rest.length > 0) return [direct];
  const partsOf = (object: string) =>
    ["objs", "y", "m"].flatMap((kind) => makefile.words(`${object.replace(/\.o$/, "")}-${kind}`));
  const whole = objects.findIndex((object) => partsOf(object).includes(path));
  return whole < 0 ? [direct] : [whole, partsOf(objects[whole]).indexOf(path)];
}

/** Compares what {@link Kbuild.linkPlace} gives. */
export function compareLinkPlaces(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((place, i) => place !== b[i]);
  return differs < 0 ? a.length - b.length : a[differs] - (b[differs] ?? -1);
}

const isInTree = (path: string): boolean => path === TREE_ROOT || path.startsWith(`${TREE_ROOT}/`);

/** A folder of the kernel's source and those above it, from the top, which is left out: its Makefile is the build's own. */
function treeParents(folder: string): string[] {
  const parts = folder.slice(TREE_ROOT.length + 1).split("/");
  return parts.map((_, i) => posix.join(TREE_ROOT, ...parts.slice(0, i + 1)));
}

/** A word as the shell that starts the compiler passes it on. */
const unquoted = (word: string): string =>
  word.replace(
    /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
    (_, escaped?: string, single?: string, double?: string) =>
      escaped ?? single ?? (double ?? "").replace(/\\(["\\$`])/g, "$1"),
  );

/** A flag about warnings; others that begin like it are for the assembler, the linker or the preprocessor. */
const WARNING = /^-W(?![alp],)/;

/** @param places - where a path may lead: relative ones are relative to the top of the source, or to a module's folder */
function flagsOf(words: readonly string[], places: (path: string) => string[]): Omit<FileFlags, "sanitize" | "cover"> {
  const folders: string[] = [];
  const defines: string[] = [];
  const headers: string[] = [];
  const warnings: string[] = [];
  const header = (path: string) => {
    const all = places(path);
    return all.find((one) => !isInTree(one) && existsSync(one)) ?? (all.at(-1) as string);
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "-include") headers.push(header(words[++i] ?? ""));
    else if (word === "-I") folders.push(...new Set(places(words[++i] ?? "")));
    else if (word.startsWith("-I")) folders.push(...new Set(places(word.slice(2))));
    else if (word.startsWith("-D")) defines.push(word.slice(2));
    else if (WARNING.test(word)) warnings.push(word);
  }
  return { folders, defines, headers, warnings };
}
