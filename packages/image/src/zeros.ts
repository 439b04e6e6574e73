/** Memory is zero for long stretches: blocks of them are left out of what is decompressed. Bytes. */
export const BLOCK = 64 * 1024;

/** Whether a block has only zeros. */
export function isZero(block: Uint8Array): boolean {
  const words = block.length >>> 2;
  if (block.byteOffset % 4 === 0 && new Int32Array(block.buffer, block.byteOffset, words).some((word) => word !== 0))
    return false;
  return block.subarray(block.byteOffset % 4 === 0 ? words * 4 : 0).every((byte) => byte === 0);
}
