import { ImageError } from "../error.ts";
import type { OpenedImage, Opening } from "./format.ts";
import { SegmentedMemory } from "./segments.ts";

/** Opens what no format recognises: memory as it is, from a physical address on. */
export function openRaw({ source, path, base }: Opening): OpenedImage {
  if (source.size === 0) throw new ImageError("IMAGE_EMPTY", `${path}: is empty`);
  const memory = new SegmentedMemory(source, [{ physical: base, size: source.size, offset: 0 }]);
  return { elfMachine: undefined, memory, notes: [], warnings: [] };
}
