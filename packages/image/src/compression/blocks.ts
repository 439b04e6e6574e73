import { unzlibSync } from "fflate";
import { snappyUncompressor } from "hysnappy";

/** Decompresses a block to as many bytes as it is known to hold. Throws an error if it is damaged, or holds another number. */
export type BlockCodec = (block: Uint8Array, size: number) => Uint8Array;

const damaged = () => new Error("its compressed data is damaged");

/** zlib (RFC 1950). fflate does it as fast as Node.js and also in browsers, but leaves the checksum to us. */
export const unzlib: BlockCodec = (block, size) => {
  const bytes = unzlibSync(block, { out: new Uint8Array(size) });
  const end = block.length - 4;
  if (bytes.length !== size || end < 2) throw damaged();
  if (new DataView(block.buffer, block.byteOffset + end, 4).getUint32(0) !== adler32(bytes)) throw damaged();
  return bytes;
};

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; ) {
    // The largest number of bytes whose sums stay below 2^32.
    const end = Math.min(bytes.length, at + 5552);
    for (; at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

let uncompress: ReturnType<typeof snappyUncompressor> | undefined;

/** Snappy, without a frame. The library is Google's, compiled to WebAssembly. */
export const unsnappy: BlockCodec = (block, size) => {
  if (snappySize(block) !== size) throw damaged();
  uncompress ??= snappyUncompressor();
  return uncompress(block, size);
};

/** How many bytes a block of Snappy says that it holds; -1 if it does not. */
export function snappySize(block: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    size += (block[i]! & 0x7f) * 2 ** (7 * i);
    if (block[i]! < 0x80) return size;
  }
  return -1;
}
