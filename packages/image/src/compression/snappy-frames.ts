import type { Reader } from "../reader.ts";
import { snappySize, unsnappy } from "./blocks.ts";

/** Types of chunks (framing_format.txt of Snappy). Those from 0x80 on are passed over. */
const COMPRESSED = 0;
const PLAIN = 1;
const FIRST_SKIPPABLE = 0x80;
/** A chunk's header: its type, and the size of what follows. Then comes a checksum, and in a compressed one a size of up to 5 bytes. */
const HEADER = 4;
const CHECKSUM = 4;
/** Bytes that a chunk may hold. */
const MOST = 65_536;

/** A chunk of a stream of Snappy: where it ends, and how much it holds. */
export interface SnappyChunk {
  readonly end: number;
  readonly size: number;
}

/** The chunk at an offset; `undefined` if there is none. */
export function snappyChunkAt(reader: Reader, at: number): SnappyChunk | undefined {
  const header = reader.at(at, HEADER + CHECKSUM + 2);
  if (header === undefined) return undefined;
  const type = header.getUint8(0);
  const length = header.getUint32(0, true) >>> 8;
  const end = at + HEADER + length;
  if (type >= FIRST_SKIPPABLE) return { end, size: 0 };
  if (type === PLAIN && length >= CHECKSUM && length - CHECKSUM <= MOST) return { end, size: length - CHECKSUM };
  if (type !== COMPRESSED) return undefined;
  const view = reader.at(at + HEADER + CHECKSUM, Math.min(5, Math.max(1, length - CHECKSUM)));
  const size = view === undefined ? 0 : snappySize(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return size > 0 && size <= MOST ? { end, size } : undefined;
}

/** Decompresses a chunk that is known to hold `size` bytes, with what follows it. Throws an error if it is damaged. */
export function snappyChunk(chunk: Uint8Array, size: number): Uint8Array {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const data = chunk.subarray(HEADER + CHECKSUM, HEADER + (view.getUint32(0, true) >>> 8));
  const bytes = chunk[0] === PLAIN ? data : unsnappy(data, size);
  if (bytes.length !== size || maskedChecksum(bytes) !== view.getUint32(HEADER, true))
    throw new Error("its compressed data is damaged");
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The CRC-32C of bytes, rotated and with a constant added, as Snappy's streams have it. */
function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
