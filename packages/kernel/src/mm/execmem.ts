import { PageFlags } from "@kasan/mmu";
import { shadowOf } from "@kasan/shadow";
import type { Machine } from "../boot/machine.ts";
import { KernelError } from "../error.ts";
import { Gfp } from "./gfp.ts";
import { CPU_COPY_BYTES } from "./per-cpu-areas.ts";

const MIB = 2 ** 20;
/** Slots for function pointers start at the kernel's text; then text of functions outside wasm; then the image. */
export const FUNCTION_POINTER_BYTES = MIB;
const TEXT_BYTES = MIB;

const KERNEL_EXEC = PageFlags.READ | PageFlags.EXEC | PageFlags.GLOBAL | PageFlags.ACCESSED;

/** Memory for code and data: in the kernel's image, and for modules in their space (mm/execmem.c). */
export class Execmem {
  private readonly machine: Machine;
  private readonly bootPage: () => number;
  private imageEnd: bigint;

  /** `bootPage`: a page of zeros that boot cannot do without; its physical address. */
  constructor(machine: Machine, bootPage: () => number) {
    this.machine = machine;
    this.bootPage = bootPage;
    this.imageEnd = machine.architecture.layout.kernelText + BigInt(FUNCTION_POINTER_BYTES + TEXT_BYTES);
  }

  /**
   * Place for code or data in the kernel image (`module` undefined) or in module space: pages of zeros, writable, with shadow.
   *
   * @returns its address
   * @throws {@link KernelError} `BOOT_MEMORY`
   */
  place(bytes: number, module: string | undefined): bigint {
    const { kernelPages, moduleSpace } = this.machine;
    const pages = this.pagesOf(bytes);
    if (module !== undefined) {
      const vpn = moduleSpace.allocate(this.request(pages));
      if (vpn < 0) throw noModuleMemory(module, bytes);
      return kernelPages.addressOf(vpn);
    }
    const address = this.imageEnd;
    this.imageEnd += BigInt(pages * this.machine.pageSize);
    this.placeInImage(kernelPages.pageOf(address), pages);
    return address;
  }

  /**
   * The other CPUs' copies of a placed module's data: {@link CPU_COPY_BYTES} apart, zeroed.
   *
   * @returns their addresses
   * @throws {@link KernelError} `BOOT_MEMORY`
   */
  placeCopies(address: bigint, bytes: number, module: string | undefined): bigint[] {
    const { kernelPages, moduleSpace, cpus } = this.machine;
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
    this.machine.space.protect(address, this.pagesOf(bytes) * this.machine.pageSize, KERNEL_EXEC).flushAll();
  }

  private pagesOf(bytes: number): number {
    return Math.max(1, Math.ceil(bytes / this.machine.pageSize));
  }

  private request(pages: number) {
    const { symbols, pageSize } = this.machine;
    return { size: pages * pageSize, gfp: Gfp.KERNEL | Gfp.ZERO, caller: symbols.returnWord("execmem_alloc") };
  }

  private placeInImage(vpn: number, pages: number): void {
    const { kernelPages, hasShadow, shadow } = this.machine;
    for (let page = vpn; page < vpn + pages; page++) {
      this.mapBootPage(page);
      if (!hasShadow) continue;
      const over = kernelPages.pageOf(shadowOf(shadow, kernelPages.addressOf(page)));
      if (kernelPages.lookup(over) < 0) this.mapBootPage(over);
    }
  }

  private mapBootPage(vpn: number): void {
    if (!this.machine.mapNew(vpn, this.bootPage() / this.machine.pageSize)) throw noBootMemory();
  }
}

/** What boot says when it cannot go on. */
export const noBootMemory = (): KernelError =>
  new KernelError("BOOT_MEMORY", "too little memory to boot; give the machine more (--memory)");

const noModuleMemory = (module: string, bytes: number): KernelError =>
  new KernelError("BOOT_MEMORY", `no memory for module ${module} (${bytes} bytes); give the machine more (--memory)`);
