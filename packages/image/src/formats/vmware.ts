import { ImageError } from "../error.ts";
import { Reader } from "../reader.ts";
import type { ByteSource } from "../source.ts";
import { closing, type ImageFormat, type OpenedImage, type Opening } from "./format.ts";
import { disjoint, type Segment, SegmentedMemory } from "./segments.ts";
import { Warnings } from "./warnings.ts";

/** `id` of a checkpoint: of 32 bits, which are old, and the others. (crash's vmware_vmss.h.) */
const OLD = 0xbed0bed0;
const MAGIC: readonly number[] = [OLD, 0xbed2bed2, 0xbed3bed3, 0xbad1bad1, 0xbad2bad2];
/** Bytes of the header (id, version, number of groups) and of a group's descriptor (name, position, size). */
const HEADER = 12;
const GROUP = 80;
const GROUP_NAME = 64;
/** Groups of a file, and items of the group of memory, that are looked at. */
const MOST_GROUPS = 1024;
const MOST_ITEMS = 65_536;
/** `VALSIZE` of an item that is a block, and of one that is compressed. */
const BLOCK = 0x3f;
const COMPRESSED_BLOCK = 0x3e;
const PAGE = 4096;
/** `EM_X86_64`. */
const X86_64 = 62;

/** A suspended machine or a snapshot of VMware, with its memory in it, or in a .vmem file beside it. */
export const vmware: ImageFormat = {
  name: "a checkpoint of VMware",
  recognises: (head) => MAGIC.includes(new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)),
  open: openCheckpoint,
};

/** What the group `memory` says. */
interface MemoryGroup {
  /** By region: its first page in the file and in the machine, and how many it has. */
  readonly regions: ReadonlyMap<number, Region>;
  /** Where memory is in the file; `undefined` if it is in another. */
  readonly block: { readonly offset: number; readonly size: number } | undefined;
}

interface Region {
  regionPageNum?: number;
  regionPPN?: number;
  regionSize?: number;
}

async function openCheckpoint(opening: Opening): Promise<OpenedImage> {
  const { source, path } = opening;
  const group = readGroup(source, path);
  if (group.block !== undefined) return opened(source, group, group.block, path);
  const name = baseName(path).replace(/\.vms[sn]$/i, ".vmem");
  const memory = opening.neighbours().includes(name) && name !== baseName(path) ? opening.neighbour(name) : undefined;
  if (memory === undefined)
    throw new ImageError("IMAGE_EMPTY", `${path}: its memory is in another file, ${name}, which is not beside it`);
  source.close();
  return closing(memory, () => opened(memory, group, { offset: 0, size: memory.size }, path));
}

/** Opens a .vmem file by the checkpoint beside it; `undefined` if it is none, or has none. */
export function openVmem(opening: Opening): OpenedImage | undefined {
  const { source, path } = opening;
  const base = /^(.*)\.vmem$/i.exec(baseName(path))?.[1];
  const name = opening.neighbours().find((other) => other === `${base}.vmss` || other === `${base}.vmsn`);
  const checkpoint = base === undefined || name === undefined ? undefined : opening.neighbour(name);
  if (name === undefined || checkpoint === undefined) return undefined;
  try {
    return opened(source, readGroup(checkpoint, name), { offset: 0, size: source.size }, path);
  } finally {
    checkpoint.close();
  }
}

const baseName = (path: string) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

function opened(
  source: ByteSource,
  { regions }: MemoryGroup,
  block: { readonly offset: number; readonly size: number },
  path: string,
): OpenedImage {
  const warnings = new Warnings();
  const whole = { regionPageNum: 0, regionPPN: 0, regionSize: Math.floor(block.size / PAGE) };
  const segments = [...(regions.size > 0 ? regions.values() : [whole])].flatMap((region) =>
    segmentOf(region, Math.min(block.size, source.size - block.offset), block.offset, warnings),
  );
  if (segments.length === 0) throw new ImageError("IMAGE_EMPTY", `${path}: no memory in it; suspend the machine again`);
  const memory = new SegmentedMemory(source, disjoint(source, segments, warnings));
  return { elfMachine: X86_64, memory, notes: [], warnings: warnings.list };
}

