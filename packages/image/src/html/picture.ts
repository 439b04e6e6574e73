import { memorySegments, type Picture, type Segment } from "@kasan/report";
import { shadowOf, truncateAddress } from "@kasan/shadow";
import type { MemoryImage } from "../image.ts";
import { bytesOf, type Inspection } from "../inspect/inspect.ts";
import type { SlabObject } from "../kernel/neighbours.ts";
import type { ObjectState } from "../kernel/object.ts";
import { kernelVersionOf } from "../kernel/version.ts";
import { stateText } from "./state.ts";

/** Bytes that are shown on either side of an object or a frame. */
const MARGIN = 64n;
/** Bytes that objects or variables have together which are shown as a whole. */
const MOST_TOGETHER = 2048n;
/** Of larger objects, so many bytes on either side of the address. */
const MOST_ASIDE = 4096n;
const ROW_GRANULES = 16;

/**
 * The memory around an address, to scale: its object between its neighbours, or the frame on a stack. `undefined` if it is in neither.
 *
 * @param slab - the objects of its slab
 */
export function pictureAround(image: MemoryImage, found: Inspection, slab: readonly SlabObject[]): Picture | undefined {
  const known = [...objectsAround(found, slab), ...variables(found)];
  const own = known.at(-1);
  if (!own) return undefined;
  const { untagged } = found;
  const first = known.reduce((least, { start }) => min(least, start), own.start);
  const last = known.reduce((most, { end }) => max(most, end), own.end);
  // Among its neighbours, a large object would be all that is seen.
  const near = last - first > MOST_TOGETHER ? own : { start: first, end: last };
  const start = max(min(near.start, untagged) - MARGIN, untagged - MOST_ASIDE);
  const end = min(max(near.end, untagged + 1n) + MARGIN, untagged + MOST_ASIDE);
  const { shadow } = image;
  const context = {
    ...(image.kasan !== "off" && { mode: image.kasan }),
    version: kernelVersionOf(image.kernel),
    onStack: found.finding.stack !== undefined,
  };
  const memory = shadow && { granule: shadow.granule as 8 | 16, rows: rowsOf(image, start, end) };
  const segments = memorySegments({ memory, context, notShown: "no shadow is known", known }, start, end);
  return { start, end, segments, access: { start: untagged, end: min(untagged + BigInt(bytesOf(found.access)), end) } };
}

/** An object and those beside it, as stretches; itself last. */
function objectsAround({ finding: { object } }: Inspection, slab: readonly SlabObject[]): Segment[] {
  if (!object) return [];
  const { index, allocSize, objectSize, address, state } = object;
  const beside = slab.filter((one) => Math.abs(one.index - index) === 1);
  const neighbours = beside.flatMap((one) =>
    stretch(one.address, objectSize, one.state, `object ${one.index + 1}, ${stateText(one.state)}`),
  );
  const slack = {
    start: address + BigInt(allocSize),
    end: address + BigInt(objectSize),
    kind: "slack" as const,
    label: "of the object, but not asked for",
  };
  const label = `this object, ${stateText(state)}, ${allocSize} bytes`;
  return [...neighbours, ...(allocSize < objectSize ? [slack] : []), ...stretch(address, allocSize, state, label)];
}

function stretch(start: bigint, size: number, state: ObjectState, label: string): Segment[] {
  const kind = state === "in use" ? "object" : state === "unused" ? "unknown" : "freed";
  return [{ start, end: start + BigInt(size), kind: state === "unknown" ? "unknown" : kind, label }];
}

function variables({ untagged, finding: { stack } }: Inspection): Segment[] {
  const { frame } = stack ?? {};
  if (!frame) return [];
  const base = untagged - BigInt(frame.offset);
  return frame.objects.map(({ start, end, name }) => ({
    start: base + BigInt(start),
    end: base + BigInt(end),
    kind: "variable" as const,
    label: `variable '${name}', ${end - start} bytes`,
  }));
}

function rowsOf({ kernel, shadow }: MemoryImage, start: bigint, end: bigint) {
  const span = BigInt(shadow!.granule * ROW_GRANULES);
  const rows: { address: bigint; bytes: Uint8Array }[] = [];
  for (let address = start - (start % span); address < end; address += span) {
    const bytes = kernel.attempt(() => kernel.memory.bytes(shadowOf(shadow!, truncateAddress(address)), ROW_GRANULES));
    if (bytes) rows.push({ address, bytes });
  }
  return rows;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
