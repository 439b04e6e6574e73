import { hex } from "./address.ts";
import { ShadowError } from "./error.ts";

// Shapes: `shadow` is a run of shadow bytes, one per granule, in any typed array over any buffer; `index` is the
// position in it of the first granule's byte. A range of memory starts on a granule, as in mm/kasan/shadow.c.

/** Bytes of memory rounded up to whole granules of `granule` bytes (a power of two). */
export function granulesOf(size: number, granule: number): number {
  return Math.ceil(size / granule);
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
 * Makes `size` bytes of memory accessible: generic mode's `kasan_unpoison`. Whole granules become 0; a last granule that
 * is covered in part gets the number of its accessible bytes. (In the tag-based modes, {@link poison} with the tag.)
 *
 * @throws {@link ShadowError} `SHADOW_RANGE` if the granules do not lie in `shadow`.
 */
export function unpoison(shadow: Uint8Array, index: number, size: number, granule = 8): void {
  poison(shadow, index, granulesOf(size, granule), 0);
  poisonLastGranule(shadow, index, size, granule);
}

/**
 * Poisons the tail of the last granule of an object of `size` bytes, if its end is not the end of a granule:
 * `kasan_poison_last_granule`.
 *
 * @throws {@link ShadowError} `SHADOW_RANGE` if that granule does not lie in `shadow`.
 */
export function poisonLastGranule(shadow: Uint8Array, index: number, size: number, granule = 8): void {
  const last = size % granule;
  if (last === 0) return;
  const at = index + Math.floor(size / granule);
  requireRange(shadow, at, 1);
  shadow[at] = last;
}

function requireRange(shadow: Uint8Array, index: number, granules: number): void {
  if (index >= 0 && granules >= 0 && index + granules <= shadow.length) return;
  const range = `${hex(index)} … ${hex(index + granules)}`;
  throw new ShadowError("SHADOW_RANGE", `shadow bytes ${range} are not in a run of ${hex(shadow.length)} bytes`);
}
