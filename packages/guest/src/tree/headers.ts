import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { host } from "#host";
import {
  ARCHITECTURE_FOLDER,
  addFile,
  HEADER_FOLDER,
  type Include,
  includesOf,
  LIBRARY_FOLDER,
  readSmall,
  type Tree,
} from "../compile/files.ts";
import type { Texts } from "./generated.ts";
import type { KernelTree } from "./kernel-tree.ts";
import { Replacements } from "./replace.ts";

/** Where clang sees a kernel's source, the headers of the architecture here, and those that a build makes. */
export const TREE_ROOT = "/linux";
/** Above all that is ours. */
export const OUR_ROOT = "/kasan";
export const ARCHITECTURE_ROOT = `${OUR_ROOT}/arch`;
/** Where it sees the part of the kernel in C that comes with this package. */
export const LIBRARY_ROOT = `${OUR_ROOT}/lib`;
/** Where it sees the headers of this package that have nothing to do with a kernel's. */
const SHARED_ROOT = `${OUR_ROOT}/shared`;
export const GENERATED_ROOT = `${OUR_ROOT}/generated`;

/** Folders that are searched for headers, in this order: `LINUXINCLUDE` of a kernel's Makefile for the architecture here. */
export const SEARCHED = [
  `${ARCHITECTURE_ROOT}/include`,
  GENERATED_ROOT,
  `${TREE_ROOT}/include`,
  `${ARCHITECTURE_ROOT}/include/uapi`,
  `${GENERATED_ROOT}/uapi`,
  `${TREE_ROOT}/include/uapi`,
  SHARED_ROOT,
];

/** Names of the headers that the architecture here has in a folder of `include/`. */
export function ownHeaders(folder: string): Set<string> {
  return new Set(readdirSync(join(ARCHITECTURE_FOLDER, "include", folder)));
}

interface SourceFile {
  readonly bytes: Uint8Array;
  /** A hash of the bytes. */
  readonly digest: string;
  readonly includes: readonly Include[];
}

const decoder = new TextDecoder("latin1");

/** The files that a compilation needs. */
export interface Closure {
  /** Their bytes, by path as clang sees them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** A hash of all paths and bytes. */
  readonly digest: string;
}

/** Finds the files that compilations need. Conditionals are ignored, so some unneeded headers are found. */
export class HeaderSearch {
  private readonly tree: KernelTree;
  private readonly generated: ReadonlyMap<string, Uint8Array>;
  private readonly replacements: Replacements;
  private readonly files = new Map<string, SourceFile | undefined>();
  private readonly resolved = new Map<string, Map<string, string[][]>>();

  /**
   * @param generated - headers that a build makes, by path under {@link GENERATED_ROOT}
   * @param replacements - functions of the source, and of the user's files, that are replaced
   */
  constructor(tree: KernelTree, generated: Texts, replacements = new Replacements()) {
    this.tree = tree;
    this.replacements = replacements;
    const encoder = new TextEncoder();
    this.generated = new Map(Object.entries(generated).map(([path, text]) => [path, encoder.encode(text)]));
  }

  /** Whether there is a file, by its path as clang sees it. */
  has(path: string): boolean {
    return this.file(path) !== undefined;
  }

