/** Pages of which one piece of the index tells. */
const PIECE = 2 ** 16;
/** Pieces that there can be: those of 128 GB of 4 KiB pages, which take 256 MB. */
const MOST_PIECES = 2 ** 9;

/** A page that was never sent, and one that is of one byte throughout, plus that byte. */
const ABSENT = 0;
const FILLED = 1;
/** Offsets in the file are moved by as much. */
const DATA = 257;

/** Where each page of a block of RAM is in a file, as it was sent last. */
export class PageIndex {
  /** By number: pieces of the index, those that are not empty. */
  readonly pieces: Map<number, Float64Array>;

  constructor(pieces: Iterable<readonly [number, Float64Array]> = []) {
    this.pieces = new Map(pieces);
  }

  /** Says where a page is. Returns whether there was room for it. */
  setData(page: number, offset: number): boolean {
    return this.set(page, offset + DATA);
  }

  /** Says that a page is of one byte throughout. Returns whether there was room for it. */
  setFilled(page: number, byte: number): boolean {
    return this.set(page, FILLED + byte);
  }

  /** Calls what fits: with the offset of a page's data, or with the byte that it is full of. `undefined` if it was never sent. */
  find<T>(page: number, data: (offset: number) => T, filled: (byte: number) => T): T | undefined {
    const value = this.pieces.get(Math.floor(page / PIECE))?.[page % PIECE] ?? ABSENT;
    if (value === ABSENT) return undefined;
    return value >= DATA ? data(value - DATA) : filled(value - FILLED);
  }

  private set(page: number, value: number): boolean {
    const index = Math.floor(page / PIECE);
    let piece = this.pieces.get(index);
    if (piece === undefined) {
      if (this.pieces.size >= MOST_PIECES) return false;
      piece = new Float64Array(PIECE);
      this.pieces.set(index, piece);
    }
    piece[page % PIECE] = value;
    return true;
  }
}
