import { Decompress } from "fzstd";
import { host } from "#host";
import { ImageError } from "./error.ts";
import type { Scratch } from "./host/host.ts";
import { type ByteSource, readError } from "./source.ts";

/** The largest Zstandard window that is decompressed: what `zstd --ultra --long=27` makes, and bounds the memory for it. */
const MOST_WINDOW = 2 ** 27;

/** The compression of a file, by its first bytes. */
function compressionOf(head: Uint8Array): "gzip" | "zstd" | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? "zstd" : undefined;
}

/** What is read and decompressed at a time. Bytes. */
const CHUNK = 256 * 1024;

/**
 * The contents of a file that may be compressed with gzip or Zstandard: for random access, in a scratch file in which zeros take no room.
 *
 * @param source - closed if it was compressed
 * @param name - what messages call it
 * @returns the same source if it was not compressed
 * @throws {@link ImageError} `IMAGE_READ` if it is damaged, or there is no room
 */
export async function unpacked(source: ByteSource, name: string): Promise<ByteSource> {
  const head = new Uint8Array(8);
  source.read(0, head);
  const how = compressionOf(head);
  if (how === undefined) return source;
  const plain = await decompressed(source, name, how);
  source.close();
  return plain;
}

/**
 * Decompresses a file for random access, into a scratch file in which zeros take no room.
 *
 * @throws {@link ImageError} `IMAGE_READ` if the file is damaged, or there is no room.
 */
async function decompressed(source: ByteSource, name: string, how: "gzip" | "zstd"): Promise<ByteSource> {
  const scratch = host.scratch(name);
  try {
    const chunks = chunksOf(source);
    if (how === "gzip") for await (const chunk of host.gunzip(chunks)) scratch.write(chunk);
    else await unzstd(chunks, scratch, name);
    return scratch.finish();
  } catch (error) {
    scratch.close();
    throw readError(name, error);
  }
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += CHUNK) {
    const chunk = new Uint8Array(Math.min(CHUNK, source.size - at));
    const count = source.read(at, chunk);
    yield chunk.subarray(0, count);
    if (count < chunk.length) return;
  }
}

async function unzstd(chunks: AsyncIterable<Uint8Array>, scratch: Scratch, path: string): Promise<void> {
  const stream = new Decompress((bytes) => scratch.write(bytes));
  let before: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (before) stream.push(before);
    else if (windowOf(chunk) > MOST_WINDOW) {
      throw new ImageError(
        "IMAGE_READ",
        `${path}: its window needs too much memory; decompress it with zstd -d --long=31`,
      );
    }
    before = chunk;
  }
  stream.push(before ?? new Uint8Array(0), true);
}

/** The window size of a Zstandard file's first frame (RFC 8878, 3.1.1.1); a frame of one segment is its own window. */
function windowOf(head: Uint8Array): number {
  const descriptor = head[4] ?? 0;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!(descriptor & 0x20)) {
    const window = head[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  const size = descriptor >> 6;
  if (at + 8 > head.length) return 0;
  if (size === 3) return Number(view.getBigUint64(at, true));
  return size === 2 ? view.getUint32(at, true) : size === 1 ? view.getUint16(at, true) + 256 : head[at]!;
}
