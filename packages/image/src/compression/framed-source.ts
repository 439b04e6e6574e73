import { ImageError } from "../error.ts";
import { firstEndingAfter } from "../formats/segments.ts";
import type { ByteSource } from "../source.ts";
import type { Frames } from "./compression.ts";

/** Decompressed frames that are kept. Bytes; at least one frame is. */
const KEPT = 2 ** 25;

/** Bytes of a compressed frame: twice what it may hold. */
const MOST_COMPRESSED = 2 ** 25;

/** A compressed file, of which frames are decompressed when they are asked for. */
export class FramedSource implements ByteSource {
  readonly size: number;
  /** Frames by index, the one used last at the end. */
  private readonly kept = new Map<number, Uint8Array>();
  private keptBytes = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly frames: Frames,
    private readonly path: string,
  ) {
    this.size = frames.starts.at(-1)!;
  }

  read(offset: number, into: Uint8Array): number {
    const { starts } = this.frames;
    const end = Math.min(offset + into.length, this.size);
    let at = offset;
    for (let i = firstEndingAfter(starts.length - 1, at, (k) => starts[k + 1]!); at < end; i++) {
      const from = at - starts[i]!;
      const part = this.frame(i).subarray(from, from + end - at);
      into.set(part, at - offset);
      at += part.length;
    }
    return Math.max(0, at - offset);
  }

  close(): void {
    this.kept.clear();
    this.source.close();
  }

  private frame(index: number): Uint8Array {
    const bytes = this.kept.get(index) ?? this.decompress(index);
    this.kept.delete(index);
    this.kept.set(index, bytes);
    return bytes;
  }

  private decompress(index: number): Uint8Array {
    const { offsets, starts } = this.frames;
    const frame = new Uint8Array(Math.min(MOST_COMPRESSED, offsets[index + 1]! - offsets[index]!));
    this.source.read(offsets[index]!, frame);
    let bytes: Uint8Array;
    try {
      bytes = this.frames.decompress(frame, starts[index + 1]! - starts[index]!);
    } catch (error) {
      const where = `at 0x${offsets[index]!.toString(16)}`;
      throw new ImageError("IMAGE_READ", `${this.path}: cannot be read: ${(error as Error).message} ${where}`);
    }
    this.keptBytes += bytes.length;
    for (const [other, { length }] of this.kept) {
      if (this.keptBytes <= KEPT) break;
      this.kept.delete(other);
      this.keptBytes -= length;
    }
    return bytes;
  }
}
