import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { fileReason } from "@kasan/shadow";
import type { CoreOutput } from "../core-writer.ts";
import { ImageError } from "../error.ts";
import { type ByteSource, readError } from "../source.ts";
import { BLOCK, isZero } from "../zeros.ts";
import type { Host, Scratch } from "./host.ts";

/** An open file, read where it is asked for. */
class FileSource implements ByteSource {
  readonly size: number;
  private open = true;

  /** Takes over an open descriptor. `path` is for messages. */
  constructor(
    private readonly fd: number,
    private readonly path: string,
  ) {
    this.size = fstatSync(fd).size;
  }

  read(offset: number, into: Uint8Array): number {
    let done = 0;
    try {
      while (done < into.length) {
        const count = readSync(this.fd, into, done, into.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
    } catch (error) {
      throw readError(this.path, error);
    }
    return done;
  }

  close(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }
}

function open(path: string): FileSource {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw readError(path, error);
  }
  if (fstatSync(fd).isDirectory()) {
    closeSync(fd);
    throw new ImageError("IMAGE_READ", `${path}: is a folder; give the image file in it`);
  }
  return new FileSource(fd, path);
}

/** A file in the folder for temporary files, which has no name from the start, so that it goes when it is closed. */
class ScratchFile implements Scratch {
  private readonly fd: number;
  private at = 0;

  constructor(private readonly path: string) {
    const name = join(tmpdir(), `kasan-image-${randomBytes(8).toString("hex")}`);
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
      // Zeros become holes of the file.
      if (!isZero(block)) writeBytes(this.fd, block, this.at);
      this.at += block.length;
    }
  }

  finish(): ByteSource {
    ftruncateSync(this.fd, this.at);
    return new FileSource(this.fd, this.path);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function writeBytes(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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
  yield* unzip as AsyncIterable<Uint8Array>;
  await feed;
}

function writeTo(fd: number, write: (output: CoreOutput) => void): void {
  try {
    write((bytes, at) => writeBytes(fd, bytes, at));
  } finally {
    closeSync(fd);
  }
}

function writeWhole(path: string, write: (output: CoreOutput) => void): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeTo(openSync(temporary, "wx"), write);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Node.js. */
export const host: Host = {
  open,
  scratch: (name) => new ScratchFile(name),
  gunzip,
  writeFile(path, write) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) writeWhole(path, write);
    else writeTo(openSync(path, "r+"), write);
  },
};
