import { readFile, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { GuestError } from "../error.ts";
import { addFile, fileAt, includesOf, MAX_HEADER, type Tree } from "./files.ts";
import { HEADER_ROOT, KERNEL_TREE_ROOT } from "./options.ts";

/**
 * The header folders of a kernel's source, in the order in which its own build searches them (`LINUXINCLUDE` of its Makefile).
 *
 * @param arch - the architecture's folder in `arch/`; undefined: only what all architectures share
 */
const headerFolders = (arch: string | undefined): string[] => {
  const own = (path: string) => (arch === undefined ? [] : [`arch/${arch}/${path}`]);
  return [
    ...own("include"),
    ...own("include/generated"),
    "include",
    ...own("include/uapi"),
    ...own("include/generated/uapi"),
    "include/uapi",
    "include/generated/uapi",
  ];
};

/**
 * Adds to `tree`, under {@link KERNEL_TREE_ROOT}, the headers of a kernel's source that the files at `paths` need and that are not
 * there yet; a kernel has 30,000. Conditionals are ignored, so some unneeded headers are added.
 *
 * @throws {@link GuestError} `BAD_INPUT` for a folder without kernel headers
 */
export async function addKernelHeaders(
  tree: Tree,
  paths: readonly string[],
  folder: string,
  arch: string | undefined,
): Promise<void> {
  const folders = headerFolders(arch);
  const isTree = await stat(join(folder, "include/linux")).catch(() => undefined);
  if (!isTree?.isDirectory()) {
    throw new GuestError("BAD_INPUT", `${folder}: not a kernel's source; it has no include/linux`);
  }
  const seen = new Set<string>();
  const visit = async (content: Uint8Array, from: string): Promise<void> => {
    for (const { name } of includesOf(content)) {
      const beside = posix.join(dirname(from), name);
      const path = [beside, `${HEADER_ROOT}/${name}`].find((candidate) => fileAt(tree, candidate).length > 0);
      const at = path ?? `${KERNEL_TREE_ROOT}/${name}`;
      if (seen.has(at)) continue;
      seen.add(at);
      const bytes = path === undefined ? await readHeader(folder, folders, name) : fileAt(tree, path);
      if (!bytes) continue;
      if (path === undefined) addFile(tree, at, bytes);
      await visit(bytes, at);
    }
  };
  for (const path of paths) await visit(fileAt(tree, path), path);
}

async function readHeader(folder: string, folders: readonly string[], name: string): Promise<Uint8Array | undefined> {
  for (const place of folders) {
    const path = join(folder, place, name);
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() && info.size <= MAX_HEADER) return await readFile(path);
  }
  return undefined;
}
