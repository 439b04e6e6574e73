import { createReadStream } from "node:fs";
import type { Readable, Transform } from "node:stream";
import { inputError } from "./input-error.ts";

/** The name of standard input where a file can be named. */
export const STDIN = "-";

/** How pstore names what it could not decompress (`pstore_mkfile` in `fs/pstore/inode.c`): raw deflate, since 6.6 the only way that it compresses. */
const ENCODED = /\.enc\.z$/;

/**
 * The bytes of a log, decompressed if they begin as gzip or Zstandard files do, or are pstore's.
 *
 * @throws {@link InputError} if it cannot be read, or is damaged.
 */
export async function* openLog(path: string, stdin: Readable = process.stdin): AsyncGenerator<Uint8Array> {
  const source = path === STDIN ? stdin : createReadStream(path);
  try {
    yield* ENCODED.test(path) ? inflate(source) : decompress(source);
  } catch (error) {
    throw inputError(path === STDIN ? "standard input" : path, error);
  } finally {
    if (source !== stdin) source.destroy();
  }
}

async function* decompress(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  const chunks = bytes(source)[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = rejoin(head, chunks);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(all);
  else if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) yield* unzstd(all);
  else yield* all;
}

async function* bytes(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function* rejoin(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import("node:zlib");
  yield* unzip(source, createGunzip());
}

async function* inflate(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  const { createInflateRaw } = await import("node:zlib");
  yield* unzip(source, createInflateRaw());
}

async function* unzip(source: AsyncIterable<Uint8Array | string>, inflater: Transform): AsyncGenerator<Uint8Array> {
  const feed = (async () => {
    try {
      for await (const chunk of source) {
        if (!inflater.write(chunk)) await new Promise((resolve) => inflater.once("drain", resolve));
      }
      inflater.end();
    } catch (error) {
      inflater.destroy(error as Error);
    }
  })();
  yield* inflater as AsyncIterable<Uint8Array>;
  await feed;
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  const out: Uint8Array[] = [];
  const stream = new Decompress((chunk) => void out.push(chunk));
  let before: Uint8Array | undefined;
  for await (const chunk of source) {
    if (before) stream.push(before);
    before = chunk;
    yield* out.splice(0);
  }
  stream.push(before ?? new Uint8Array(0), true);
  yield* out.splice(0);
}
