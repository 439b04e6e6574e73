import { FrameList, framesOf } from "../compression/compression.ts";
import { FramedSource } from "../compression/framed-source.ts";
import { snappyChunk, snappyChunkAt } from "../compression/snappy-frames.ts";
import { ImageError } from "../error.ts";
import type { FileIndex } from "../file-index.ts";
import { Reader } from "../reader.ts";
import type { ByteSource } from "../source.ts";
import { beginsWith, type ImageFormat, type OpenedImage, type Opening } from "./format.ts";
import { disjoint, type Segment, SegmentedMemory } from "./segments.ts";
import { Warnings } from "./warnings.ts";

/** `magic` before each range: LiME's own, and that of AVML, whose ranges are compressed. */
const LIME = 0x4c694d45;
const AVML = 0x4c4d5641;
/** Bytes before each range: magic, version, first and last physical address, 8 bytes reserved. */
const RANGE_HEADER = 32;
/** Ranges that a file may have. */
const MOST_RANGES = 2 ** 16;
/** Little is read where headers are: what is between them is large. Bytes. */
const WINDOW = 512;

/** LiME's format (LiME's doc/README.md), which AVML writes too. */
export const lime: ImageFormat = {
  name: "a LiME file",
  recognises: (head) => beginsWith(head, "EMiL"),
  open: openLime,
};

/** AVML's compressed format: LiME's headers, and ranges in frames of Snappy (AVML's src/image.rs). */
export const avml: ImageFormat = {
  name: "an AVML file",
  recognises: (head) => beginsWith(head, "AVML"),
  open: openAvml,
};

interface RangeHeader {
  readonly physical: number;
  readonly size: number;
}

/** The header at an offset; `undefined` at the end of the file. */
function headerAt(reader: Reader, at: number, magic: number, version: number, path: string): RangeHeader | undefined {
  const view = reader.at(at, RANGE_HEADER);
  if (view === undefined) return undefined;
  const where = `${path}: the header at 0x${at.toString(16)}`;
  if (view.getUint32(0, true) !== magic)
    throw new ImageError("IMAGE_FORMAT", `${where} is damaged; make the dump again`);
  if (view.getUint32(4, true) !== version)
    throw new ImageError("IMAGE_FORMAT", `${where} has version ${view.getUint32(4, true)}; known is ${version}`);
  const physical = Number(view.getBigUint64(8, true));
  const last = Number(view.getBigUint64(16, true));
  if (last < physical || last >= 2 ** 52)
    throw new ImageError("IMAGE_FORMAT", `${where} is damaged: its range ends before it begins, or above 52 bits`);
  return { physical, size: last - physical + 1 };
}

function openLime({ source, path }: Opening): OpenedImage {
  const reader = new Reader(source, WINDOW);
  const warnings = new Warnings();
  const segments: Segment[] = [];
  for (let at = 0; at < source.size; ) {
    const range = headerAt(reader, at, LIME, 1, path);
    if (range === undefined || segments.length >= MOST_RANGES) break;
    const offset = at + RANGE_HEADER;
    const size = Math.min(range.size, source.size - offset);
    if (size < range.size) cutOff(range, size, warnings);
    if (size > 0) segments.push({ physical: range.physical, size, offset });
    at = offset + range.size;
  }
  return opened(source, segments, path, warnings);
}

async function openAvml({ source, path, indexed }: Opening): Promise<OpenedImage> {
  const { arrays } = await indexed(source, "avml", () => readAvml(source, path));
  const [ranges, ...frames] = arrays as [Float64Array, ...Float64Array[]];
  const warnings = new Warnings();
  const segments: Segment[] = [];
  for (let i = 0; i < ranges.length; i += 4) {
    const [physical, size, offset, said] = ranges.subarray(i, i + 4) as unknown as [number, number, number, number];
    if (size < said) cutOff({ physical, size: said }, size, warnings);
    if (size > 0) segments.push({ physical, size, offset });
  }
  const plain = new FramedSource(source, framesOf(frames, snappyChunk), path);
  return opened(plain, segments, path, warnings);
}

/** The ranges of a file - by range: physical address, size, offset in what is decompressed, and the size that it is said to have - and its frames. */
function readAvml(source: ByteSource, path: string): FileIndex {
  const reader = new Reader(source, WINDOW);
  const ranges: number[] = [];
  const frames = new FrameList();
  for (let at = 0; at < source.size && ranges.length < 4 * MOST_RANGES; ) {
    const range = headerAt(reader, at, AVML, 2, path);
    if (range === undefined) break;
    const offset = frames.size;
    const end = addChunks(reader, source.size, at + RANGE_HEADER, range.size, frames);
    ranges.push(range.physical, Math.min(range.size, frames.size - offset), offset, range.size);
    if (end === undefined) break;
    // How long the range is when compressed.
    at = end + 8;
  }
  return { note: "", arrays: [Float64Array.from(ranges), ...frames.finish(source.size)] };
}

/** Adds the chunks of a range. Returns where it ends, `undefined` if it is cut off. */
function addChunks(
  reader: Reader,
  fileSize: number,
  start: number,
  size: number,
  frames: FrameList,
): number | undefined {
  const end = frames.size + size;
  let at = start;
  while (frames.size < end) {
    const chunk = snappyChunkAt(reader, at);
    if (chunk === undefined || chunk.end > fileSize || (chunk.size > 0 && !frames.add(at, chunk.size)))
      return undefined;
    at = chunk.end;
  }
  return at;
}

function cutOff({ physical, size }: RangeHeader, there: number, warnings: Warnings): void {
  const cut = `0x${size.toString(16)} bytes are said to be there, 0x${there.toString(16)} are`;
  warnings.add("memory is cut off", `memory at physical 0x${physical.toString(16)}: ${cut}`);
}

function opened(source: ByteSource, segments: readonly Segment[], path: string, warnings: Warnings): OpenedImage {
  if (segments.length === 0)
    throw new ImageError("IMAGE_EMPTY", `${path}: no memory in it; dump the machine's memory again`);
  const memory = new SegmentedMemory(source, disjoint(source, segments, warnings));
  return { elfMachine: undefined, memory, notes: [], warnings: warnings.list };
}
