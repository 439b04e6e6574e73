import type { CoreNote } from "@kasan/platform";
import { ImageError } from "./error.ts";
import type { Segment } from "./memory.ts";
import type { ByteSource } from "./source.ts";

/** The contents of an ELF core. */
export interface Core {
  /** `e_machine`. */
  readonly machine: number;
  /** The memory in it, ascending and disjoint. */
  readonly segments: readonly Segment[];
  /** Its notes. */
  readonly notes: readonly CoreNote[];
  /** Warnings about it, for people to read. */
  readonly warnings: readonly string[];
}

const PT_LOAD = 1;
const PT_NOTE = 4;
const ET_CORE = 4;
/** `e_phnum` when there are more: the number is in the first section header's `sh_info`. */
const PN_XNUM = 0xffff;
const HEADER_BYTES = 56;
/** Program headers and bytes of notes that are read at most; a core of a machine has a header for each piece of memory and notes of a few KiB a CPU. */
const MOST_HEADERS = 2 ** 18;
const MOST_NOTES = 2 ** 24;
/** The end of physical addresses on any architecture. */
const PHYSICAL_END = 2 ** 52;

/** Whether a file begins as an ELF file. */
export const isElf = (head: Uint8Array) => head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;

/**
 * Reads the headers of an ELF core. What lies outside the file or outside physical memory is cut off with a warning, and
 * so is the later of two segments that overlap.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT` if it is no core of a 64-bit little-endian machine, `IMAGE_EMPTY` if it has no memory.
 */
export function readCore(source: ByteSource, path: string): Core {
  const head = new Uint8Array(64);
  const view = new DataView(head.buffer);
  const refuse = (why: string) =>
    new ImageError("IMAGE_FORMAT", `${path}: ${why}; give an ELF core of a 64-bit machine`);
  if (source.read(0, head) < 64) throw refuse("its ELF header is cut off");
  if (head[4] !== 2) throw refuse("a 32-bit ELF file");
  if (head[5] !== 1) throw refuse("a big-endian ELF file");
  if (view.getUint16(16, true) !== ET_CORE) throw refuse("an ELF file, but no core");
  if (view.getUint16(54, true) !== HEADER_BYTES) throw refuse("its program headers have an unknown size");

  const warnings = new Warnings();
  const segments: Segment[] = [];
  const notes: CoreNote[] = [];
  for (const header of programHeaders(source, view, warnings)) {
    if (header.type === PT_LOAD) addSegment(segments, header, source.size, warnings);
    else if (header.type === PT_NOTE) notes.push(...readNotes(source, header, warnings));
  }
  if (segments.length === 0)
    throw new ImageError("IMAGE_EMPTY", `${path}: no memory in it; dump the machine's memory again`);
  return {
    machine: view.getUint16(18, true),
    segments: disjoint(segments, warnings),
    notes,
    warnings: warnings.list,
  };
}

/** Collects warnings, a few of each kind. */
class Warnings {
  readonly list: string[] = [];
  private readonly seen = new Map<string, number>();

  add(kind: string, text: string): void {
    const count = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, count);
    if (count <= 3) this.list.push(text);
    if (count === 4) this.list.push(`more of the same: ${kind}`);
  }
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly physical: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

function programHeaders(source: ByteSource, head: DataView, warnings: Warnings): ProgramHeader[] {
  const start = Number(head.getBigUint64(32, true));
  let count = head.getUint16(56, true);
  if (count === PN_XNUM) {
    const section = new Uint8Array(64);
    source.read(Number(head.getBigUint64(40, true)), section);
    count = new DataView(section.buffer).getUint32(44, true);
  }
  const there = Math.max(0, Math.floor((source.size - start) / HEADER_BYTES));
  if (count > there || count > MOST_HEADERS) {
    const most = Math.min(there, MOST_HEADERS);
    warnings.add("program headers", `${count} program headers are said to be there, ${most} are`);
    count = most;
  }
  const bytes = new Uint8Array(count * HEADER_BYTES);
  if (count > 0) source.read(start, bytes);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, i) => {
    const at = i * HEADER_BYTES;
    const field = (offset: number) => Number(view.getBigUint64(at + offset, true));
    return {
      type: view.getUint32(at, true),
      offset: field(8),
      physical: field(24),
      fileSize: field(32),
      memorySize: field(40),
    };
  });
}

function addSegment(segments: Segment[], header: ProgramHeader, fileSize: number, warnings: Warnings): void {
  const { physical, offset } = header;
  const what = `memory at physical 0x${physical.toString(16)}`;
  if (physical >= PHYSICAL_END) {
    return warnings.add("no physical addresses", `${what} is left out: no physical address has more than 52 bits`);
  }
  const size = Math.min(header.fileSize, Math.max(0, fileSize - offset), PHYSICAL_END - physical);
  if (size < header.fileSize) {
    const cut = `0x${header.fileSize.toString(16)} bytes are said to be there, 0x${size.toString(16)} are`;
    warnings.add("memory is cut off", `${what}: ${cut}`);
  }
  if (size > 0) segments.push({ physical, size, offset });
}

/** Sorts segments, and cuts what an earlier one of the file has already. */
function disjoint(segments: Segment[], warnings: Warnings): Segment[] {
  const sorted = segments
    .map((segment, order) => ({ ...segment, order }))
    .sort((a, b) => a.physical - b.physical || a.order - b.order);
  const result: Segment[] = [];
  let end = 0;
  for (const { physical, size, offset } of sorted) {
    const skip = Math.max(0, end - physical);
    if (skip > 0) warnings.add("segments overlap", `memory at physical 0x${physical.toString(16)} is there twice`);
    if (skip < size) result.push({ physical: physical + skip, size: size - skip, offset: offset + skip });
    end = Math.max(end, physical + size);
  }
  return result;
}

/** Reads the notes of a segment, as far as they make sense. */
function readNotes(source: ByteSource, { offset, fileSize }: ProgramHeader, warnings: Warnings): CoreNote[] {
  const size = Math.min(fileSize, MOST_NOTES, Math.max(0, source.size - offset));
  if (size < fileSize)
    warnings.add("notes are cut off", `notes: ${fileSize} bytes are said to be there, ${size} are read`);
  const bytes = new Uint8Array(size);
  source.read(offset, bytes);
  return parseNotes(bytes);
}

/** Takes notes apart: a header of three words, then name and contents, each padded to 4 bytes. Stops at what is cut off. */
export function parseNotes(bytes: Uint8Array): CoreNote[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notes: CoreNote[] = [];
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = view.getUint32(at, true);
    const dataSize = view.getUint32(at + 4, true);
    const type = view.getUint32(at + 8, true);
    const data = at + 12 + padded(nameSize);
    if (data + dataSize > bytes.length) break;
    const owner = new TextDecoder("latin1").decode(bytes.subarray(at + 12, at + 12 + nameSize)).replace(/\0.*$/s, "");
    notes.push({ owner, type, data: bytes.subarray(data, data + dataSize) });
    at = data + padded(dataSize);
  }
  return notes;
}
