import { type Architecture, type Tables, WalkResult, walk } from "@kasan/mmu";
import { type ShadowLayout, shadowLayout, truncateAddress } from "@kasan/shadow";
import { compressionOf, decompressed } from "./decompress.ts";
import { type Core, ElfMachine, isElf, readCore } from "./elf.ts";
import { ImageError } from "./error.ts";
import { identifyArm64 } from "./machine/arm64.ts";
import type { Evidence, Machine, MachineName, MachineOptions } from "./machine/machine.ts";
import { identifyX86 } from "./machine/x86.ts";
import { ImageMemory } from "./memory.ts";
import { type ByteSource, FileSource } from "./source.ts";
import { findVmcoreInfo, type VmcoreInfo, vmcoreInfoOf } from "./vmcoreinfo.ts";

/** How {@link openImage} opens an image. */
export interface ImageOptions extends MachineOptions {
  /** Raw memory: the physical address of the file's first byte; 0 by default. */
  readonly base?: number;
}

/** The memory of a machine, in a file: read where it is asked for, never as a whole. */
export class MemoryImage implements Tables {
  /** The physical memory. */
  readonly memory: ImageMemory;
  /** What machine it is of. */
  readonly machine: Machine;
  /** What seems wrong with the file or the machine, for people. */
  readonly warnings: readonly string[];
  readonly #source: ByteSource;
  readonly #found = new WalkResult();

  /** See {@link openImage}. */
  constructor(source: ByteSource, memory: ImageMemory, machine: Machine, warnings: readonly string[]) {
    this.#source = source;
    this.memory = memory;
    this.machine = machine;
    this.warnings = [...warnings, ...machine.warnings];
  }

  /** The page-table format. */
  get architecture(): Architecture {
    return this.machine.architecture;
  }

  /** Physical addresses of the root tables, NaN where one is not known. */
  get roots(): readonly number[] {
    return this.machine.roots;
  }

  /** Where the shadow of each address is; `undefined` if the kernel has none. */
  get shadow(): ShadowLayout | undefined {
    const { kasan, architecture } = this.machine;
    if (kasan !== "generic" && kasan !== "sw_tags") return undefined;
    const { shadowOffset, shadowScaleShift, shadowStart } = architecture.layout;
    const memoryStart = truncateAddress((shadowStart - shadowOffset) << BigInt(shadowScaleShift));
    return shadowLayout({ scaleShift: shadowScaleShift, offset: shadowOffset, memoryStart });
  }

