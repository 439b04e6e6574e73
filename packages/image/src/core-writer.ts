import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { CoreFormat, CoreRegisters } from "@kasan/platform";
import { fileReason } from "@kasan/shadow";
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
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) writeWhole(path, contents);
    else writeTo(openSync(path, "r+"), contents);
  } catch (error) {
    throw new ImageError("IMAGE_READ", `${path}: cannot be written: ${fileReason(error)}`);
  }
}

function writeWhole(path: string, contents: CoreContents): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeTo(openSync(temporary, "wx"), contents);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeTo(fd: number, contents: CoreContents): void {
  try {
    writeAll(fd, contents);
  } finally {
    closeSync(fd);
  }
}

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

function writeAll(fd: number, { format, ranges, cpus, vmcoreInfo }: CoreContents): void {
  const notes = Buffer.concat([
    ...cpus.map((cpu, i) => note("CORE", NT_PRSTATUS, status(format, cpu, i))),
    ...cpus.flatMap((cpu) => (format.cpuNotes?.(cpu) ?? []).map(({ owner, type, data }) => note(owner, type, data))),
    ...(vmcoreInfo ? [note("VMCOREINFO", 0, Buffer.from(`${vmcoreInfo.join("\n")}\n`, "latin1"))] : []),
  ]);
  const notesAt = HEADER + PROGRAM_HEADER * (ranges.length + 1);
  const head = Buffer.alloc(notesAt);
  elfHeader(head, format.elfMachine, ranges.length + 1);
  programHeader(head, 0, { type: 4, offset: notesAt, physical: 0, size: notes.length });
  let offset = roundUp(notesAt + notes.length);
  writeBytes(fd, head, 0);
  writeBytes(fd, notes, notesAt);
  for (const [i, { physical, bytes }] of ranges.entries()) {
    writeBytes(fd, bytes, offset);
    programHeader(head, i + 1, { type: 1, offset, physical, size: bytes.length });
    offset = roundUp(offset + bytes.length);
  }
  writeBytes(fd, head, 0);
}

const roundUp = (offset: number) => Math.ceil(offset / ALIGN) * ALIGN;

function writeBytes(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}

function elfHeader(head: Buffer, machine: number, headers: number): void {
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(4, 16);
  head.writeUInt16LE(machine, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(HEADER), 32);
  head.writeUInt16LE(HEADER, 52);
  head.writeUInt16LE(PROGRAM_HEADER, 54);
  head.writeUInt16LE(headers, 56);
}

interface Part {
  readonly type: number;
  readonly offset: number;
  readonly physical: number;
  readonly size: number;
}

function programHeader(head: Buffer, index: number, { type, offset, physical, size }: Part): void {
  const at = HEADER + index * PROGRAM_HEADER;
  head.writeUInt32LE(type, at);
  for (const [field, value] of [
    [8, offset],
    [16, type === 1 ? physical : 0],
    [24, physical],
    [32, size],
    [40, size],
  ] as const) {
    head.writeBigUInt64LE(BigInt(value), at + field);
  }
}

function note(owner: string, type: number, data: Uint8Array): Buffer {
  const name = Buffer.from(`${owner}\0`, "latin1");
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  const bytes = Buffer.alloc(12 + padded(name.length) + padded(data.length));
  bytes.writeUInt32LE(name.length, 0);
  bytes.writeUInt32LE(data.length, 4);
  bytes.writeUInt32LE(type, 8);
  name.copy(bytes, 12);
  bytes.set(data, 12 + padded(name.length));
  return bytes;
}

/** Offsets of the registers and of the thread's number in `struct elf_prstatus`. */
const STATUS_REGISTERS = 112;
const STATUS_PID = 32;

function status({ statusBytes, registers }: CoreFormat, cpu: CoreRegisters, index: number): Buffer {
  const bytes = Buffer.alloc(statusBytes);
  bytes.writeUInt32LE(index + 1, STATUS_PID);
  for (const [i, name] of registers.entries()) {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, cpu[name] ?? 0n), STATUS_REGISTERS + i * 8);
  }
  return bytes;
}
