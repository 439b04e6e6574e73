/**
 * Inputs of FUZZ_TEST, as the KFuzzTest proposal encodes them (Documentation/dev-tools/kfuzztest.rst, version 0): a header, an array of
 * regions, a table of relocations, padding, and the payload, which has the regions. All numbers are u32, little-endian.
 */

/** `KFUZZTEST_HEADER_MAGIC`. */
const MAGIC = 0xbface;
const VERSION = 0;
/** `KFUZZTEST_REGIONID_NULL`: a null pointer. */
const NULL_REGION = 0xffffffff;
/** The least padding around regions: a granule, `KFUZZTEST_POISON_SIZE`. */
const GRANULE = 8;
/** Where regions begin here: a multiple of every mode's granule, and of every type's alignment. */
const ALIGNMENT = 16;
const [HEADER_BYTES, COUNT_BYTES, REGION_BYTES, TABLE_BYTES, ENTRY_BYTES, POINTER_BYTES] = [8, 4, 8, 8, 12, 8];

/** A pointer in a region. */
export interface Relocation {
  /** The region that has it. */
  readonly region: number;
  /** Its offset there. */
  readonly offset: number;
  /** The region that it points to; undefined: it is null. */
  readonly target: number | undefined;
}

/** A part of an input. */
interface Region {
  /** Its offset in the payload. */
  readonly offset: number;
  /** Its size. */
  readonly size: number;
}

/** An input as it is laid out. Offsets are from its beginning. */
export interface InputLayout {
  /** Where the array of regions is. */
  readonly regionArray: number;
  /** Bytes of padding before the payload. */
  readonly padding: number;
  /** Where the payload is. */
  readonly payload: number;
  /** The regions, by offset. The first is the structure. */
  readonly regions: readonly Region[];
  /** The pointers. */
  readonly relocations: readonly Relocation[];
}

/**
 * Reads how an input is laid out.
 *
 * @param structure - bytes of the structure that the target takes
 * @returns the layout, or what is wrong with the input
 */
export function readLayout(input: Uint8Array, structure: number): InputLayout | string {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const word = (at: number) => view.getUint32(at, true);
  if (input.length < HEADER_BYTES) return `it has ${input.length} bytes, fewer than its header`;
  if (word(0) !== MAGIC) return `it begins with 0x${word(0).toString(16)}, not with 0x${MAGIC.toString(16)}`;
  if (word(4) !== VERSION) return `its version is ${word(4)}, not ${VERSION}`;
  const regionArray = HEADER_BYTES;
  if (input.length < regionArray + COUNT_BYTES) return "it ends before its array of regions";
  const count = word(regionArray);
  const table = regionArray + COUNT_BYTES + count * REGION_BYTES;
  if (table + TABLE_BYTES > input.length)
    return `it ends within its ${count} regions, or before its table of relocations`;
  const [entries, padding] = [word(table), word(table + 4)];
  const payload = table + TABLE_BYTES + entries * ENTRY_BYTES + padding;
  if (payload > input.length) return `it ends within its ${entries} relocations and their padding of ${padding} bytes`;
  const regions = Array.from({ length: count }, (_, i) => {
    const at = regionArray + COUNT_BYTES + i * REGION_BYTES;
    return { offset: word(at), size: word(at + 4) };
  });
  const relocations = Array.from({ length: entries }, (_, i) => {
    const at = table + TABLE_BYTES + i * ENTRY_BYTES;
    const target = word(at + 8);
    return { region: word(at), offset: word(at + 4), target: target === NULL_REGION ? undefined : target };
  });
  const layout = { regionArray, padding, payload, regions, relocations };
  return faultOf(layout, input.length - payload, structure) ?? layout;
}

/** What is wrong with a layout; undefined: nothing. */
function faultOf({ padding, regions, relocations }: InputLayout, bytes: number, structure: number): string | undefined {
  if (padding < GRANULE) return `${padding} bytes of padding before its payload, fewer than ${GRANULE}`;
  if (regions.length === 0) return "it has no regions";
  if (regions[0].size < structure) return `its first region has ${regions[0].size} bytes, the structure ${structure}`;
  for (const [i, { offset, size }] of regions.entries()) {
    const next = regions[i + 1]?.offset ?? bytes;
    if (offset + size > bytes) return `region ${i} ends at ${offset + size}, beyond the payload's ${bytes} bytes`;
    if (offset + size + GRANULE > next) return `fewer than ${GRANULE} bytes between region ${i} and what follows it`;
  }
  for (const [i, { region, offset, target }] of relocations.entries()) {
    if (region >= regions.length) return `relocation ${i} is in region ${region}, of ${regions.length}`;
    if (target !== undefined && target >= regions.length) {
      return `relocation ${i} leads to region ${target}, of ${regions.length}`;
    }
    if (offset % POINTER_BYTES !== 0 || offset + POINTER_BYTES > regions[region].size) {
      return `relocation ${i} is at byte ${offset} of region ${region}, which has no pointer there`;
    }
  }
  return undefined;
}

/** Encodes regions, the first of which is the structure, and the pointers in them. */
export function encodeRegions(regions: readonly Uint8Array[], relocations: readonly Relocation[]): Uint8Array {
  const table = HEADER_BYTES + COUNT_BYTES + regions.length * REGION_BYTES;
  const entries = table + TABLE_BYTES;
  const end = entries + relocations.length * ENTRY_BYTES;
  const payload = aligned(end + GRANULE);
  let size = 0;
  const offsets = regions.map(({ length }) => {
    const offset = size;
    size = aligned(size + length + GRANULE);
    return offset;
  });
  const input = new Uint8Array(payload + size);
  const view = new DataView(input.buffer);
  const words = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true);
  };
  words(0, MAGIC, VERSION, regions.length);
  regions.forEach((bytes, i) => {
    words(HEADER_BYTES + COUNT_BYTES + i * REGION_BYTES, offsets[i], bytes.length);
    input.set(bytes, payload + offsets[i]);
  });
  words(table, relocations.length, payload - end);
  for (const [i, { region, offset, target }] of relocations.entries()) {
    words(entries + i * ENTRY_BYTES, region, offset, target ?? NULL_REGION);
  }
  return input;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
