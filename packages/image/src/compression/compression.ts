import type { FileIndex, Indexer } from "../file-index.ts";
import type { ByteSource } from "../source.ts";

/** A way to compress files. */
export interface Compression {
  /** Its name in messages: `gzip`. */
  readonly name: string;
  /** Whether a file is compressed this way, by its first bytes. */
  recognises(head: Uint8Array): boolean;
  /** Decompresses all of a file, and verifies its checksums. What it gives stays until more is asked for. Throws an error whose message says what is wrong. */
  stream(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** The frames of a file whose frames can be decompressed apart from each other and are small; `undefined` of another file. */
  frames?(source: ByteSource, indexed: Indexer): Promise<Frames | undefined>;
}

/** Pieces of a compressed file that can each be decompressed without the others. */
export interface Frames {
  /** By frame: its offset in the file, and behind the last one its end. */
  readonly offsets: Float64Array;
  /** By frame: where what it holds starts in what is decompressed, and behind the last one the size of all. */
  readonly starts: Float64Array;
  /** Decompresses one to `size` bytes, and verifies its checksum. Throws an error whose message says what is wrong. */
  decompress(frame: Uint8Array, size: number): Uint8Array;
}

/** Bytes that a frame may hold, so that a few can be kept in memory. */
const MOST_FRAME = 2 ** 24;
/** Frames that a file may have: 256 GB of those of AVML. */
const MOST_FRAMES = 2 ** 22;

/** Collects the frames of a file. */
export class FrameList {
  private readonly offsets: number[] = [];
  private readonly starts: number[] = [];
  /** Bytes that all frames so far hold. */
  size = 0;

  /** Adds the next frame: where it starts in the file, and how much it holds. Returns whether it can be kept. */
  add(offset: number, size: number): boolean {
    if (size > MOST_FRAME || this.starts.length >= MOST_FRAMES) return false;
    this.offsets.push(offset);
    this.starts.push(this.size);
    this.size += size;
    return true;
  }

  /** What was added, up to the end of the last frame. What lies between frames is taken for the end of the one before. */
  finish(end: number): FileIndex["arrays"] {
    return [closed(this.offsets, end), closed(this.starts, this.size)];
  }
}

function closed(values: readonly number[], last: number): Float64Array {
  const all = new Float64Array(values.length + 1);
  all.set(values);
  all[values.length] = last;
  return all;
}

/** The frames that a list of them was made of: see {@link FrameList.finish}. */
export function framesOf([offsets, starts]: FileIndex["arrays"], decompress: Frames["decompress"]): Frames {
  return { offsets: offsets!, starts: starts!, decompress };
}
