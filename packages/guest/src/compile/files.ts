import { dirname, extname, isAbsolute, join, normalize, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fileReason } from "@kasan/shadow";
import { GuestError } from "../error.ts";
import type { Disk } from "../host/disk.ts";

/** Files and folders as the compiler sees them. */
export interface Tree {
  [name: string]: Tree | Uint8Array;
}

/** The kernel headers included in this package. */
export const HEADER_FOLDER = fileURLToPath(new URL("../include/", packageRoot()));
/** The architecture for which files of a kernel's source are compiled: headers in `include/`, code in `lib/`. */
export const ARCHITECTURE_FOLDER = fileURLToPath(new URL("../arch/", packageRoot()));
/** The part of the kernel that is in C. */
export const LIBRARY_FOLDER = fileURLToPath(new URL("../lib/", packageRoot()));
/** The compiled C part, for each kind of instrumentation: a folder for a {@link Cache} to read. */
export const PREBUILT_FOLDER = fileURLToPath(new URL("../dist/prebuilt/", packageRoot()));

/** `src/` or `dist/` of this package. A browser has no folders: these have the names that they would have at the root, wherever the page is. */
function packageRoot(): URL {
  const here = new URL(import.meta.url);
  if (here.protocol !== "file:") return new URL("file:///dist/");
  return here.pathname.includes("/src/compile/") ? new URL("../", here) : new URL("./", here);
}

/** Larger C files and header folders are considered a mistake. */
const MAX_SOURCE = 32 * 2 ** 20;
const MAX_FOLDER_FILES = 20_000;
/** No header is larger; other files in a source's folder may be anything. */
const MAX_HEADER = 2 * 2 ** 20;
/** Reads a file of at most {@link MAX_HEADER} bytes; undefined if there is none, or it is larger. */
export const readSmall = (path: string, disk: Disk): Uint8Array | undefined =>
  isSmallFile(path, disk) ? disk.read(path) : undefined;

function isSmallFile(path: string, disk: Disk): boolean {
  const entry = disk.look(path);
  return entry?.kind === "file" && entry.size <= MAX_HEADER;
}

const HEADER = new Set([".h", ".inc", ".def", ".c"]);

/** The name that the compiler, its diagnostics and its debug information use for a user's file. */
export function compilerPath(path: string): string {
  const normal = normalize(path);
  return isAbsolute(normal) || normal.startsWith("..") ? resolve(normal) : normal;
}

/** The names of a path, from the root of a tree on. */
const namesOf = (path: string): string[] =>
  posix
    .normalize(`/${path}`)
    .split("/")
    .filter((name) => name !== "");

/** Adds a file to a tree, creating folders as needed. */
export function addFile(tree: Tree, path: string, bytes: Uint8Array): void {
  const parts = namesOf(path);
  const name = parts.pop() as string;
  let folder = tree;
  for (const part of parts) {
    const next = folder[part];
    if (next === undefined || next instanceof Uint8Array) folder[part] = {};
    folder = folder[part] as Tree;
  }
  folder[name] = bytes;
}

/** Adds a folder to a tree, with all that is in it. */
export function addFolder(tree: Tree, path: string, folder: Tree): void {
  for (const [name, entry] of Object.entries(folder)) {
    if (entry instanceof Uint8Array) addFile(tree, `${path}/${name}`, entry);
    else addFolder(tree, `${path}/${name}`, entry);
  }
}

/** The bytes of a file in a tree; empty if it is not there. */
export function fileAt(tree: Tree, path: string): Uint8Array {
  let entry: Tree | Uint8Array | undefined = tree;
  for (const part of namesOf(path)) {
    entry = entry === undefined || entry instanceof Uint8Array ? undefined : entry[part];
  }
  return entry instanceof Uint8Array ? entry : new Uint8Array();
}

/**
 * Reads a file named by the user.
 *
 * @throws {@link GuestError} `BAD_INPUT`: missing, a folder, empty, too large
 */
export function readInput(path: string, disk: Disk): Uint8Array {
  const refuse = (why: string): never => {
    throw new GuestError("BAD_INPUT", `${path}: ${why}`);
  };
  try {
    const entry = disk.look(path) ?? refuse("no such file");
    if (entry.kind === "folder") refuse("a folder; give C files or one WebAssembly file");
    if (entry.kind === "file" && entry.size === 0) refuse("empty; give C files or one WebAssembly file");
    if (entry.size > MAX_SOURCE)
      refuse(`${Math.round(entry.size / 2 ** 20)} MB; C and WebAssembly files of up to 32 MB are taken`);
    return disk.read(path);
  } catch (error) {
    throw error instanceof GuestError ? error : new GuestError("BAD_INPUT", `${path}: ${fileReason(error as Error)}`);
  }
}

