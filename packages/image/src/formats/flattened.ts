import { ImageError } from "../error.ts";
import type { Indexer } from "../file-index.ts";
import { Reader } from "../reader.ts";
import type { ByteSource } from "../source.ts";
import { beginsWith } from "./format.ts";
import { firstEndingAfter } from "./segments.ts";

/** Bytes of the header, and of what is before each piece. */
const HEADER = 4096;
const PIECE_HEADER = 16;
/** Pieces that are taken: one of a dump has 4 KiB or more. */
const MOST_PIECES = 2 ** 22;
/** What is read at a time where headers are: pieces of a dump are larger. Bytes. */
const WINDOW = 512;

/** Whether a file is a stream of makedumpfile: of `makedumpfile -F`, and of QEMU's dump-guest-memory. */
export const isFlattened = (head: Uint8Array) => beginsWith(head, "makedumpfile\0\0\0\0");

/**
 * The file that a stream of makedumpfile writes: pieces of it, each with its offset and size before it. Later ones replace earlier ones.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT`
 */
export async function unflattened(source: ByteSource, path: string, indexed: Indexer): Promise<ByteSource> {
  const head = new Uint8Array(32);
  source.read(0, head);
  const view = new DataView(head.buffer);
  if (view.getBigInt64(16) !== 1n) {
    throw new ImageError("IMAGE_FORMAT", `${path}: a stream of makedumpfile of an unknown type; make the dump again`);
  }
  const { arrays } = await indexed(source, "flattened", () => {
    const { starts, sizes, offsets } = piecesOf(source, path);
    return { note: "", arrays: [starts, sizes, offsets] };
  });
  const [starts, sizes, offsets] = arrays as [Float64Array, Float64Array, Float64Array];
  return new FlattenedSource(source, { starts, sizes, offsets });
}

/** Pieces of a file: where each starts in it, its size, and where it lies in the stream. */
interface Pieces {
  readonly starts: Float64Array;
  readonly sizes: Float64Array;
  readonly offsets: Float64Array;
}

function piecesOf(source: ByteSource, path: string): Pieces {
  const reader = new Reader(source, WINDOW);
  const [starts, sizes, offsets]: [number[], number[], number[]] = [[], [], []];
  for (let at = HEADER; ; ) {
    const view = reader.at(at, PIECE_HEADER);
    // A stream that was cut off has no end: what is there is used.
    if (view === undefined) break;
    const start = Number(view.getBigInt64(0));
    const size = Number(view.getBigInt64(8));
    at += PIECE_HEADER;
    if (start < 0) break;
    if (size <= 0 || start + size > Number.MAX_SAFE_INTEGER)
      throw new ImageError("IMAGE_FORMAT", `${path}: a stream of makedumpfile that is damaged at 0x${at.toString(16)}`);
    if (starts.length >= MOST_PIECES)
      throw new ImageError(
        "IMAGE_FORMAT",
        `${path}: a stream of too many pieces; write it to a file with makedumpfile -R`,
      );
    starts.push(start);
    sizes.push(Math.min(size, Math.max(0, source.size - at)));
    offsets.push(at);
    at += size;
  }
  return latest({
    starts: Float64Array.from(starts),
    sizes: Float64Array.from(sizes),
    offsets: Float64Array.from(offsets),
  });
}

/**
 * Sorts pieces, and cuts from each what later ones replace. The bounds of all pieces cut the file into intervals. From the last piece to
 * the first, each takes those that it covers and that none has taken.
 */
function latest({ starts, sizes, offsets }: Pieces): Pieces {
  const bounds = new Float64Array(2 * starts.length);
  bounds.set(starts);
  bounds.set(
    starts.map((start, i) => start + sizes[i]!),
    starts.length,
  );
  bounds.sort();
  const owner = new Int32Array(bounds.length).fill(-1);
  // By interval: one at or after it that may be free. Followed, and shortened, to one that is.
  const next = Int32Array.from({ length: bounds.length + 1 }, (_, k) => k);
  const freeFrom = (k: number) => {
    while (next[k] !== k) {
      next[k] = next[next[k]!]!;
      k = next[k]!;
    }
    return k;
  };
  for (let i = starts.length - 1; i >= 0; i--) {
    const end = starts[i]! + sizes[i]!;
    let k = freeFrom(firstEndingAfter(bounds.length, starts[i]! - 1, (at) => bounds[at]!));
    for (; k < bounds.length && bounds[k]! < end; k = freeFrom(k)) {
      owner[k] = i;
      next[k] = k + 1;
    }
  }
  const taken = Array.from(owner.keys()).filter((k) => owner[k]! >= 0 && bounds[k + 1]! > bounds[k]!);
  return {
    starts: Float64Array.from(taken, (k) => bounds[k]!),
    sizes: Float64Array.from(taken, (k) => bounds[k + 1]! - bounds[k]!),
    offsets: Float64Array.from(taken, (k) => offsets[owner[k]!]! + bounds[k]! - starts[owner[k]!]!),
  };
}

/** The file that pieces make, in which what none has is zero. */
class FlattenedSource implements ByteSource {
  readonly size: number;

  constructor(
    private readonly source: ByteSource,
    private readonly pieces: Pieces,
  ) {
    const { starts, sizes } = pieces;
    const last = starts.length - 1;
    this.size = last < 0 ? 0 : starts[last]! + sizes[last]!;
  }

  read(offset: number, into: Uint8Array): number {
    const { starts, sizes, offsets } = this.pieces;
    const end = Math.min(offset + into.length, this.size);
    into.fill(0, 0, Math.max(0, end - offset));
    for (let i = firstEndingAfter(starts.length, offset, (k) => starts[k]! + sizes[k]!); i < starts.length; i++) {
      const from = Math.max(starts[i]!, offset);
      const to = Math.min(starts[i]! + sizes[i]!, end);
      if (from >= to) break;
      this.source.read(offsets[i]! + from - starts[i]!, into.subarray(from - offset, to - offset));
    }
    return Math.max(0, end - offset);
  }

  close(): void {
    this.source.close();
  }
}
