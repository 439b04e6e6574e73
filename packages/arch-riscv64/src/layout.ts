import { type AddressLayout, type Region, type Span, withHoles } from "@kasan/mmu";
import { truncateAddress } from "@kasan/shadow";

/** Levels of page tables: Sv39, Sv48, Sv57. */
export type Riscv64Levels = 3 | 4 | 5;

const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** `CONFIG_KASAN_SHADOW_OFFSET`, the same for all depths (arch/riscv/Kconfig). */
const SHADOW_OFFSET = 0xdfffffff00000000n;
/** `KERNEL_LINK_ADDR`: the last 2 GiB are the kernel's. */
const KERNEL_LINK_ADDR = truncateAddress(-2n * GIB);
/** `MODULES_LOWEST_VADDR`, where the shadow ends. */
const MODULES_LOWEST_VADDR = KERNEL_LINK_ADDR - 2n * GIB;
/** `PAGE_OFFSET_L3` and its kin (arch/riscv/include/asm/page.h); of five levels, arch/riscv/Kconfig. */
const PAGE_OFFSET: Readonly<Record<Riscv64Levels, bigint>> = {
  3: 0xffffffd600000000n,
  4: 0xffffaf8000000000n,
  5: 0xff60000000000000n,
};
/** `PCI_IO_SIZE`, and `FIXADDR_SIZE`: a page of the PMD, and the device tree's two and two megabytes. */
const PCI_IO_SIZE = 16n * MIB;
const FIXADDR_SIZE = 6n * MIB;

/** Bits of a virtual address: 39, 48, 57. */
export const vaBitsOf = (levels: Riscv64Levels): number => 12 + 9 * levels;

/** The canonical addresses: bits above the highest significant one are all like it. */
export function riscv64Spans(levels: Riscv64Levels): Span[] {
  const half = 2 ** (vaBitsOf(levels) - 13);
  return [
    { start: 0, end: half - 1, root: 0 },
    { start: 2 ** 52 - half, end: 2 ** 52 - 1, root: 0 },
  ];
}

/** `VMEMMAP_SIZE`: 64 bytes for each page of half the address space. */
const vmemmapSize = (levels: Riscv64Levels): bigint => 1n << BigInt(vaBitsOf(levels) - 12 - 1 + 6);

/**
 * The named addresses of Linux 6.12 on riscv64 (Documentation/arch/riscv/vm-layout.rst, arch/riscv/include/asm/pgtable.h, kasan.h),
 * of a kernel without `CONFIG_RELOCATABLE`'s offset.
 *
 * @param modulesStart `MODULES_VADDR`: 2 GiB before the kernel image's end, which differs between kernels; by default the lowest address
 * that it can be.
 */
export function riscv64Layout(levels: Riscv64Levels, modulesStart: bigint = MODULES_LOWEST_VADDR): AddressLayout {
  const bits = BigInt(vaBitsOf(levels));
  const pageOffset = PAGE_OFFSET[levels];
  /** `KERN_VIRT_SIZE`: a quarter of the addresses, for the direct map; half of that for vmalloc space. */
  const direct = 1n << (bits - 2n);
  const rootEntry = 1n << BigInt(12 + 9 * (levels - 1));
  const shadowSize = 1n << (bits - 1n - 3n);
  const shadowStart = (MODULES_LOWEST_VADDR - shadowSize) & truncateAddress(-rootEntry);
  const directEnd = pageOffset + direct;
  const vmallocStart = pageOffset - direct / 2n;
  return {
    pageOffset,
    directMapEnd: (directEnd < shadowStart ? directEnd : shadowStart) - 1n,
    vmallocStart,
    vmallocEnd: pageOffset - 1n,
    vmemmap: vmallocStart - vmemmapSize(levels),
    shadowStart,
    shadowEnd: MODULES_LOWEST_VADDR - 1n,
    shadowOffset: SHADOW_OFFSET,
    shadowScaleShift: 3,
    moduleStart: modulesStart,
    moduleEnd: KERNEL_LINK_ADDR - 1n,
    kernelText: KERNEL_LINK_ADDR,
    // TASK_SIZE: half of the root table.
    taskSizeMax: 1n << (bits - 1n),
  };
}

/** The regions of vm-layout.rst, gaps and the non-canonical hole included: every address is in one of them. */
export function riscv64Regions(levels: Riscv64Levels, layout: AddressLayout): Region[] {
  const used = (name: string, start: bigint, end: bigint, description: string): Region => ({
    name,
    start,
    end,
    description,
    kind: "used",
  });
  const pciStart = layout.vmemmap - PCI_IO_SIZE;
  const shadow = used("KASAN shadow", layout.shadowStart, layout.shadowEnd, "KASAN shadow memory");
  return withHoles(
    [
      used("user space", 0n, layout.taskSizeMax - 1n, "user-space memory, one per process"),
      used("fixmap", pciStart - FIXADDR_SIZE, pciStart - 1n, "fixed mappings, and the device tree"),
      used("PCI I/O", pciStart, layout.vmemmap - 1n, "PCI I/O space"),
      used("vmemmap", layout.vmemmap, layout.vmallocStart - 1n, "the array of struct page"),
      used("vmalloc", layout.vmallocStart, layout.vmallocEnd, "vmalloc and ioremap space"),
      used("direct map", layout.pageOffset, layout.directMapEnd, "all physical memory (PAGE_OFFSET)"),
      ...(layout.shadowStart <= layout.shadowEnd ? [shadow] : []),
      used("modules", layout.moduleStart, layout.moduleEnd, "modules and BPF"),
      used("kernel", layout.kernelText, truncateAddress(-1n), "the kernel image"),
    ],
    riscv64Spans(levels),
  );
}
