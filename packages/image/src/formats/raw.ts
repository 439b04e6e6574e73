import { ImageError } from "../error.ts";
import type { OpenedImage, Opening } from "./format.ts";
import { SegmentedMemory } from "./segments.ts";
import { openVmem } from "./vmware.ts";

/** Opens what no format recognises: memory as it is, from a physical address on, or as a checkpoint of VMware beside it says. */
export function openRaw(opening: Opening): OpenedImage {
  const { source, path, base } = opening;
  if (source.size === 0) throw new ImageError("IMAGE_EMPTY", `${path}: is empty`);
  const checkpoint = openVmem(opening);
  if (checkpoint !== undefined) return checkpoint;
  const memory = new SegmentedMemory(source, [{ physical: base, size: source.size, offset: 0 }]);
  return { elfMachine: undefined, memory, notes: [], warnings: [] };
}
