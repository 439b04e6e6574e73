import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { ElfMachine } from "./elf.ts";
import { ImageError } from "./error.ts";
import type { MachineName } from "./machine/machine.ts";
import { QEMU_CPU_BYTES } from "./notes.ts";

/** Physical memory to be written. */
export interface CoreRange {
  /** First physical address. */
  readonly physical: number;
  /** The bytes there. They are written as they are, without a copy. */
  readonly bytes: Uint8Array;
}

/** A CPU's registers at the dump: those that are known, 0 … 2^64-1 each. */
export interface CoreCpu {
  /** By name, as `info registers` of QEMU spells them in lower case: `rip`, `rsp`, `cr3`, `cr4`; `pc`, `sp`, `x0`, `pstate`. */
  readonly registers: Readonly<Record<string, bigint>>;
}

/** What {@link writeCore} writes. */
export interface CoreContents {
  /** The processor. */
  readonly arch: MachineName;
  /** The memory, ascending and disjoint. */
  readonly ranges: readonly CoreRange[];
  /** The CPUs. */
  readonly cpus: readonly CoreCpu[];
  /**
   * Lines of VMCOREINFO, `NAME=value`. For arm64 they are how the tables are found: `PAGESIZE=4096`, `NUMBER(VA_BITS)=48`,
   * `SYMBOL(swapper_pg_dir)=` an address (hex) that the tables map to themselves, `NUMBER(kimage_voffset)=0x` how far it is from there.
   */
  readonly vmcoreInfo?: readonly string[];
}

const HEADER = 64;
const PROGRAM_HEADER = 56;
/** Memory starts on a page of the file. */
const ALIGN = 4096;
const NT_PRSTATUS = 1;

/**
 * Writes an ELF core of a machine, whole or not at all, with the notes that QEMU's dump-guest-memory writes: gdb, crash,
 * readelf and this package read it.
 *
 * @throws {@link ImageError} `CORE_RANGES` if memory overlaps or is out of range, `IMAGE_READ` if the file cannot be written.
 */
export function writeCore(path: string, contents: CoreContents): void {
  checkRanges(contents.ranges);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, "wx");
    try {
      writeAll(fd, contents);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new ImageError("IMAGE_READ", `${path}: cannot be written: ${(error as Error).message}`);
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

function writeAll(fd: number, { arch, ranges, cpus, vmcoreInfo }: CoreContents): void {
  const notes = Buffer.concat([
    ...cpus.map((cpu, i) => note("CORE", NT_PRSTATUS, arch === "arm64" ? armStatus(cpu, i) : x86Status(cpu, i))),
    ...(arch === "x86-64" ? cpus.map((cpu) => note("QEMU", 0, qemuState(cpu))) : []),
    ...(vmcoreInfo ? [note("VMCOREINFO", 0, Buffer.from(`${vmcoreInfo.join("\n")}\n`, "latin1"))] : []),
  ]);
  const notesAt = HEADER + PROGRAM_HEADER * (ranges.length + 1);
  const head = Buffer.alloc(notesAt);
  elfHeader(head, arch, ranges.length + 1);
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

function elfHeader(head: Buffer, arch: MachineName, headers: number): void {
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(4, 16);
  head.writeUInt16LE(arch === "arm64" ? ElfMachine.AARCH64 : ElfMachine.X86_64, 18);
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

function note(owner: string, type: number, data: Buffer): Buffer {
  const name = Buffer.from(`${owner}\0`, "latin1");
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  const bytes = Buffer.alloc(12 + padded(name.length) + padded(data.length));
  bytes.writeUInt32LE(name.length, 0);
  bytes.writeUInt32LE(data.length, 4);
  bytes.writeUInt32LE(type, 8);
  name.copy(bytes, 12);
  data.copy(bytes, 12 + padded(name.length));
  return bytes;
}

/** `struct user_regs_struct` of x86-64, in its order. */
const X86_USER =
  "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split(
    " ",
  );
/** QEMU's order in `QEMUCPUState`. */
const QEMU_REGISTERS = "rax rbx rcx rdx rsi rdi rsp rbp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags".split(" ");
/** `struct user_pt_regs` of arm64. */
const ARM_USER = [...Array.from({ length: 31 }, (_, i) => `x${i}`), "sp", "pc", "pstate"];
/** Where the registers lie in `struct elf_prstatus`, and where its thread's number does. */
const STATUS_REGISTERS = 112;
const STATUS_PID = 32;

function putRegisters(bytes: Buffer, at: number, names: readonly string[], { registers }: CoreCpu): void {
  for (const [i, name] of names.entries()) {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, registers[name] ?? 0n), at + i * 8);
  }
}

function status(size: number, names: readonly string[], cpu: CoreCpu, index: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(index + 1, STATUS_PID);
  putRegisters(bytes, STATUS_REGISTERS, names, cpu);
  return bytes;
}

const x86Status = (cpu: CoreCpu, index: number) => status(336, X86_USER, cpu, index);
const armStatus = (cpu: CoreCpu, index: number) => status(392, ARM_USER, cpu, index);

/** `QEMUCPUState`, version 1: general registers, ten segments that are left 0, CR0 to CR4, kernel GS base. */
function qemuState(cpu: CoreCpu): Buffer {
  const bytes = Buffer.alloc(QEMU_CPU_BYTES);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(QEMU_CPU_BYTES, 4);
  putRegisters(bytes, 8, QEMU_REGISTERS, cpu);
  putRegisters(bytes, 392, ["cr0", "cr1", "cr2", "cr3", "cr4"], cpu);
  return bytes;
}