function segmentOf(region: Region, there: number, offset: number, warnings: Warnings): Segment[] {
  const { regionPageNum = 0, regionPPN = 0, regionSize = 0 } = region;
  const [start, physical, said] = [regionPageNum * PAGE, regionPPN * PAGE, regionSize * PAGE];
  const size = Math.max(0, Math.min(said, there - start));
  if (size < said) {
    const cut = `0x${said.toString(16)} bytes are said to be there, 0x${size.toString(16)} are`;
    warnings.add("memory is cut off", `memory at physical 0x${physical.toString(16)}: ${cut}`);
  }
  return size > 0 ? [{ physical, size, offset: offset + start }] : [];
}

function readGroup(source: ByteSource, path: string): MemoryGroup {
  const reader = new Reader(source);
  const head = reader.at(0, HEADER);
  if (head === undefined || head.getUint32(0, true) === OLD)
    throw new ImageError("IMAGE_FORMAT", `${path}: a checkpoint of VMware of 32 bits, which nothing here reads`);
  const groups = Math.min(head.getUint32(8, true), MOST_GROUPS);
  for (let i = 0; i < groups; i++) {
    const group = reader.at(HEADER + i * GROUP, GROUP);
    if (group === undefined) break;
    if (textOf(group, 0, GROUP_NAME) === "memory")
      return memoryGroup(reader, Number(group.getBigUint64(GROUP_NAME, true)), path);
  }
  throw new ImageError("IMAGE_EMPTY", `${path}: a checkpoint of VMware without memory; suspend the machine again`);
}

const textOf = (view: DataView, at: number, size: number) =>
  new TextDecoder("latin1").decode(new Uint8Array(view.buffer, view.byteOffset + at, size)).replace(/\0.*$/s, "");

/** Reads the items of a group: each has a tag of name's size, number of indexes and value's size, then these. */
function memoryGroup(reader: Reader, start: number, path: string): MemoryGroup {
  const regions = new Map<number, Region>();
  let block: MemoryGroup["block"];
  let at = start;
  for (let i = 0; i < MOST_ITEMS; i++) {
    const tag = reader.at(at, 2)?.getUint16(0, true) ?? 0;
    if (tag === 0) break;
    const [nameBytes, indexes, valueBytes] = [tag >> 8, (tag >> 6) & 3, tag & 0x3f];
    const head = reader.at(at + 2, nameBytes + indexes * 4);
    if (head === undefined) break;
    const name = textOf(head, 0, nameBytes);
    const index = indexes > 0 ? head.getUint32(nameBytes, true) : 0;
    at += 2 + nameBytes + indexes * 4;
    if (valueBytes === BLOCK || valueBytes === COMPRESSED_BLOCK) {
      const sizes = reader.at(at, 18);
      if (sizes === undefined) break;
      const [size, inMemory] = [Number(sizes.getBigUint64(0, true)), Number(sizes.getBigUint64(8, true))];
      const offset = at + 18 + sizes.getUint16(16, true);
      if (name === "Memory" && valueBytes === COMPRESSED_BLOCK)
        throw new ImageError(
          "IMAGE_FORMAT",
          `${path}: a checkpoint of VMware with compressed memory, which nothing here reads`,
        );
      if (name === "Memory") block = { offset, size: inMemory };
      at = offset + size;
    } else {
      const value = valueBytes >= 4 ? reader.at(at, 4)?.getUint32(0, true) : undefined;
      if (/^region(PageNum|PPN|Size)$/.test(name) && value !== undefined && regions.size < MOST_GROUPS)
        regions.set(index, { ...regions.get(index), [name]: value });
      at += valueBytes;
    }
  }
  return { regions, block };
}
