import { host } from "#host";
import { ImageError } from "../error.ts";
import type { Indexer } from "../file-index.ts";
import { type ByteSource, readError } from "../source.ts";
import type { Compression } from "./compression.ts";
import { FramedSource } from "./framed-source.ts";
import { gzip } from "./gzip.ts";
import { lz4 } from "./lz4.ts";
import { xz } from "./xz.ts";
import { zstd } from "./zstd.ts";

const COMPRESSIONS: readonly Compression[] = [gzip, zstd, lz4, xz];

/** The compression of a file, by its first bytes; `undefined` if it has none that is known. */
const compressionOf = (head: Uint8Array): Compression | undefined =>
  COMPRESSIONS.find((compression) => compression.recognises(head));

/** Told now and then how far opening has come: bytes that were read, of how many. */
export type OnProgress = (done: number, total: number) => void;

/** What is read and decompressed at a time. Bytes. */
const CHUNK = 64 * 1024;
/** How long decompression goes on before others get a turn. Milliseconds. */
const TURN = 50;

/**
 * Gives random access to what a file holds: its frames where they can be decompressed apart, else a scratch file in which zeros take no
 * room. The compressed file is closed with it, or as soon as it is not needed any more.
 *
 * @throws {@link ImageError} `IMAGE_READ` if the file is damaged, or there is no room.
 */
async function decompressedBy(
  source: ByteSource,
  path: string,
  compression: Compression,
  indexed: Indexer,
  onProgress: OnProgress = () => {},
): Promise<ByteSource> {
  const frames = await compression.frames?.(source, indexed);
  if (frames !== undefined) return new FramedSource(source, frames, path);
  const scratch = host.scratch(path);
  try {
    const chunks = new Chunks(source);
    let turn = performance.now();
    for await (const part of compression.stream(chunks)) {
      scratch.write(part);
      if (performance.now() - turn < TURN) continue;
      onProgress(chunks.done, source.size);
      await new Promise((resolve) => setTimeout(resolve, 0));
      turn = performance.now();
    }
    const plain = scratch.finish();
    source.close();
    return plain;
  } catch (error) {
    scratch.close();
    throw error instanceof ImageError ? error : readError(path, error);
  }
}

/** Bytes by which compressions are told apart; a shorter file is as if zeros followed. */
const HEAD_BYTES = 64;

/**
 * Gives random access to what a file holds, compressed with gzip, Zstandard, LZ4 or xz, or not at all: then it is the same source.
 *
 * @param name - what messages call it
 * @throws {@link ImageError} `IMAGE_READ` if it is damaged, or there is no room
 */
export async function decompressed(
  source: ByteSource,
  name: string,
  indexed: Indexer,
  onProgress?: OnProgress,
): Promise<ByteSource> {
  const head = new Uint8Array(HEAD_BYTES);
  source.read(0, head);
  const compression = compressionOf(head);
  return compression === undefined ? source : decompressedBy(source, name, compression, indexed, onProgress);
}

/** The bytes of a file, piece by piece. */
class Chunks implements Iterable<Uint8Array> {
  /** Bytes that were read. */
  done = 0;

  constructor(private readonly source: ByteSource) {}

  *[Symbol.iterator](): Generator<Uint8Array> {
    while (this.done < this.source.size) {
      const chunk = new Uint8Array(Math.min(CHUNK, this.source.size - this.done));
      const count = this.source.read(this.done, chunk);
      this.done += count;
      yield chunk.subarray(0, count);
      if (count < chunk.length) return;
    }
  }
}
