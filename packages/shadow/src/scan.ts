/** A run of shadow bytes that can also be read four at a time. Made once per buffer by {@link shadowView}. */
export interface ShadowView {
  /** One byte per granule. */
  readonly bytes: Uint8Array;
  /** The same memory, from the first aligned word on. */
  readonly words: Int32Array;
  /** Index in `bytes` of `words[0]`: 0 … 3. */
  readonly skew: number;
}

/** Makes a view of `bytes`, which may start at any alignment. Allocates: keep it as long as the buffer. */
export function shadowView(bytes: Uint8Array): ShadowView {
  const skew = Math.min(-bytes.byteOffset & 3, bytes.length);
  const words = Math.floor((bytes.length - skew) / 4);
  const start = words > 0 ? bytes.byteOffset + skew : 0;
  return { bytes, words: new Int32Array(bytes.buffer, start, words), skew };
}

/** Up to this many bytes are read one by one, like the kernel does; the set-up of the word loop costs more. */
const SHORT = 16;

/**
 * Index of the first byte in `from` … `to` (exclusive; both within `view.bytes`) that is not `expected` (0 … 255), or
 * -1. Long runs are read 16 bytes at a time. The counterpart of `memory_is_nonzero` in `mm/kasan/generic.c`.
 */
export function firstDifferent(view: ShadowView, from: number, to: number, expected: number): number {
  if (to - from <= SHORT) return firstDifferentByte(view.bytes, from, to, expected);

  const aligned = from + ((view.skew - from) & 3);
  const head = firstDifferentByte(view.bytes, from, aligned, expected);
  if (head >= 0) return head;

  const words = view.words;
  const wanted = Math.imul(expected, 0x01010101);
  const end = Math.floor((to - view.skew) / 4);
  let word = (aligned - view.skew) / 4;
  while (
    word + 4 <= end &&
    ((words[word]! ^ wanted) |
      (words[word + 1]! ^ wanted) |
      (words[word + 2]! ^ wanted) |
      (words[word + 3]! ^ wanted)) ===
      0
  ) {
    word += 4;
  }
  // Either fewer than 16 bytes are left, or one of the next 16 differs.
  return firstDifferentByte(view.bytes, word * 4 + view.skew, to, expected);
}

function firstDifferentByte(bytes: Uint8Array, from: number, to: number, expected: number): number {
  for (let index = from; index < to; index++) {
    if (bytes[index] !== expected) return index;
  }
  return -1;
}
