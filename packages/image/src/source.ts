import { fileReason } from "@kasan/shadow";
import { ImageError } from "./error.ts";

/** Bytes that can be read anywhere. */
export interface ByteSource {
  /** How many bytes there are. */
  readonly size: number;
  /** What tells a file from others and from itself before it was changed, in letters that names of files can have. Not there: nothing does. */
  readonly identity?: string;
  /** Fills `into` from byte `offset` on. Returns how many bytes were there: fewer at the end. */
  read(offset: number, into: Uint8Array): number;
  /**
   * Whether a stretch is most likely a hole of a sparse file, which takes long to read, by samples. For searches, which may pass over
   * zeros. Not there: none is.
   */
  seemsZero?(offset: number, size: number): boolean;
  /** Releases what holds them. */
  close(): void;
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  readonly size: number;

  /** The bytes are not copied. */
  constructor(private readonly bytes: Uint8Array) {
    this.size = bytes.length;
  }

  read(offset: number, into: Uint8Array): number {
    const there = this.bytes.subarray(offset, offset + into.length);
    into.set(there);
    return there.length;
  }

  close(): void {}
}

/** A problem with a file, for people to read. */
export function readError(path: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const { code } = error as { code?: string };
  if (code === "ENOENT") return new ImageError("IMAGE_READ", `${path}: no such file`);
  if (code === "EACCES") return new ImageError("IMAGE_READ", `${path}: may not be read`);
  if (code === "ENOSPC") {
    return new ImageError(
      "IMAGE_READ",
      `${path}: no room to decompress it in the folder for temporary files; set TMPDIR`,
    );
  }
  return new ImageError("IMAGE_READ", `${path}: cannot be read: ${fileReason(error)}`);
}
