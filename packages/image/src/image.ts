import { architectures } from "@kasan/architectures";
import { type Tables, WalkResult, walk } from "@kasan/mmu";
import { type CoreNote, checkChoice, type Platform, type PlatformPlugin, type Platforms } from "@kasan/platform";
import { type ShadowLayout, shadowLayout, truncateAddress } from "@kasan/shadow";
import { host } from "#host";
import { unpacked } from "./decompress.ts";
import { type Core, isElf, readCore } from "./elf.ts";
import { ImageError } from "./error.ts";
import type { ImageHints, ImageMachine } from "./machine.ts";
import { ImageMemory } from "./memory.ts";
import type { ByteSource } from "./source.ts";
import { findVmcoreInfo, type VmcoreInfo, vmcoreInfoOf } from "./vmcoreinfo.ts";

/** How {@link openImage} opens an image. */
export interface ImageOptions extends ImageHints {
  /** The architectures that an image can be of: those that ship, by default. */
  readonly platforms?: Platforms;
  /** Raw memory: the physical address of the file's first byte; 0 by default. */
  readonly base?: number;
  /** What messages call an image that has no path. */
  readonly name?: string;
}

/**
 * The memory of a machine, in a file or wherever its bytes are: read where it is asked for, never as a whole.
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { type ByteSource, ImageMemory, inspect, MemoryImage } from "@kasan/image";
 * import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
 *
 * // A machine with one page of its direct map.
 * const ram = PhysicalMemory.allocate(65536);
 * const platform = x86_64({ levels: 4 });
 * const space = new AddressSpace({ architecture: platform, memory: ram, frames: new FramePool(ram, 0, 32768) });
 * space.map(0xffff888000005000n, 0x8000, 4096, PageFlags.KERNEL).ignore("boot");
 *
 * const source: ByteSource = {
 *   size: ram.u8.length,
 *   read(offset, into) {
 *     const there = ram.u8.subarray(offset, offset + into.length);
 *     into.set(there);
 *     return there.length;
 *   },
 *   close() {},
 * };
 * const memory = new ImageMemory(source, [{ physical: 0, size: source.size, offset: 0 }]);
 * const machine = { platform, roots: space.roots, rootFrom: "its maker", kasan: "off", arch: "x86_64", warnings: [] } as const;
 * const unknown = { release: undefined, kernelOffset: undefined, config: undefined };
 * const image = new MemoryImage(source, memory, { ...machine, ...unknown }, []);
 *
 * console.log(image.translate(0xffff888000005678n).toString(16)); // 8678
 * const { region, levels } = inspect(image, 0xffff888000005678n);
 * console.log(region.name, levels.map(({ name, index }) => `${name} ${index}`).join(", ")); // direct map PGD 273, PUD 0, PMD 0, PTE 5
 * ```
 */
export class MemoryImage implements Tables {
  /** The physical memory. */
  readonly memory: ImageMemory;
  /** The machine that it was taken from. */
  readonly machine: ImageMachine;
  /** Warnings about the file or the machine, for people to read. */
  readonly warnings: readonly string[];
  private readonly source: ByteSource;
  private readonly found = new WalkResult();

  /** See {@link openImage}. */
  constructor(source: ByteSource, memory: ImageMemory, machine: ImageMachine, warnings: readonly string[]) {
    this.source = source;
    this.memory = memory;
    this.machine = machine;
    this.warnings = [...warnings, ...machine.warnings];
  }

  /** The architecture, page-table format included. */
  get architecture(): Platform {
    return this.machine.platform;
  }

  /** The kernel's KASAN. */
  get kasan(): ImageMachine["kasan"] {
    return this.machine.kasan;
  }

  /** The kernel's configuration, if it was given. */
  get config(): ImageMachine["config"] {
    return this.machine.config;
  }

  /** Physical addresses of the root tables, NaN where one is not known. */
  get roots(): readonly number[] {
    return this.machine.roots;
  }

  /** The layout of the kernel's shadow; `undefined` if it has none. */
  get shadow(): ShadowLayout | undefined {
    const { kasan, architecture } = this;
    if (kasan !== "generic" && kasan !== "sw_tags") return undefined;
    const { shadowOffset, shadowScaleShift, shadowStart } = architecture.layout;
    const memoryStart = truncateAddress((shadowStart - shadowOffset) << BigInt(shadowScaleShift));
    return shadowLayout({ scaleShift: shadowScaleShift, offset: shadowOffset, memoryStart });
  }

  /** The physical address that page `vpn` is mapped to, -1 if to none. Makes no garbage. */
  translatePage(vpn: number): number {
    return walk(this, vpn, this.found) ? this.found.physical : -1;
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
    this.source.close();
  }
}

/**
 * Opens an image: an ELF core (of QEMU's dump-guest-memory, of /proc/vmcore, of `kasan run --dump`), or raw memory, each plain or
 * compressed with gzip or Zstandard. A compressed one is decompressed into a nameless scratch file.
 *
 * @param file - its path, or its bytes: they are closed with the image, and when it cannot be opened
 * @throws {@link ImageError} if it cannot be read or used; see there.
 */
