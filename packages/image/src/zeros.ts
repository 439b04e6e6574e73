/** Memory is zero for long stretches: blocks of them are left out of what is decompressed. Bytes. */
export const BLOCK = 64 * 1024;

/** Whether a block has only zeros. */
export function isZero(block: Uint8Array): boolean {
  const words = block.byteOffset % 4 === 0 ? block.length >>> 2 : 0;
  const whole = new Int32Array(block.buffer, words === 0 ? 0 : block.byteOffset, words);
  for (let i = 0; i < words; i++) if (whole[i] !== 0) return false;
  for (let i = words * 4; i < block.length; i++) if (block[i] !== 0) return false;
  return true;
}
