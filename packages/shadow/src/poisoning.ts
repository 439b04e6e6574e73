import { hex } from "./address.ts";
import { ShadowError } from "./error.ts";

// Shapes: a range of memory starts on a granule, as in mm/kasan/shadow.c; `index` is the position of its first granule's byte in
// shadow, which lies in a typed array over any buffer, or behind whatever a ShadowWriter stands for.

/** Shadow that can be written: a byte for each granule, by its position. */
export interface ShadowWriter {
  /** Sets the bytes of `granules` granules from `index` on to `value` (0 … 255). */
  fill(index: number, granules: number, value: number): void;
}

/** Bytes of memory rounded up to whole granules of `granule` bytes (a power of two). */
export function granulesOf(size: number, granule: number): number {
  return Math.ceil(size / granule);
}

/**
 * Makes `size` bytes of memory accessible: generic mode's `kasan_unpoison`. Whole granules become 0; a last granule that
 * is covered in part gets the number of its accessible bytes. (In the tag-based modes, the granules are filled with the tag.)
 * `granule`: bytes, a power of two.
 */
export function unpoisonIn(shadow: ShadowWriter, index: number, size: number, granule = 8): void {
  // A mask: a remainder costs a division, at each allocation. It is exact for any size.
  const last = size & (granule - 1);
  const whole = (size - last) / granule;
  shadow.fill(index, whole, 0);
  if (last !== 0) shadow.fill(index + whole, 1, last);
}

/**
 * Poisons the tail of the last granule of an object of `size` bytes, if its end is not the end of a granule:
 * `kasan_poison_last_granule`.
 */
export function poisonLastGranuleIn(shadow: ShadowWriter, index: number, size: number, granule = 8): void {
  const last = size & (granule - 1);
  if (last !== 0) shadow.fill(index + (size - last) / granule, 1, last);
}

/**
 * Writes `value` (0 … 255) to the shadow of `granules` granules.
 *
 * @throws {@link ShadowError} `SHADOW_RANGE` if they do not lie in `shadow`, `SHADOW_VALUE` if `value` is no byte.
 */
export function poison(shadow: Uint8Array, index: number, granules: number, value: number): void {
  requireRange(shadow, index, granules);
  if ((value & 0xff) !== value) throw new ShadowError("SHADOW_VALUE", `${value} is not a shadow byte, 0 … 255`);
  shadow.fill(value, index, index + granules);
}

/**
 * {@link unpoisonIn} in a run of shadow bytes.
 *
 * @throws {@link ShadowError} `SHADOW_RANGE` if the granules do not lie in `shadow`; then nothing is written.
 */
export function unpoison(shadow: Uint8Array, index: number, size: number, granule = 8): void {
  requireRange(shadow, index, granulesOf(size, granule));
  unpoisonIn(writerOf(shadow), index, size, granule);
}

/**
 * {@link poisonLastGranuleIn} in a run of shadow bytes.
 *
 * @throws {@link ShadowError} `SHADOW_RANGE` if that granule does not lie in `shadow`.
 */
export function poisonLastGranule(shadow: Uint8Array, index: number, size: number, granule = 8): void {
  poisonLastGranuleIn(writerOf(shadow), index, size, granule);
}

const writerOf = (shadow: Uint8Array): ShadowWriter => ({
  fill: (index, granules, value) => poison(shadow, index, granules, value),
});

function requireRange(shadow: Uint8Array, index: number, granules: number): void {
  if (index >= 0 && granules >= 0 && index + granules <= shadow.length) return;
  const range = `${hex(index)} … ${hex(index + granules)}`;
  throw new ShadowError("SHADOW_RANGE", `shadow bytes ${range} are not in a run of ${hex(shadow.length)} bytes`);
}
