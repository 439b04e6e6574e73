import { type ByteSource, formats, HEAD_BYTES, ImageError, type MemoryImage, openImage, unpacked } from "@kasan/image";
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
  const head = bytesOf(source, HEAD_BYTES);
  const isDump = formats.some((format) => format.recognises(head)) || !isText(head);
  if (isDump) return { kind: "dump", image: await imageIn(file, source, arch) };
  if (source.size > MOST_LOG) throw new Error(`${name} is a text of more than 32 MB: kasan explain reads it`);
  return { kind: "log", bytes: bytesOf(source, source.size) };
}

/**
 * The image in a file.
 *
 * @param source - what is in it; closed if it is no image
 * @param arch - of memory that does not say which machine it is of
 */
async function imageIn(file: File, source: ByteSource, arch: string): Promise<MemoryImage> {
  const { name } = file;
  try {
    return await openImage(source, { name });
  } catch (error) {
    if (!(error instanceof ImageError && error.code === "IMAGE_OPTIONS")) throw error;
  }
  try {
    return await openImage(new BlobSource(file), { name, arch });
  } catch (error) {
    if (!(error instanceof ImageError && error.code === "IMAGE_ROOT")) throw error;
    throw new Error(
      `${name} is no C file, no log and no dump that says what it is. If it is raw memory, choose its architecture: no page tables of ${arch} were found in it`,
    );
  }
}

function bytesOf(source: ByteSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, source.read(0, bytes));
}

/** Text has no zeros, unless its byte-order mark says that it is UTF-16. */
const isText = (head: Uint8Array): boolean =>
  !head.includes(0) || (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