/** C, and C that has been preprocessed: what the compiler takes for C by its name. */
const C_FILE = /\.[ci]$/;

/**
 * Reads a file named by the user that is to be compiled. The compiler would hand one with another name to the linker.
 *
 * @throws {@link GuestError} `BAD_INPUT`: as for {@link readInput}, and if its name is not that of a C file
 */
export function readSource(path: string, disk: Disk): Uint8Array {
  const bytes = readInput(path, disk);
  if (C_FILE.test(path)) return bytes;
  throw new GuestError(
    "BAD_INPUT",
    `${path}: not a C file by its name; give files that end in .c, or one WebAssembly file`,
  );
}

/**
 * Adds a folder's headers, and those of its subfolders if `deep`, under the path that the compiler uses for it. It reads them one by
 * one: hundreds of small files take a third of the time that they take in the thread pool.
 */
export function addHeaders(tree: Tree, folder: string, as: string, deep: boolean, disk: Disk): void {
  let left = MAX_FOLDER_FILES;
  const visit = (from: string, to: string): void => {
    for (const [name, kind] of disk.list(from)) {
      if (kind === "folder") {
        if (deep && !name.startsWith(".") && name !== "node_modules") visit(join(from, name), join(to, name));
      } else if (kind === "file" && HEADER.has(extname(name)) && left-- > 0) {
        const bytes = readSmall(join(from, name), disk);
        if (bytes) addFile(tree, join(to, name), bytes);
      }
    }
  };
  try {
    visit(folder, as);
  } catch (error) {
    throw new GuestError("BAD_INPUT", `${folder}: ${fileReason(error)}`);
  }
}

/** `#include <name>`, `#include "name"` or `#include_next <name>`; includes of macros are not followed. */
const INCLUDE = /^[ \t]*#[ \t]*include(_next)?[ \t]*([<"])([^>"\n]+)[>"]/gm;

/** A file that another includes. */
export interface Include {
  readonly name: string;
  /** Whether the including file's own folder is searched first. */
  readonly beside: boolean;
  /** Whether the search goes on behind the folder of the including file. */
  readonly next: boolean;
}

/** The files that a file includes. */
export function includesOf(bytes: Uint8Array): Include[] {
  const text = new TextDecoder("latin1").decode(bytes);
  return [...text.matchAll(INCLUDE)].map(([, next, mark, name]) => ({
    name,
    beside: mark === '"',
    next: next !== undefined,
  }));
}

/**
 * Adds a source file, the headers in its folder, and what it includes by a path from there or from one of `folders`, wherever that
 * is.
 */
export function addSource(tree: Tree, source: string, bytes: Uint8Array, folders: readonly string[], disk: Disk): void {
  addHeaders(tree, dirname(source), resolve(dirname(source)), false, disk);
  const seen = new Set<string>();
  const visit = (path: string, content: Uint8Array): void => {
    seen.add(path);
    addFile(tree, path, content);
    for (const { name, beside } of includesOf(content)) {
      const places = [...(beside ? [dirname(path)] : []), ...folders].map((folder) => resolve(folder, name));
      const found = firstFile(places, disk);
      if (found === undefined || seen.has(found)) continue;
      visit(found, disk.read(standIn(found, name, disk) ?? found));
    }
  };
  visit(resolve(source), bytes);
}

/**
 * The header of this package that stands for one of a kernel's source, outside of its include/: such as mm/slab.h, which describes
 * that kernel's allocator and not the machine's. undefined: none does, or the header is no kernel's.
 */
function standIn(path: string, name: string, disk: Disk): string | undefined {
  const own = firstFile([join(HEADER_FOLDER, name.replace(/^(?:\.\.?\/)+/, ""))], disk);
  if (own === undefined) return undefined;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (firstFile([join(folder, "include/linux/kernel.h")], disk) !== undefined) {
      return path.startsWith(join(folder, "include/")) ? undefined : own;
    }
  }
  return undefined;
}

function firstFile(paths: readonly string[], disk: Disk): string | undefined {
  return paths.find((path) => {
    try {
      return isSmallFile(path, disk);
    } catch {
      return false;
    }
  });
}
