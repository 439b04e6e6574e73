import type { CoreNote } from "@kasan/platform";
import { ImageError } from "../error.ts";
import type { ByteSource } from "../source.ts";
import type { ImageFormat, OpenedImage, Opening } from "./format.ts";
import { beginsWith } from "./format.ts";
import { MOST_NOTE_BYTES, MOST_NOTES, parseNotes } from "./notes.ts";
import { disjoint, type Segment, SegmentedMemory } from "./segments.ts";
import { Warnings } from "./warnings.ts";

const PT_LOAD = 1;
const PT_NOTE = 4;
const ET_CORE = 4;
/** What QEMU says of a machine whose first CPU is in a mode of 32 bits, as firmware is: it can be an x86-64 one. */
const EM_386 = 3;
/** `e_phnum` when there are more: the number is in the first section header's `sh_info`. */
const PN_XNUM = 0xffff;
const HEADER_BYTES = 56;
/** Program headers that are read at most; a core of a machine has one for each piece of memory. */
const MOST_HEADERS = 2 ** 18;
/** The end of physical addresses on any architecture. */
const PHYSICAL_END = 2 ** 52;
/** `p_paddr` of what has no physical address of its own: vmalloc space in /proc/kcore. */
const NO_ADDRESS = 2 ** 64;

/** Cores of QEMU, /proc/vmcore, /proc/kcore, makedumpfile -E, `virsh dump --memory-only`, VirtualBox, and of {@link writeCore}. */
export const elf: ImageFormat = {
  name: "an ELF core",
  recognises: (head) => beginsWith(head, "\x7fELF"),
  open: openElf,
};

/**
 * Reads the headers of an ELF core. What lies outside the file or outside physical memory is cut off with a warning, and so is the
 * later of two segments that overlap, with a warning if they differ.
 */
function openElf({ source, path }: Opening): OpenedImage {
  const view = headerOf(source, path);
  const machine = view.getUint16(18, true);
  const warnings = new Warnings();
  const headers = programHeaders(source, view, warnings);
  const loads = headers.filter(({ type }) => type === PT_LOAD);
  if (isOfProcess(loads)) {
    throw new ImageError(
      "IMAGE_FORMAT",
      `${path}: a core of a process, not of a machine; give a dump of physical memory`,
    );
  }
  const segments = loads.flatMap((header) => segmentOf(header, source.size, warnings) ?? []);
  if (segments.length === 0)
    throw new ImageError("IMAGE_EMPTY", `${path}: no memory in it; dump the machine's memory again`);
  return {
    elfMachine: machine === EM_386 ? undefined : machine,
    memory: new SegmentedMemory(source, disjoint(source, segments, warnings), leftOut(loads)),
    notes: readNotes(
      source,
      headers.filter(({ type }) => type === PT_NOTE),
      warnings,
    ),
    warnings: warnings.list,
  };
}

function headerOf(source: ByteSource, path: string): DataView {
  const head = new Uint8Array(64);
  const view = new DataView(head.buffer);
  const refuse = (why: string) =>
    new ImageError("IMAGE_FORMAT", `${path}: ${why}; give an ELF core of a 64-bit machine`);
  if (source.read(0, head) < 64) throw refuse("its ELF header is cut off");
  if (head[4] !== 2) throw refuse("a 32-bit ELF file");
  if (head[5] !== 1) throw refuse("a big-endian ELF file");
  if (view.getUint16(16, true) !== ET_CORE) throw refuse("an ELF file, but no core");
  if (view.getUint16(54, true) !== HEADER_BYTES) throw refuse("its program headers have an unknown size");
  return view;
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly virtual: number;
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
      virtual: field(16),
      physical: field(24),
      fileSize: field(32),
      memorySize: field(40),
    };
  });
}

/** Cores of processes know no physical addresses: all are 0. */
function isOfProcess(loads: readonly ProgramHeader[]): boolean {
  return loads.length > 1 && loads.every(({ physical, virtual }) => physical === 0 && virtual !== 0);
}

function segmentOf(header: ProgramHeader, fileSize: number, warnings: Warnings): Segment | undefined {
  const { physical, offset } = header;
  if (physical === NO_ADDRESS) return undefined;
  const what = `memory at physical 0x${physical.toString(16)}`;
  if (physical >= PHYSICAL_END) {
    warnings.add("no physical addresses", `${what} is left out: no physical address has more than 52 bits`);
    return undefined;
  }
  const size = Math.min(header.fileSize, Math.max(0, fileSize - offset), PHYSICAL_END - physical);
  if (size < header.fileSize) {
    const cut = `0x${header.fileSize.toString(16)} bytes are said to be there, 0x${size.toString(16)} are`;
    warnings.add("memory is cut off", `${what}: ${cut}`);
  }
  return size > 0 ? { physical, size, offset } : undefined;
}

/** What makedumpfile -E leaves out: the ends of segments that have more bytes in memory than in the file. */
const leftOut = (loads: readonly ProgramHeader[]) =>
  loads.flatMap(({ physical, fileSize, memorySize }) =>
    memorySize > fileSize ? [{ physical: physical + fileSize, size: memorySize - fileSize }] : [],
  );

/** Reads the notes of all segments, as far as they make sense and as far as there is room for them. */
function readNotes(source: ByteSource, headers: readonly ProgramHeader[], warnings: Warnings): CoreNote[] {
  const notes: CoreNote[] = [];
  const seen = new Set<number>();
  let room = MOST_NOTE_BYTES;
  for (const { offset, fileSize } of headers) {
    if (seen.has(offset)) continue;
    seen.add(offset);
    const size = Math.min(fileSize, room, Math.max(0, source.size - offset));
    if (size < fileSize)
      warnings.add("notes are cut off", `notes: ${fileSize} bytes are said to be there, ${size} are read`);
    room -= size;
    const bytes = new Uint8Array(size);
    source.read(offset, bytes);
    for (const note of parseNotes(bytes)) if (notes.length < MOST_NOTES) notes.push(note);
  }
  return notes;
}