  /** The physical address that page `vpn` is mapped to, -1 if to none. Makes no garbage. */
  translatePage(vpn: number): number {
    return walk(this, vpn, this.#found) ? this.#found.physical : -1;
  }

  /** The physical address that `address` (0 … 2^64-1) is mapped to, -1 if to none. */
  translate(address: bigint): number {
    const page = this.translatePage(Number(address >> 12n));
    return page < 0 ? -1 : page + Number(address & 0xfffn);
  }

  /** The byte at `address`; -1 if it is not mapped, or not in the image. */
  byte(address: bigint): number {
    const physical = this.translate(address);
    return physical < 0 ? -1 : this.memory.byte(physical);
  }

  /** The `length` bytes at `address`, each -1 if it is not mapped or not in the image. */
  bytes(address: bigint, length: number): number[] {
    return Array.from({ length }, (_, i) => this.byte(truncateAddress(address + BigInt(i))));
  }

  /** Closes the file. */
  close(): void {
    this.#source.close();
  }
}

/**
 * Opens an image: an ELF core (of QEMU's dump-guest-memory, of /proc/vmcore, of `kasan run --dump`), or raw memory, each plain or
 * compressed with gzip or Zstandard. A compressed one is decompressed into a nameless scratch file.
 *
 * @throws {@link ImageError} if it cannot be read or used; see there.
 */
export async function openImage(path: string, options: ImageOptions = {}): Promise<MemoryImage> {
  let source: ByteSource = FileSource.open(path);
  try {
    const head = new Uint8Array(8);
    source.read(0, head);
    const how = compressionOf(head);
    if (how !== undefined) {
      source.close();
      source = await decompressed(path, how);
      source.read(0, head);
    }
    if (Buffer.from(head.subarray(0, 5)).toString("latin1") === "KDUMP") {
      throw new ImageError(
        "IMAGE_FORMAT",
        `${path}: makedumpfile's own format; convert it to an ELF core with makedumpfile -E`,
      );
    }
    return isElf(head) ? openCore(source, path, options) : openRaw(source, path, options);
  } catch (error) {
    source.close();
    throw error;
  }
}

function openCore(source: ByteSource, path: string, options: ImageOptions): MemoryImage {
  const core = readCore(source, path);
  const memory = new ImageMemory(source, core.segments);
  const arch = archOf(core, path);
  if (options.arch !== undefined && options.arch !== arch) {
    throw new ImageError("IMAGE_OPTIONS", `${path}: a core of ${arch}, not of ${options.arch}; leave out --arch`);
  }
  return new MemoryImage(source, memory, identify(arch, { memory, notes: core.notes, options }), core.warnings);
}

/** Bytes of a CPU's `struct elf_prstatus` note. */
const PRSTATUS_BYTES: Record<MachineName, number> = { "x86-64": 336, arm64: 392 };
const NT_PRSTATUS = 1;

/** The architecture that the header says, unless every note of a CPU is another one's. */
function archOf(core: Core, path: string): MachineName {
  const said = machineOf(core, path);
  const cpus = core.notes.filter(({ owner, type }) => owner === "CORE" && type === NT_PRSTATUS);
  const other = said === "arm64" ? "x86-64" : "arm64";
  if (cpus.length > 0 && cpus.every(({ data }) => data.length === PRSTATUS_BYTES[other])) {
    const why = `its header says ${said}, but its notes are of CPUs of ${other}`;
    throw new ImageError("IMAGE_FORMAT", `${path}: ${why}; dump the machine's memory again`);
  }
  return said;
}

function machineOf({ machine }: Core, path: string): MachineName {
  if (machine === ElfMachine.X86_64) return "x86-64";
  if (machine === ElfMachine.AARCH64) return "arm64";
  const known = `x86-64 (${ElfMachine.X86_64}) and arm64 (${ElfMachine.AARCH64})`;
  throw new ImageError("IMAGE_FORMAT", `${path}: a core of ELF machine ${machine}; known are ${known}`);
}

function openRaw(source: ByteSource, path: string, options: ImageOptions): MemoryImage {
  const { arch, base = 0 } = options;
  if (source.size === 0) throw new ImageError("IMAGE_EMPTY", `${path}: is empty`);
  if (arch === undefined) {
    const how = "give --arch x86-64 or --arch arm64, and --root if the tables are not found";
    throw new ImageError("IMAGE_OPTIONS", `${path}: no ELF core, so raw memory: ${how}`);
  }
  const memory = new ImageMemory(source, [{ physical: base, size: source.size, offset: 0 }]);
  return new MemoryImage(source, memory, identify(arch, { memory, notes: [], options }), []);
}

function identify(arch: MachineName, { memory, notes, options }: Omit<Evidence, "vmcoreInfo">): Machine {
  let info: { readonly value: VmcoreInfo | undefined } | undefined;
  const vmcoreInfo = () => {
    // With a root given, there is nothing left that would be worth a search.
    info ??= { value: vmcoreInfoOf(notes) ?? (options.root === undefined ? findVmcoreInfo(memory) : undefined) };
    return info.value;
  };
  if (options.userRoot !== undefined && arch !== "arm64") {
    throw new ImageError("IMAGE_OPTIONS", `${arch} has one root for kernel and user space; give it with --root`);
  }
  for (const root of [options.root, options.userRoot]) {
    if (root === undefined || memory.holds(root)) continue;
    throw new ImageError(
      "IMAGE_ROOT",
      `the root, physical 0x${root.toString(16)}, is not in the memory that the image holds; give another`,
    );
  }
  const evidence = { memory, notes, options, vmcoreInfo };
  return arch === "arm64" ? identifyArm64(evidence) : identifyX86(evidence);
}
