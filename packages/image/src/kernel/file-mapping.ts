import { ImageError } from "../error.ts";
import type { Kernel } from "./kernel.ts";
import { needOffset } from "./layout.ts";

/** A page of a file's cache. */
export interface FileMapping {
  /** The file's path in its file system; `undefined` if no name leads to it. */
  readonly path: string | undefined;
  /** The number of its inode. */
  readonly inode: number;
  /** The file system's name: a device like `sda1`, or `tmpfs`. */
  readonly filesystem: string;
  /** The page's number in the file. */
  readonly index: bigint;
}

/** Folders on the way to a file. */
const MOST_DEPTH = 64;
/** The lowest bits of a mapping say that it is none of a file (`PAGE_MAPPING_FLAGS`). */
const OTHER_KINDS = 3n;

/**
 * The file whose page a descriptor is of; `undefined` if it is no file's.
 *
 * @param head - the descriptor, the first one of a compound page
 * @throws {@link ImageError} `IMAGE_TYPES` if the kernel has no types, which say where files have their members
 */
export function fileMapping(kernel: Kernel, head: bigint): FileMapping | undefined {
  const { memory } = kernel;
  const mapping = memory.u64(head + needOffset(kernel, "page", "mapping"));
  if (mapping === 0n || mapping & OTHER_KINDS || !memory.has(mapping)) return undefined;
  const inode = memory.u64(mapping + needOffset(kernel, "address_space", "host"));
  // A mapping of no file can look like one: a file's inode leads back.
  if (!memory.has(inode) || memory.u64(inode + needOffset(kernel, "inode", "i_mapping")) !== mapping) return undefined;
  const superblock = memory.u64(inode + needOffset(kernel, "inode", "i_sb"));
  return {
    path: kernel.attempt(() => pathOf(kernel, inode)),
    inode: Number(memory.u64(inode + needOffset(kernel, "inode", "i_ino"))),
    filesystem: memory.text(superblock + needOffset(kernel, "super_block", "s_id"), 32),
    index: memory.u64(head + needOffset(kernel, "page", "index")),
  };
}

/** The path by which an inode's first name is reached from its file system's root. */
function pathOf(kernel: Kernel, inode: bigint): string | undefined {
  const { memory } = kernel;
  const alias = memory.u64(inode + needOffset(kernel, "inode", "i_dentry"));
  if (alias === 0n) return undefined;
  const parts: string[] = [];
  let dentry = alias - needOffset(kernel, "dentry", "d_u.d_alias");
  for (let depth = 0; depth < MOST_DEPTH; depth++) {
    const parent = memory.u64(dentry + needOffset(kernel, "dentry", "d_parent"));
    if (parent === dentry) return `/${parts.join("/")}`;
    parts.unshift(memory.text(memory.u64(dentry + needOffset(kernel, "dentry", "d_name.name"))));
    dentry = parent;
  }
  throw new ImageError("IMAGE_ADDRESS", "the folders of a file do not end");
}