  /**
   * The files that a compilation needs.
   *
   * @param starts - the source file, and the headers that the command line includes
   * @param folders - folders that are searched before {@link SEARCHED}
   */
  closure(starts: readonly string[], folders: readonly string[]): Closure {
    const searched = [...folders, ...SEARCHED];
    const known = this.resolvedWith(searched.join());
    const found = new Map<string, Uint8Array>();
    const digests: string[] = [];
    const left = [...starts];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const file = found.has(path) ? undefined : this.file(path);
      if (!file) continue;
      const paths = known.get(path) ?? file.includes.map((one) => this.resolve(one, posix.dirname(path), searched));
      known.set(path, paths);
      found.set(path, withoutParents(file, paths));
      digests.push(`${path} ${file.digest}`);
      for (const each of paths) left.push(...each);
    }
    return { files: found, digest: createHash("sha256").update(digests.sort().join("\n")).digest("hex") };
  }

  /** What the includes of each file are, by the folders that are searched: most units search the same. */
  private resolvedWith(searched: string): Map<string, string[][]> {
    const known = this.resolved.get(searched) ?? new Map<string, string[][]>();
    this.resolved.set(searched, known);
    return known;
  }

  private resolve({ name, beside, next }: Include, from: string, searched: readonly string[]): string[] {
    const folders = beside ? [from, ...searched] : searched;
    const places = name.startsWith("/") ? [""] : folders;
    const paths = places.map((folder) => posix.join(folder, name)).filter((path) => this.file(path) !== undefined);
    // Which one follows depends on where the header was found: all.
    return next ? paths : paths.slice(0, 1);
  }

  private file(path: string): SourceFile | undefined {
    if (!this.files.has(path)) {
      const bytes = this.read(path);
      this.files.set(path, bytes && sourceFile(bytes));
    }
    return this.files.get(path);
  }

  private read(path: string): Uint8Array | undefined {
    const under = (root: string) => (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined);
    const inTree = under(TREE_ROOT);
    if (inTree !== undefined) return this.replaced(path, this.tree.read(inTree));
    const generated = under(GENERATED_ROOT);
    if (generated !== undefined) return this.generated.get(generated);
    const own = under(ARCHITECTURE_ROOT);
    if (own !== undefined) return readSmall(join(ARCHITECTURE_FOLDER, own), host.disk);
    const library = under(LIBRARY_ROOT);
    if (library !== undefined) return readSmall(join(LIBRARY_FOLDER, library), host.disk);
    const shared = under(SHARED_ROOT);
    if (shared !== undefined)
      return shared.startsWith("kasan/") ? readSmall(join(HEADER_FOLDER, shared), host.disk) : undefined;
    // Anything else is a user's.
    return this.replaced(path, readSmall(path, host.disk));
  }

  private replaced(path: string, bytes: Uint8Array | undefined): Uint8Array | undefined {
    return bytes && this.replacements.apply(path, bytes);
  }
}

function sourceFile(read: Uint8Array): SourceFile {
  const bytes = withoutPlaces(read);
  return { bytes, digest: createHash("sha256").update(bytes).digest("hex"), includes: includesOf(bytes) };
}

/** The address of the place itself, as `_THIS_IP_` and xfs's `__this_address` take it. */
const PLACE = /\(\{\s*__label__ (\w+);\s*\1:\s*(?:barrier\(\);\s*)?(\(unsigned long\)\s*)?&&\1;\s*\}\)/g;

/** Places in code have no addresses in WebAssembly: the caller's return address stands for them. */
function withoutPlaces(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.includes("__label__")) return bytes;
  return Buffer.from(text.toString("latin1").replace(PLACE, "($2__builtin_return_address(0))"), "latin1");
}

/** A file's bytes with whole paths for names with `..`, which clang's file system here does not know. */
function withoutParents({ bytes, includes }: SourceFile, paths: readonly (readonly string[])[]): Uint8Array {
  const changes = includes.flatMap(({ name }, i) =>
    name.includes("..") && paths[i].length > 0 ? [[name, paths[i][0]]] : [],
  );
  if (changes.length === 0) return bytes;
  const text = changes.reduce(
    (changed, [name, path]) => changed.replace(new RegExp(`[<"]${escaped(name)}[>"]`, "g"), `"${path}"`),
    decoder.decode(bytes),
  );
  return Buffer.from(text, "latin1");
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The files as clang takes them. */
export function asTree(files: ReadonlyMap<string, Uint8Array>): Tree {
  const tree: Tree = {};
  for (const [path, bytes] of files) addFile(tree, path, bytes);
  return tree;
}
