import type { ByteSource } from "./source.ts";

/** What is read at a time. Bytes. */
const WINDOW = 64 * 1024;

/** Reads small pieces of a file that lie near each other: headers between data. */
export class Reader {
  private start = 0;
  private length = 0;
  private readonly bytes = new Uint8Array(WINDOW);

  constructor(private readonly source: ByteSource) {}

  /** The `size` bytes (at most 64 KiB) from an offset on, which stay until the next call; `undefined` if they are not all there. */
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
