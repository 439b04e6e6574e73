import { posix } from "node:path";
import type { KernelConfig } from "./config.ts";
import { TREE_ROOT } from "./headers.ts";
import type { KernelTree } from "./kernel-tree.ts";
import { Makefile } from "./makefile.ts";

/** How a kernel's build compiles one of its files. */
export interface FileFlags {
  /** Folders searched for headers before the kernel's own. */
  readonly folders: readonly string[];
  /** Macro definitions. */
  readonly defines: readonly string[];
  /** Headers included at the beginning. */
  readonly headers: readonly string[];
  /** False for a file that `KASAN_SANITIZE` leaves out. */
  readonly sanitize: boolean;
}

const decoder = new TextDecoder();

/** Reads what a kernel's Makefiles say about its files. */
export class Kbuild {
  private readonly tree: KernelTree;
  private readonly config: KernelConfig;
  private readonly makefiles = new Map<string, Makefile | undefined>();

  constructor(tree: KernelTree, config: KernelConfig) {
    this.tree = tree;
    this.config = config;
  }

  /** The flags of a file. `path`: relative to the top of the source. */
  flags(path: string): FileFlags {
    const folder = this.builder(posix.dirname(path));
    const object = path.slice(folder.length + 1).replace(/\.c$/, ".o");
    const makefile = this.makefile(folder);
    const words = [
      ...parents(folder).flatMap((parent) => this.makefile(parent)?.words("subdir-ccflags-y") ?? []),
      ...(makefile?.words("ccflags-y") ?? []),
      ...(makefile?.words("EXTRA_CFLAGS") ?? []),
      ...(makefile?.words(`CFLAGS_${object}`) ?? []),
    ];
    const own = makefile?.words(`KASAN_SANITIZE_${object}`)[0];
    return { ...flagsOf(words), sanitize: (own ?? makefile?.words("KASAN_SANITIZE")[0]) !== "n" };
  }

  /** The folder whose Makefile builds the files of a folder: the nearest above that has one. */
  private builder(folder: string): string {
    const above = parents(folder).reverse();
    return above.find((one) => this.makefile(one) !== undefined) ?? folder;
  }

  /** The Makefile of a folder. */
  makefile(folder: string): Makefile | undefined {
    if (!this.makefiles.has(folder)) this.makefiles.set(folder, this.read(folder));
    return this.makefiles.get(folder);
  }

  private read(folder: string): Makefile | undefined {
    const bytes = this.tree.read(posix.join(folder, "Kbuild")) ?? this.tree.read(posix.join(folder, "Makefile"));
    const src = posix.join(TREE_ROOT, folder);
    const predefined = { src, obj: src, srctree: TREE_ROOT, objtree: TREE_ROOT, SRCARCH: "kasan", ARCH: "kasan" };
    return bytes && new Makefile(decoder.decode(bytes), this.config, predefined);
  }
}

/** A folder and those above it, from the top. */
function parents(folder: string): string[] {
  const parts = folder.split("/");
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}

function flagsOf(words: readonly string[]): Omit<FileFlags, "sanitize"> {
  const folders: string[] = [];
  const defines: string[] = [];
  const headers: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "-include") headers.push(inTree(words[++i] ?? ""));
    else if (word === "-I") folders.push(inTree(words[++i] ?? ""));
    else if (word.startsWith("-I")) folders.push(inTree(word.slice(2)));
    else if (word.startsWith("-D")) defines.push(word.slice(2));
  }
  return { folders, defines, headers };
}

/** Relative paths are relative to the top of the source. */
const inTree = (path: string): string => (path.startsWith("/") ? path : posix.join(TREE_ROOT, path));
