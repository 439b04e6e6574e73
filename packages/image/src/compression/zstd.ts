import type { FileIndex, Indexer } from "../file-index.ts";
import { Reader } from "../reader.ts";
import type { ByteSource } from "../source.ts";
import { type Compression, FrameList, type Frames, framesOf } from "./compression.ts";
import { libzstd } from "./libzstd.ts";

const FRAME = 0xfd2fb528;
/** Skippable frames: the low four bits are the writer's. */
const SKIPPABLE = 0x184d2a50;
/** The largest window that is decompressed: what `zstd --ultra --long=27` makes, and bounds the memory for it. */
const MOST_WINDOW = 2 ** 27;

/** Zstandard (RFC 8878). The library is libzstd, compiled to WebAssembly: it verifies checksums. */
export const zstd: Compression = {
  name: "Zstandard",
  recognises: (head) => viewOf(head).getUint32(0, true) === FRAME,
  stream: unzstd,
  frames,
};

/** Bytes of a frame's header at most. */
const MOST_HEADER = 18;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A frame's header (3.1.1.1): its size, the window that it needs, and how much the frame holds, if it says so. */
interface FrameHeader {
  readonly bytes: number;
  readonly window: number;
  readonly content: number | undefined;
  readonly checksum: boolean;
}

function headerOf(view: DataView): FrameHeader {
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const window = view.getUint8(5);
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const content = [
    () => undefined,
    () => view.getUint8(at),
    () => view.getUint16(at, true) + 256,
    () => view.getUint32(at, true),
    () => Number(view.getBigUint64(at, true)),
  ][[0, 1, 2, 4, 8].indexOf(sizeBytes)]!();
  const base = 2 ** (10 + (window >> 3));
  return {
    bytes: at + sizeBytes,
    window: single ? content! : base + (base / 8) * (window & 7),
    content,
    checksum: (descriptor & 4) !== 0,
  };
}

async function* unzstd(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* (await libzstd()).stream(checked(chunks));
}

/** The chunks of a file, of which the first says how large a window it needs. */
function* checked(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let first = true;
  for (const chunk of chunks) {
    const start = new Uint8Array(MOST_HEADER);
    start.set(chunk.subarray(0, MOST_HEADER));
    if (first && headerOf(viewOf(start)).window > MOST_WINDOW)
      throw new Error("its window needs too much memory; decompress it with zstd -d --long=31");
    first = false;
    yield chunk;
  }
}

/** Frames that hold little each: those of the seekable format, of pzstd, of files that were put together. */
async function frames(source: ByteSource, indexed: Indexer): Promise<Frames | undefined> {
  const { arrays } = await indexed(source, "zstd", () => ({ note: "", arrays: frameList(source) }));
  if (arrays.length === 0) return undefined;
  const decode = await unzstdBlock();
  return framesOf(arrays, (frame, size) => (size === 0 ? new Uint8Array(0) : decode(frame, size)));
}

/** The frames of a file; none if they are too large, or do not say how much they hold. */
function frameList(source: ByteSource): FileIndex["arrays"] {
  const reader = new Reader(source);
  const list = new FrameList();
  for (let at = 0; at < source.size; ) {
    const frame = frameAt(reader, at);
    if (frame === undefined || !list.add(at, frame.content)) return [];
    at = frame.end;
  }
  return list.finish(source.size);
}

/** Decompresses one frame to as many bytes as it is known to hold. Throws an error if it is damaged, or holds another number. */
export async function unzstdBlock(): Promise<(frame: Uint8Array, size: number) => Uint8Array> {
  const library = await libzstd();
  return (frame, size) => library.frame(frame, size);
}

/** Where the frame at an offset ends, and how much it holds; `undefined` if it is damaged or does not say. */
function frameAt(reader: Reader, at: number): { readonly end: number; readonly content: number } | undefined {
  const start = reader.at(at, 8);
  if (start === undefined) return undefined;
  if ((start.getUint32(0, true) & ~15) === SKIPPABLE) return { end: at + 8 + start.getUint32(4, true), content: 0 };
  if (start.getUint32(0, true) !== FRAME) return undefined;
  const view = reader.at(at, MOST_HEADER);
  const header = view && headerOf(view);
  if (header?.content === undefined || header.content > 2 ** 24) return undefined;
  for (let block = at + header.bytes; ; ) {
    const head = reader.at(block, 3);
    if (head === undefined) return undefined;
    const bits = head.getUint16(0, true) | (head.getUint8(2) << 16);
    const repeated = ((bits >> 1) & 3) === 1;
    block += 3 + (repeated ? 1 : bits >> 3);
    if (bits & 1) return { end: block + (header.checksum ? 4 : 0), content: header.content };
  }
}
