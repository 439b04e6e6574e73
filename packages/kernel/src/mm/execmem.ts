import { type AddressSpace, type Architecture, PageFlags } from "@kasan/mmu";
import type { Vmalloc } from "@kasan/vmalloc";
import { KernelError } from "../error.ts";
import { noBootMemory } from "./boot-memory.ts";
import { Gfp } from "./gfp.ts";
import type { KernelPages } from "./kernel-pages.ts";
import type { PageMapper } from "./page-mapper.ts";
import { CPU_COPY_BYTES } from "./per-cpu-areas.ts";

const MIB = 2 ** 20;
/** The kernel's text starts with slots for function pointers, followed by the text of functions outside wasm, then the image. */
export const FUNCTION_POINTER_BYTES = MIB;
const TEXT_BYTES = MIB;

const KERNEL_EXEC = PageFlags.READ | PageFlags.EXEC | PageFlags.GLOBAL | PageFlags.ACCESSED;

/** The parts of a machine that {@link Execmem} uses. */
export interface ExecmemParts {
  /** The architecture of the kernel image. */
  readonly architecture: Architecture;
  /** The page tables. */
  readonly space: AddressSpace;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Changes the page tables. */
  readonly mapper: PageMapper;
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Names of the callers of areas. */
  readonly symbols: { returnWord(name: string): number };
  /** Allocates a page of zeros that boot cannot do without. Returns its physical address. */
  bootPage(): number;
  /** The shadow page that a page of the image needs; -1 if it needs none. */
  shadowPage(vpn: number): number;
}

/** Memory for code and data: in the kernel image, and for modules in module space (mm/execmem.c). */
export class Execmem {
  private readonly parts: ExecmemParts;
  private readonly pageSize: number;
  private imageEnd: bigint;

  constructor(parts: ExecmemParts) {
    this.parts = parts;
    this.pageSize = parts.kernelPages.size;
    this.imageEnd = parts.architecture.layout.kernelText + BigInt(FUNCTION_POINTER_BYTES + TEXT_BYTES);
  }

  /**
   * Allocates memory for code or data in the kernel image (`module` undefined) or in module space: zeroed, writable, with shadow.
   *
   * @returns its address
   * @throws {@link KernelError} `BOOT_MEMORY`
   */
  place(bytes: number, module: string | undefined): bigint {
    const { kernelPages, moduleSpace } = this.parts;
    const pages = this.pagesOf(bytes);
    if (module !== undefined) {
      const vpn = moduleSpace.allocate(this.request(pages));
      if (vpn < 0) throw noModuleMemory(module, bytes);
      return kernelPages.addressOf(vpn);
    }
    const address = this.imageEnd;
    this.imageEnd += BigInt(pages * this.pageSize);
    this.placeInImage(kernelPages.pageOf(address), pages);
    return address;
  }

  /**
   * Allocates the other CPUs' copies of a placed module's data: {@link CPU_COPY_BYTES} apart, zeroed.
   *
   * @returns their addresses
   * @throws {@link KernelError} `BOOT_MEMORY`
   */
  placeCopies(address: bigint, bytes: number, module: string | undefined): bigint[] {
    const { kernelPages, moduleSpace, cpus } = this.parts;
    const pages = this.pagesOf(bytes);
    return Array.from({ length: cpus - 1 }, (_, i) => {
      const copy = address + BigInt((i + 1) * CPU_COPY_BYTES);
      const vpn = kernelPages.pageOf(copy);
      if (module === undefined) this.placeInImage(vpn, pages);
      else if (!moduleSpace.allocateAt(vpn, this.request(pages))) throw noModuleMemory(module, bytes);
      return copy;
    });
  }

  /** Makes placed pages read-only and executable. */
  protectText(address: bigint, bytes: number): void {
    this.parts.space.protect(address, this.pagesOf(bytes) * this.pageSize, KERNEL_EXEC).flushAll();
  }

  private pagesOf(bytes: number): number {
    return Math.max(1, Math.ceil(bytes / this.pageSize));
  }

  private request(pages: number) {
    const { symbols } = this.parts;
    return { size: pages * this.pageSize, gfp: Gfp.KERNEL | Gfp.ZERO, caller: symbols.returnWord("execmem_alloc") };
  }

  private placeInImage(vpn: number, pages: number): void {
    const { kernelPages } = this.parts;
    for (let page = vpn; page < vpn + pages; page++) {
      this.mapBootPage(page);
      const shadow = this.parts.shadowPage(page);
      if (shadow >= 0 && kernelPages.lookup(shadow) < 0) this.mapBootPage(shadow);
    }
  }

  private mapBootPage(vpn: number): void {
    if (!this.parts.mapper.mapNew(vpn, this.parts.bootPage() / this.pageSize)) throw noBootMemory();
  }
}

const noModuleMemory = (module: string, bytes: number): KernelError =>
  new KernelError("BOOT_MEMORY", `no memory for module ${module} (${bytes} bytes); give the machine more (--memory)`);
