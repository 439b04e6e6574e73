import { type Tables, WalkResult, walk } from "@kasan/mmu";
import type { Platform } from "@kasan/platform";
import { type ShadowLayout, shadowLayout, truncateAddress } from "@kasan/shadow";
import { ImageError } from "./error.ts";
import { identifyMachine, type MachineOptions } from "./identify.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { KernelImage } from "./kernel/kernel-image.ts";
import type { ImageMachine } from "./machine.ts";
import { ImageMemory } from "./memory.ts";
import { type FileOptions, openFile } from "./open.ts";
import type { ByteSource } from "./source.ts";
import { type KernelType, typeNamed } from "./types/typed.ts";
import { findVmcoreInfo, type VmcoreInfo } from "./vmcoreinfo.ts";

/** How {@link openImage} opens an image. */
export interface ImageOptions extends MachineOptions, FileOptions {}

/**
 * The memory of a machine, in a file or wherever its bytes are: read where it is asked for, never as a whole.
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { ImageMemory, inspect, MemoryImage, MemorySource, SegmentedMemory } from "@kasan/image";
 * import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
 *
 * // A machine with one page of its direct map.
 * const ram = PhysicalMemory.allocate(65536);
 * const platform = x86_64({ levels: 4 });
 * const space = new AddressSpace({ architecture: platform, memory: ram, frames: new FramePool(ram, 0, 32768) });
 * space.map(0xffff888000005000n, 0x8000, 4096, PageFlags.KERNEL).ignore("boot");
 *
 * const source = new MemorySource(ram.u8);
 * const memory = new ImageMemory(new SegmentedMemory(source, [{ physical: 0, size: source.size, offset: 0 }]));
 * const machine = { platform, roots: space.roots, rootFrom: "its maker", kasan: "off", arch: "x86_64", warnings: [] } as const;
 * const unknown = { release: undefined, kernelOffset: undefined, config: undefined };
 * const image = new MemoryImage(source, memory, { ...machine, ...unknown }, []);
 *
 * console.log(image.translate(0xffff888000005678n).toString(16)); // 8678
 * const { region, levels } = inspect(image, 0xffff888000005678n);
 * console.log(region.name, levels.map(({ name, index }) => `${name} ${index}`).join(", ")); // direct map PGD 273, PUD 0, PMD 0, PTE 5
 * ```
 */
export class MemoryImage implements Tables, KernelImage {
  /** The physical memory. */
  readonly memory: ImageMemory;
  /** The machine that it was taken from. */
  readonly machine: ImageMachine;
  /** Warnings about the file or the machine, for people to read. */
  readonly warnings: readonly string[];
  private readonly source: Pick<ByteSource, "close">;
  private readonly found = new WalkResult();
  private own: Kernel | undefined;
  private described: { readonly facts: VmcoreInfo | undefined } | undefined;

  /** See {@link openImage}. */
  constructor(
    source: Pick<ByteSource, "close">,
    memory: ImageMemory,
    machine: ImageMachine,
    warnings: readonly string[],
  ) {
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

  /** The kernel's description of itself, VMCOREINFO: among the notes, or searched for in memory. `undefined` if there is none. */
  get facts(): VmcoreInfo | undefined {
    this.described ??= { facts: this.machine.facts ?? findVmcoreInfo(this.memory) };
    return this.described.facts;
  }

  /** The kernel, as its own memory describes it: names, types, log. */
  get kernel(): Kernel {
    this.own ??= new Kernel(this, this.machine);
    return this.own;
  }

  /**
   * One of the kernel's types: `image.type("struct page").at(address).flags`.
   *
   * @throws {@link ImageError} `IMAGE_TYPES` if the kernel has no types (BTF), or none of that name
   */
  type(name: string): KernelType {
    const { memory, types } = this.kernel;
    if (!types)
      throw new ImageError("IMAGE_TYPES", "the kernel has no types: it was built without CONFIG_DEBUG_INFO_BTF");
    return typeNamed({ memory, types }, name);
  }

  /** The address of one of the kernel's symbols; `undefined` if it has none of that name. */
  symbol(name: string): bigint | undefined {
    return this.kernel.symbol(name);
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

  /** Why the byte at `address` cannot be told, for people to read: nothing is mapped there, or the page is not in the image. */
  absence(address: bigint): string | undefined {
    const physical = this.translate(address);
    return physical < 0 ? "nothing is mapped there" : this.memory.absence(physical);
  }

  /** Closes the file. */
  close(): void {
    this.source.close();
  }
}

/**
 * Opens an image, of any of the {@link formats}, or raw memory, each plain or compressed. What cannot be read piece by piece is
 * decompressed into a nameless scratch file.
 *
 * @param file - its path, or `qemu:` and the QMP socket of a machine that runs (it stands still while it is dumped), or its bytes: they are closed with the image, and when it cannot be opened
 * @throws {@link ImageError} if it cannot be read or used; see there.
 */
export async function openImage(file: string | ByteSource, options: ImageOptions = {}): Promise<MemoryImage> {
  const { path, memory: source, elfMachine, notes, warnings } = await openFile(file, options);
  try {
    const memory = new ImageMemory(source);
    const machine = identifyMachine({ path, elfMachine, memory, notes }, options);
    return new MemoryImage(source, memory, machine, warnings);
  } catch (error) {
    source.close();
    // What is wrong with the file is most likely why.
    if (error instanceof ImageError && error.code === "IMAGE_ROOT" && warnings.length > 0)
      throw new ImageError(error.code, `${error.message} (${warnings.join("; ")})`);
    throw error;
  }
}
