import { randomBytes } from "node:crypto";
import { createReadStream, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { fileReason } from "@kasan/shadow";
import { Decompress } from "fzstd";
import { ImageError } from "./error.ts";
import { type ByteSource, FileSource, readError } from "./source.ts";

/** Memory is zero for long stretches: those become holes of the scratch file. */
const BLOCK = 64 * 1024;
/** The largest Zstandard window that is decompressed: what `zstd --ultra --long=27` makes, and bounds the memory for it. */
const MOST_WINDOW = 2 ** 27;

/** The compression of a file, by its first bytes. */
export function compressionOf(head: Uint8Array): "gzip" | "zstd" | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? "zstd" : undefined;
}

/**
 * Decompresses a file for random access: into a scratch file in the folder for temporary files, which has no name from
 * the start, so that it goes when it is closed. Zeros take no room in it.
 *
 * @throws {@link ImageError} `IMAGE_READ` if the file is damaged, or there is no room.
 */
export async function decompressed(path: string, how: "gzip" | "zstd"): Promise<ByteSource> {
  const scratch = new Scratch(path);
  try {
    const chunks = createReadStream(path, { highWaterMark: 256 * 1024 });
    if (how === "gzip") await gunzip(chunks, scratch);
    else await unzstd(chunks, scratch, path);
    return scratch.finish();
  } catch (error) {
    scratch.close();
    throw readError(path, error);
  }
}

/** The file that receives the bytes. */
class Scratch {
  private readonly fd: number;
  private readonly path: string;
  private at = 0;

  constructor(path: string) {
    const name = join(tmpdir(), `kasan-image-${randomBytes(8).toString("hex")}`);
    this.path = path;
    try {
      this.fd = openSync(name, "wx+", 0o600);
      unlinkSync(name);
    } catch (error) {
      const why = `cannot be decompressed in ${tmpdir()}: ${fileReason(error)}; set TMPDIR to another folder`;
      throw new ImageError("IMAGE_READ", `${path}: ${why}`);
    }
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += BLOCK) {
      const block = bytes.subarray(from, from + BLOCK);
      if (!isZero(block)) {
        for (let done = 0; done < block.length; ) {
          done += writeSync(this.fd, block, done, block.length - done, this.at + done);
        }
      }
      this.at += block.length;
    }
  }

  finish(): ByteSource {
    ftruncateSync(this.fd, this.at);
    return new FileSource(this.fd, this.path);
  }

  close(): void {
    new FileSource(this.fd, this.path).close();
  }
}

const ZEROS = Buffer.alloc(BLOCK);
const isZero = (block: Uint8Array) => ZEROS.compare(block, 0, block.length, 0, block.length) === 0;

async function gunzip(chunks: AsyncIterable<Uint8Array>, scratch: Scratch): Promise<void> {
  const unzip = createGunzip({ chunkSize: 256 * 1024 });
  const feed = (async () => {
    try {
      for await (const chunk of chunks) {
        if (!unzip.write(chunk)) await new Promise((resolve) => unzip.once("drain", resolve));
      }
      unzip.end();
    } catch (error) {
      unzip.destroy(error as Error);
    }
  })();
  for await (const chunk of unzip as AsyncIterable<Uint8Array>) scratch.write(chunk);
  await feed;
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
