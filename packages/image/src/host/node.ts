import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { fileReason } from "@kasan/shadow";
import type { CoreOutput } from "../core-writer.ts";
import { ImageError } from "../error.ts";
import { type ByteSource, readError } from "../source.ts";
import { BLOCK, isZero } from "../zeros.ts";
import type { Host, Scratch } from "./host.ts";
import { dumpMachine } from "./qemu.ts";

/** Names of files that are looked at in a folder. */
const MOST_NEIGHBOURS = 10_000;

/** What is looked at of a sparse file. Bytes. */
const SAMPLE = 4096;
const SAMPLE_EVERY = 65_536;

/** An open file, read where it is asked for. */
class FileSource implements ByteSource {
  readonly size: number;
  readonly identity: string;
  private readonly sparse: boolean;
  private open = true;

  /** Takes over an open descriptor. `path` is for messages. */
  constructor(
    private readonly fd: number,
    private readonly path: string,
  ) {
    const { size, blocks, dev, ino, mtimeMs, ctimeMs } = fstatSync(fd);
    this.size = size;
    this.identity = [dev, ino, size, mtimeMs, ctimeMs].join("-");
    this.sparse = blocks * 512 < size / 2;
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

  seemsZero(offset: number, size: number): boolean {
    if (!this.sparse) return false;
    const sample = new Uint8Array(SAMPLE);
    for (let at = offset; at < offset + size; at += SAMPLE_EVERY) {
      this.read(at, sample);
      if (!isZero(sample)) return false;
    }
    return true;
  }

  close(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }
}

function open(path: string): FileSource {
  let fd: number;
  try {
    // A pipe that nobody writes to would not be opened.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw readError(path, error);
  }
  const why = unfit(fstatSync(fd));
  if (why === undefined) return new FileSource(fd, path);
  closeSync(fd);
  throw new ImageError("IMAGE_READ", `${path}: ${why}`);
}

/** Why a file cannot be read wherever one likes. */
function unfit(stats: Stats): string | undefined {
  if (stats.isDirectory()) return "is a folder; give the image file in it";
  if (stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice())
    return "is not a file, but an image is read here and there; write it to a file and give that";
  return undefined;
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

async function* gunzip(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: 256 * 1024 });
  const feed = (async () => {
    try {
      for (const chunk of chunks) {
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
  openMachine: (address, onProgress) => dumpMachine(address, open, onProgress),
  neighbours(path) {
    try {
      return readdirSync(dirname(path)).slice(0, MOST_NEIGHBOURS);
    } catch {
      return [];
    }
  },
  beside: (path, name) => join(dirname(path), name),
  scratch: (name) => new ScratchFile(name),
  gunzip,
  writeFile(path, write) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) writeWhole(path, write);
    else writeTo(openSync(path, "r+"), write);
  },
};
