import { isAbsolute, join, relative, resolve } from "node:path";
import { ARCHITECTURE_FOLDER, HEADER_FOLDER, LIBRARY_FOLDER } from "../compile/files.ts";
import { HEADER_ROOT } from "../compile/options.ts";
import type { Disk } from "../host/disk.ts";
import { ARCHITECTURE_ROOT, TREE_ROOT } from "../tree/headers.ts";

/** Where the files are of which the compiler has names of its own. */
const ROOTS = [
  [HEADER_ROOT, HEADER_FOLDER],
  [ARCHITECTURE_ROOT, ARCHITECTURE_FOLDER],
] as const;

/**
 * The path of a source file from the current folder, or from the root, whichever is shorter.
 *
 * @param file - as the debug information has it: relative paths of users are as if they began at the root
 * @param code - whether it is of the kernel's part that is in C, the kernel's source, if there is one, and where source is
 */
export function sourcePath(
  file: string,
  code: { readonly library: boolean; readonly tree: string | undefined; readonly disk: Disk },
): string {
  const { library, tree, disk } = code;
  const roots = [...ROOTS, ...(tree === undefined ? [] : [[TREE_ROOT, tree] as const])];
  const root = roots.find(([name]) => file.startsWith(`${name}/`));
  if (root) return fromHere(join(root[1], file.slice(root[0].length)));
  const bare = file.replace(/^\/+/, "");
  const places = [
    ...(library && tree === undefined ? [join(LIBRARY_FOLDER, "..", bare)] : []),
    ...(tree === undefined ? [] : [join(tree, bare)]),
    bare,
  ];
  return fromHere(places.find((path) => isThere(path, disk)) ?? file);
}

function isThere(path: string, disk: Disk): boolean {
  try {
    return disk.look(path) !== undefined;
  } catch {
    return false;
  }
}

function fromHere(path: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative(resolve("."), path);
  return below !== "" && below.length < path.length ? below : path;
}
