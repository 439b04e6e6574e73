/** log2 of the bytes of a piece. */
const PIECE_SHIFT = 8;

/**
 * Which pieces of a buffer were written since the log was emptied. Writing it costs a look at a byte per piece; to go over it costs nothing for
 * what was not written.
 */
export class WriteLog {
  /** Bytes of a piece. */
  static readonly PIECE = 1 << PIECE_SHIFT;
  private readonly written: Uint8Array;
  private readonly pieces: Uint32Array;
  private count = 0;

  /** @param bytes - size of the buffer, a multiple of {@link WriteLog.PIECE} */
  constructor(bytes: number) {
    this.written = new Uint8Array(bytes >>> PIECE_SHIFT);
    this.pieces = new Uint32Array(bytes >>> PIECE_SHIFT);
  }

  /** Number of pieces that were written. */
  get size(): number {
    return this.count;
  }

  /** Notes that the `bytes` bytes (at least 1) from a buffer offset on were written, or are about to be. */
  add(offset: number, bytes: number): void {
    const { written, pieces } = this;
    const last = (offset + bytes - 1) >>> PIECE_SHIFT;
    for (let piece = offset >>> PIECE_SHIFT; piece <= last; piece++) {
      if (written[piece] !== 0) continue;
      written[piece] = 1;
      pieces[this.count++] = piece;
    }
  }

  /** Calls `use` with the buffer offset and the bytes of all pieces that were written; those noted one after the other are one call. Empties the log. */
  drain(use: (offset: number, bytes: number) => void): void {
    const { written, pieces, count } = this;
    for (let i = 0; i < count; ) {
      const first = pieces[i]!;
      let next = first;
      do {
        written[next++] = 0;
        i++;
      } while (i < count && pieces[i] === next);
      use(first * WriteLog.PIECE, (next - first) * WriteLog.PIECE);
    }
    this.count = 0;
  }
}
