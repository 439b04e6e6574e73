import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileReason } from "@kasan/shadow";
import { ImageError } from "./error.ts";

/** Bytes that can be read anywhere. */
export interface ByteSource {
  /** How many bytes there are. */
  readonly size: number;
  /** Fills `into` from byte `offset` on. Returns how many bytes were there: fewer at the end. */
  read(offset: number, into: Uint8Array): number;
  /** Releases what holds them. */
  close(): void;
}

/** An open file, read where it is asked for. */
export class FileSource implements ByteSource {
  readonly size: number;
  private readonly fd: number;
  private open = true;
  private readonly path: string;

  /** Takes over an open descriptor. `path` is for messages. */
  constructor(fd: number, path: string) {
    this.fd = fd;
    this.path = path;
    this.size = fstatSync(fd).size;
  }

  /** @throws {@link ImageError} `IMAGE_READ` if the path is not a file or cannot be opened. */
  static open(path: string): FileSource {
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

/** A problem with a file, for people to read. */
export function readError(path: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new ImageError("IMAGE_READ", `${path}: no such file`);
  if (code === "EACCES") return new ImageError("IMAGE_READ", `${path}: may not be read`);
  if (code === "ENOSPC") {
    return new ImageError(
      "IMAGE_READ",
      `${path}: no room to decompress it in ${process.env.TMPDIR ?? "/tmp"}; set TMPDIR`,
    );
  }
  return new ImageError("IMAGE_READ", `${path}: cannot be read: ${fileReason(error)}`);
}
