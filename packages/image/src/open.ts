import { host } from "#host";
import { decompressed, type OnProgress } from "./compression/decompress.ts";
import { ImageError } from "./error.ts";
import { type ImageCache, indexer } from "./file-index.ts";
import { isFlattened, unflattened } from "./formats/flattened.ts";
import { headOf, type ImageFormat, type OpenedImage, type Opening } from "./formats/format.ts";
import { formats as known } from "./formats/index.ts";
import { openRaw } from "./formats/raw.ts";
import { foreign } from "./formats/unusable.ts";
import type { ByteSource } from "./source.ts";

/** How a file is opened, whatever is in it. */
export interface FileOptions {
  /** Raw memory: the physical address of the file's first byte; 0 by default. */
  readonly base?: number;
  /** What messages call an image that has no path. */
  readonly name?: string;
  /** The formats that a file can have; {@link formats} by default. */
  readonly formats?: readonly ImageFormat[];
  /** Where indexes are kept of files that take long to open; nowhere by default. */
  readonly cache?: ImageCache;
  /** Told now and then how much of a file was read that must be read as a whole first. Bytes. */
  readonly onProgress?: OnProgress;
}

/** Files in files that are opened: `core.gz.zst`. */
const MOST_WRAPPERS = 4;

/** Opens a file: takes off what it is compressed with, and has its format read it. */
export async function openFile(
  file: string | ByteSource,
  options: FileOptions,
): Promise<OpenedImage & { path: string }> {
  const path = typeof file === "string" ? file : (options.name ?? "the image");
  const indexed = indexer(options.cache);
  let source = typeof file === "string" ? await openPath(file, options) : file;
  try {
    source = await unpacked(source, path, options);
    const head = headOf(source);
    const format = (options.formats ?? known).find((one) => one.recognises(head));
    const why = format === undefined ? foreign(head) : undefined;
    if (why !== undefined) throw new ImageError("IMAGE_FORMAT", `${path}: ${why}`);
    const opening: Opening = {
      source,
      path,
      base: options.base ?? 0,
      indexed,
      neighbours: () => (typeof file === "string" ? host.neighbours(file) : []),
      neighbour: (name) => (typeof file === "string" ? host.open(host.beside(file, name)) : undefined),
    };
    return { ...(await (format ? format.open(opening) : openRaw(opening))), path };
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * Opens a file for random access, whatever is in it.
 *
 * @throws {@link ImageError} `IMAGE_READ` if it cannot be
 */
export function openSource(path: string): ByteSource {
  return host.open(path);
}

/** How the path of a machine that runs begins. */
const MACHINE = "qemu:";

async function openPath(path: string, { onProgress = () => {} }: FileOptions): Promise<ByteSource> {
  return path.startsWith(MACHINE) ? host.openMachine(path.slice(MACHINE.length), onProgress) : host.open(path);
}

/**
 * The contents of a file, whatever is in it: without what it is compressed with, for random access.
 *
 * @param source - closed with what is returned, and if it cannot be read
 * @param path - what messages call it
 * @throws {@link ImageError} `IMAGE_READ` if it is damaged, or there is no room
 */
export async function unpacked(
  source: ByteSource,
  path: string,
  { onProgress, cache }: Pick<FileOptions, "onProgress" | "cache"> = {},
): Promise<ByteSource> {
  const indexed = indexer(cache);
  let plain = source;
  try {
    for (let i = 0; i < MOST_WRAPPERS; i++) {
      const inner: ByteSource = isFlattened(headOf(plain))
        ? await unflattened(plain, path, indexed)
        : await decompressed(plain, path, indexed, onProgress);
      if (inner === plain) break;
      plain = inner;
    }
    return plain;
  } catch (error) {
    plain.close();
    throw error;
  }
}