export async function openImage(file: string | ByteSource, options: ImageOptions = {}): Promise<MemoryImage> {
  let source = typeof file === "string" ? host.open(file) : file;
  const path = typeof file === "string" ? file : (options.name ?? "the image");
  try {
    source = await unpacked(source, path);
    const head = new Uint8Array(8);
    source.read(0, head);
    if (new TextDecoder("latin1").decode(head.subarray(0, 5)) === "KDUMP") {
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

/** An image that was recognised: what {@link identify} needs of it. */
interface Recognised {
  readonly path: string;
  readonly plugin: PlatformPlugin;
  readonly memory: ImageMemory;
  readonly notes: readonly CoreNote[];
  readonly options: ImageOptions;
}

function openCore(source: ByteSource, path: string, options: ImageOptions): MemoryImage {
  const { platforms = architectures, arch } = options;
  const core = readCore(source, path);
  const memory = new ImageMemory(source, core.segments);
  const plugin = platformOf(core, path, platforms, arch);
  if (arch !== undefined && arch !== plugin.name) {
    throw new ImageError("IMAGE_OPTIONS", `${path}: a core of ${plugin.name}, not of ${arch}; leave out --arch`);
  }
  const machine = identify({ path, plugin, memory, notes: core.notes, options });
  return new MemoryImage(source, memory, machine, core.warnings);
}

const NT_PRSTATUS = 1;

/**
 * The architecture that the header says, unless every note of a CPU is another one's. Where several share an ELF machine, it is
 * `arch` if that is one of them, and else the first.
 */
function platformOf({ machine, notes }: Core, path: string, platforms: Platforms, arch?: string): PlatformPlugin {
  const known = platforms.all.filter(({ core }) => core !== undefined);
  const fitting = known.filter(({ core }) => core?.elfMachine === machine);
  const said = fitting.find(({ name }) => name === arch) ?? fitting[0];
  if (!said) {
    const names = known.map(({ name, core }) => `${name} (${core?.elfMachine})`).join(", ");
    throw new ImageError("IMAGE_FORMAT", `${path}: a core of ELF machine ${machine}; known are ${names}`);
  }
  const sizes = notes
    .filter(({ owner, type }) => owner === "CORE" && type === NT_PRSTATUS)
    .map(({ data }) => data.length);
  const other = known.find(({ core }) => sizes.length > 0 && sizes.every((size) => size === core?.statusBytes));
  if (other && other.core?.statusBytes !== said.core?.statusBytes) {
    const why = `its header says ${said.name}, but its notes are of CPUs of ${other.name}`;
    throw new ImageError("IMAGE_FORMAT", `${path}: ${why}; dump the machine's memory again`);
  }
  return said;
}

function openRaw(source: ByteSource, path: string, options: ImageOptions): MemoryImage {
  const { platforms = architectures, arch, base = 0 } = options;
  if (source.size === 0) throw new ImageError("IMAGE_EMPTY", `${path}: is empty`);
  if (arch === undefined) {
    const names = platforms.all.flatMap(({ name, identify }) => (identify ? `--arch ${name}` : []));
    const how = `give ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, and --root if the tables are not found`;
    throw new ImageError("IMAGE_OPTIONS", `${path}: no ELF core, so raw memory: ${how}`);
  }
  const memory = new ImageMemory(source, [{ physical: base, size: source.size, offset: 0 }]);
  const plugin = platforms.get(arch);
  return new MemoryImage(source, memory, identify({ path, plugin, memory, notes: [], options }), []);
}

function identify({ path, plugin, memory, notes, options }: Recognised): ImageMachine {
  const { root, userRoot, kasan, choice = {}, config } = options;
  const { name, title, rootRegister = "its root register", userRootRegister } = plugin;
  checkChoice(plugin, choice);
  let info: { readonly value: VmcoreInfo | undefined } | undefined;
  const facts = () => {
    // With a root given, there is nothing left that would be worth a search.
    info ??= { value: vmcoreInfoOf(notes) ?? (root === undefined ? findVmcoreInfo(memory) : undefined) };
    return info.value;
  };
  if (userRoot !== undefined && userRootRegister === undefined) {
    throw new ImageError("IMAGE_OPTIONS", `${name} has one root for kernel and user space; give it with --root`);
  }
  for (const given of [root, userRoot]) {
    if (given === undefined || memory.holds(given)) continue;
    throw new ImageError(
      "IMAGE_ROOT",
      `the root, physical 0x${given.toString(16)}, is not in the memory that the image holds; give another`,
    );
  }
  if (!plugin.identify) {
    throw new ImageError("IMAGE_OPTIONS", `${path}: nothing here finds the page tables of ${title} in an image`);
  }
  const hints = { root, userRoot, kasan, choice };
  const identified = plugin.identify({ memory, notes, hints, facts });
  if (!identified) {
    throw new ImageError(
      "IMAGE_ROOT",
      `no page tables of a kernel of ${title} were found in the image; give ${rootRegister} with --root`,
    );
  }
  const known = facts();
  return { ...identified, arch: name, release: known?.text("OSRELEASE"), kernelOffset: known?.kernelOffset, config };
}
