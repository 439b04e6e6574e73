import type { CoreFormat, CoreRegisters } from "@kasan/platform";
import { concatBytes, fileReason } from "@kasan/shadow";
import { host } from "#host";
import { ImageError } from "./error.ts";

/** Physical memory to be written. */
export interface CoreRange {
  /** First physical address. */
  readonly physical: number;
  /** The bytes there. They are written as they are, without a copy. */
  readonly bytes: Uint8Array;
}

/** The contents of a core that {@link writeCore} writes. */
export interface CoreContents {
  /** The architecture's core format. */
  readonly format: CoreFormat;
  /** The memory, ascending and disjoint. */
  readonly ranges: readonly CoreRange[];
  /** The CPUs' registers at the dump: those that are known. */
  readonly cpus: readonly CoreRegisters[];
  /** Lines of VMCOREINFO, `NAME=value`: how the page tables are found where no register says it (`CoreFormat.vmcoreInfo`). */
  readonly vmcoreInfo?: readonly string[];
}

const HEADER = 64;
const PROGRAM_HEADER = 56;
/** Memory starts on a page of the file. */
const ALIGN = 4096;
const NT_PRSTATUS = 1;

/**
 * Writes an ELF core of a machine, whole or not at all, with the notes that QEMU's dump-guest-memory writes: gdb, crash,
 * readelf and this package read it. A device, as `/dev/null`, is written to and stays.
 *
 * @example
 * ```ts
 * import { x86_64, x86_64Plugin } from "@kasan/arch-x86";
 * import { formatOf, listImage, openImage, spellLine, writeCore } from "@kasan/image";
 * import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
 *
 * const ram = PhysicalMemory.allocate(65536);
 * const architecture = x86_64({ levels: 4 });
 * const space = new AddressSpace({ architecture, memory: ram, frames: new FramePool(ram, 0, 32768) });
 * space.map(0xffffc90000000000n, 0x8000, 8192, PageFlags.KERNEL).ignore("boot");
 *
 * writeCore("core.elf", {
 *   format: x86_64Plugin.core!,
 *   ranges: [{ physical: 0, bytes: ram.u8 }],
 *   cpus: [{ cr3: BigInt(space.roots[0]!), cr4: 0x20n }],
 * });
 *
 * const image = await openImage("core.elf");
 * const line = [...listImage(image)].find((line) => line.kind === "range" && line.state === "mapped")!;
 * console.log(spellLine(formatOf(image), line).replace(/ +/g, " ")); // 0xffffc90000000000-0xffffc90000002000 8K RW GLB NX pte
 * image.close();
 * ```
 *
 * @throws {@link ImageError} `CORE_RANGES` if memory overlaps or is out of range, `IMAGE_READ` if the file cannot be written.
 */
export function writeCore(path: string, contents: CoreContents): void {
  checkRanges(contents.ranges);
  try {
    host.writeFile(path, (output) => writeAll(output, contents));
  } catch (error) {
    throw new ImageError("IMAGE_READ", `${path}: cannot be written: ${fileReason(error)}`);
  }
}

/**
 * The bytes of an ELF core, as {@link writeCore} writes them: for where there are no files.
 *
 * @throws {@link ImageError} `CORE_RANGES` if memory overlaps or is out of range
 */
export function coreBytes(contents: CoreContents): Uint8Array {
  checkRanges(contents.ranges);
  let size = 0;
  writeAll((bytes, at) => {
    size = Math.max(size, at + bytes.length);
  }, contents);
  const all = new Uint8Array(size);
  writeAll((bytes, at) => all.set(bytes, at), contents);
  return all;
}

/** Takes a part of a core and the offset at which it is. */
export type CoreOutput = (bytes: Uint8Array, at: number) => void;

function checkRanges(ranges: readonly CoreRange[]): void {
  let end = 0;
  for (const { physical, bytes } of ranges) {
    if (!Number.isSafeInteger(physical) || physical < end || physical + bytes.length > 2 ** 52) {
      const what = `memory at physical 0x${physical.toString(16)}`;
      throw new ImageError(
        "CORE_RANGES",
        `${what} overlaps with what is before it, or has no physical address; sort it`,
      );
    }
    end = physical + bytes.length;
  }
}

function writeAll(output: CoreOutput, { format, ranges, cpus, vmcoreInfo }: CoreContents): void {
  const notes = concatBytes([
    ...cpus.map((cpu, i) => note("CORE", NT_PRSTATUS, status(format, cpu, i))),
    ...cpus.flatMap((cpu) => (format.cpuNotes?.(cpu) ?? []).map(({ owner, type, data }) => note(owner, type, data))),
    ...(vmcoreInfo ? [note("VMCOREINFO", 0, latin1(`${vmcoreInfo.join("\n")}\n`))] : []),
  ]);
  const notesAt = HEADER + PROGRAM_HEADER * (ranges.length + 1);
  const head = new Uint8Array(notesAt);
  const view = new DataView(head.buffer);
  elfHeader(view, format.elfMachine, ranges.length + 1);
  programHeader(view, 0, { type: 4, offset: notesAt, physical: 0, size: notes.length });
  let offset = roundUp(notesAt + notes.length);
  output(head, 0);
  output(notes, notesAt);
  for (const [i, { physical, bytes }] of ranges.entries()) {
    output(bytes, offset);
    programHeader(view, i + 1, { type: 1, offset, physical, size: bytes.length });
    offset = roundUp(offset + bytes.length);
  }
  output(head, 0);
}

const roundUp = (offset: number) => Math.ceil(offset / ALIGN) * ALIGN;

/** Characters below U+0100, a byte each. */
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function elfHeader(head: DataView, machine: number, headers: number): void {
  for (const [i, byte] of [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].entries()) head.setUint8(i, byte);
  head.setUint16(16, 4, true);
  head.setUint16(18, machine, true);
  head.setUint32(20, 1, true);
  head.setBigUint64(32, BigInt(HEADER), true);
  head.setUint16(52, HEADER, true);
  head.setUint16(54, PROGRAM_HEADER, true);
  head.setUint16(56, headers, true);
}

interface Part {
  readonly type: number;
  readonly offset: number;
  readonly physical: number;
  readonly size: number;
}

function programHeader(head: DataView, index: number, { type, offset, physical, size }: Part): void {
  const at = HEADER + index * PROGRAM_HEADER;
  head.setUint32(at, type, true);
  for (const [field, value] of [
    [8, offset],
    [16, type === 1 ? physical : 0],
    [24, physical],
    [32, size],
    [40, size],
  ] as const) {
    head.setBigUint64(at + field, BigInt(value), true);
  }
}

function note(owner: string, type: number, data: Uint8Array): Uint8Array {
  const name = latin1(`${owner}\0`);
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  const bytes = new Uint8Array(12 + padded(name.length) + padded(data.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, name.length, true);
  view.setUint32(4, data.length, true);
  view.setUint32(8, type, true);
  bytes.set(name, 12);
  bytes.set(data, 12 + padded(name.length));
  return bytes;
}

/** Offsets of the registers and of the thread's number in `struct elf_prstatus`. */
const STATUS_REGISTERS = 112;
const STATUS_PID = 32;

function status({ statusBytes, registers }: CoreFormat, cpu: CoreRegisters, index: number): Uint8Array {
  const bytes = new Uint8Array(statusBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(STATUS_PID, index + 1, true);
  for (const [i, name] of registers.entries()) {
    view.setBigUint64(STATUS_REGISTERS + i * 8, BigInt.asUintN(64, cpu[name] ?? 0n), true);
  }
  return bytes;
}
