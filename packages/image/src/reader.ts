import type { ByteSource } from "./source.ts";

/** What is read at a time, if one does not say otherwise. Bytes. */
const WINDOW = 64 * 1024;

/** Reads small pieces of a file that lie near each other: headers between data. */
export class Reader {
  private start = 0;
  private length = 0;
  private readonly bytes: Uint8Array<ArrayBuffer>;

  /** `window`: bytes that are read at a time, which is little where there is much between the pieces. */
  constructor(
    private readonly source: ByteSource,
    window: number = WINDOW,
  ) {
    this.bytes = new Uint8Array(window);
  }

  /** The `size` bytes (no more than the window) from an offset on, which stay until the next call; `undefined` if they are not all there. */
  at(offset: number, size: number): DataView | undefined {
    if (!(offset >= 0) || offset + size > this.source.size) return undefined;
    if (offset < this.start || offset + size > this.start + this.length) {
      this.start = offset;
      this.length = this.source.read(offset, this.bytes);
    }
    if (offset + size > this.start + this.length) return undefined;
    return new DataView(this.bytes.buffer, offset - this.start, size);
  }
}
