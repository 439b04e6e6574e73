import { type ByteSource, ImageError, type MemoryImage, openImage, unpacked } from "@kasan/image";
import { BlobSource } from "@kasan/image/browser";

/** Longer logs are for the command. Bytes. */
const MOST_LOG = 32 * 2 ** 20;

/** What a file turned out to be. */
type OpenedFile =
  | { readonly kind: "log"; readonly bytes: Uint8Array }
  | { readonly kind: "dump"; readonly image: MemoryImage };

/**
 * Opens a log or a memory image, compressed or not: its first bytes say which it is.
 *
 * @param arch - the architecture of memory that has no header
 * @throws ImageError, or Error, if it is neither
 */
export async function openFile(file: File, arch: string): Promise<OpenedFile> {
  const { name } = file;
  const source = await unpacked(new BlobSource(file), name);
  if (source.size === 0) throw new Error(`${name} is empty`);
  const head = bytesOf(source, Math.min(source.size, 4096));
  if (!isText(head)) return { kind: "dump", image: await imageIn(source, name, isElf(head) ? undefined : arch) };
  if (source.size > MOST_LOG) throw new Error(`${name} is a text of more than 32 MB: kasan explain reads it`);
  return { kind: "log", bytes: bytesOf(source, source.size) };
}

/** @param arch - of raw memory */
async function imageIn(source: ByteSource, name: string, arch: string | undefined): Promise<MemoryImage> {
  if (arch === undefined) return await openImage(source, { name });
  try {
    return await openImage(source, { name, arch });
  } catch (error) {
    if (!(error instanceof ImageError && error.code === "IMAGE_ROOT")) throw error;
    throw new Error(
      `${name} is no C file, no log and no ELF core. If it is raw memory, choose its architecture: no page tables of ${arch} were found in it`,
    );
  }
}

function bytesOf(source: ByteSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, source.read(0, bytes));
}

const isElf = ([a, b, c, d]: Uint8Array): boolean => a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46;

/** Text has no zeros, unless its byte-order mark says that it is UTF-16. */
const isText = (head: Uint8Array): boolean =>
  !head.includes(0) || (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
