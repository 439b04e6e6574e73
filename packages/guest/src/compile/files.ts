import { readdirSync, readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, normalize, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fileReason } from "@kasan/shadow";
import { GuestError } from "../error.ts";

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

/** `src/` or `dist/` of this package. */
function packageRoot(): URL {
  const here = new URL(import.meta.url);
  return here.pathname.includes("/src/compile/") ? new URL("../", here) : new URL("./", here);
}

/** Larger C files and header folders are considered a mistake. */
const MAX_SOURCE = 32 * 2 ** 20;
const MAX_FOLDER_FILES = 20_000;
/** No header is larger; other files in a source's folder may be anything. */
const MAX_HEADER = 2 * 2 ** 20;
/** Reads a file of at most {@link MAX_HEADER} bytes; undefined if there is none, or it is larger. */
export function readSmall(path: string): Uint8Array | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() && info.size <= MAX_HEADER ? readFileSync(path) : undefined;
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
export async function readInput(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new GuestError("BAD_INPUT", `${path}: ${error.code === "ENOENT" ? "no such file" : fileReason(error)}`);
  });
  if (info.isDirectory()) throw new GuestError("BAD_INPUT", `${path}: a folder; give C files or one WebAssembly file`);
  if (info.size === 0) throw new GuestError("BAD_INPUT", `${path}: empty; give C files or one WebAssembly file`);
  if (info.size > MAX_SOURCE) {
    const megabytes = Math.round(info.size / 2 ** 20);
    throw new GuestError("BAD_INPUT", `${path}: ${megabytes} MB; C and WebAssembly files of up to 32 MB are taken`);
  }
  return await readFile(path).catch((error: Error) => {
    throw new GuestError("BAD_INPUT", `${path}: ${fileReason(error)}`);
  });
}

/** C, and C that has been preprocessed: what the compiler takes for C by its name. */
const C_FILE = /\.[ci]$/;

/**
 * Reads a file named by the user that is to be compiled. The compiler would hand one with another name to the linker.
 *
 * @throws {@link GuestError} `BAD_INPUT`: as for {@link readInput}, and if its name is not that of a C file
 */
export async function readSource(path: string): Promise<Uint8Array> {
  const bytes = await readInput(path);
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
export function addHeaders(tree: Tree, folder: string, as: string, deep: boolean): void {
  let left = MAX_FOLDER_FILES;
  const visit = (from: string, to: string): void => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        if (deep && !entry.name.startsWith(".") && entry.name !== "node_modules")
          visit(join(from, entry.name), join(to, entry.name));
      } else if (entry.isFile() && HEADER.has(extname(entry.name)) && left-- > 0) {
        const bytes = readSmall(join(from, entry.name));
        if (bytes) addFile(tree, join(to, entry.name), bytes);
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
export function addSource(tree: Tree, source: string, bytes: Uint8Array, folders: readonly string[]): void {
  addHeaders(tree, dirname(source), resolve(dirname(source)), false);
  const seen = new Set<string>();
  const visit = (path: string, content: Uint8Array): void => {
    seen.add(path);
    addFile(tree, path, content);
    for (const { name, beside } of includesOf(content)) {
      const places = [...(beside ? [dirname(path)] : []), ...folders].map((folder) => resolve(folder, name));
      const found = firstFile(places);
      if (found === undefined || seen.has(found)) continue;
      visit(found, readFileSync(standIn(found, name) ?? found));
    }
  };
  visit(resolve(source), bytes);
}

/**
 * The header of this package that stands for one of a kernel's source, outside of its include/: such as mm/slab.h, which describes
 * that kernel's allocator and not the machine's. undefined: none does, or the header is no kernel's.
 */
function standIn(path: string, name: string): string | undefined {
  const own = firstFile([join(HEADER_FOLDER, name.replace(/^(?:\.\.?\/)+/, ""))]);
  if (own === undefined) return undefined;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (firstFile([join(folder, "include/linux/kernel.h")]) !== undefined) {
      return path.startsWith(join(folder, "include/")) ? undefined : own;
    }
  }
  return undefined;
}

function firstFile(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      const info = statSync(path);
      return info.isFile() && info.size <= MAX_HEADER;
    } catch {
      return false;
    }
  });
}
