import { type AddressLayout, type Region, type Span, withHoles } from "@kasan/mmu";

/** How deep page tables are. */
export type X86Levels = 4 | 5;

/** The canonical halves of the address space: addresses of 48 or 57 significant bits (5level-paging.rst). */
export function x86Spans(levels: X86Levels): Span[] {
  const half = levels === 5 ? 2 ** 44 : 2 ** 35;
  return [
    { start: 0, end: half - 1, root: 0 },
    { start: 2 ** 52 - half, end: 2 ** 52 - 1, root: 0 },
  ];
}

/** `CONFIG_KASAN_SHADOW_OFFSET`, for both depths (arch/x86/Kconfig). */
const SHADOW_OFFSET = 0xdffffc0000000000n;

/** The values that both depths share (mm.rst, pgtable_64_types.h). There is no KASLR, so the kernel image has 512 MiB. */
const COMMON = {
  shadowOffset: SHADOW_OFFSET,
  shadowScaleShift: 3,
  // KASAN_SHADOW_END in arch/x86/include/asm/kasan.h, less one.
  shadowEnd: 0xfffffbffffffffffn,
  kernelText: 0xffffffff80000000n,
  moduleStart: 0xffffffffa0000000n,
  moduleEnd: 0xfffffffffeffffffn,
} as const;

/** The named addresses of Linux on x86-64, without KASLR (Documentation/arch/x86/x86_64/mm.rst). */
export const X86Layout: Readonly<Record<X86Levels, AddressLayout>> = {
  4: {
    ...COMMON,
    pageOffset: 0xffff888000000000n,
    directMapEnd: 0xffffc87fffffffffn,
    vmallocStart: 0xffffc90000000000n,
    vmallocEnd: 0xffffe8ffffffffffn,
    vmemmap: 0xffffea0000000000n,
    shadowStart: 0xffffec0000000000n,
    taskSizeMax: 0x00007ffffffff000n,
  },
  5: {
    ...COMMON,
    pageOffset: 0xff11000000000000n,
    directMapEnd: 0xff90ffffffffffffn,
    vmallocStart: 0xffa0000000000000n,
    vmallocEnd: 0xffd1ffffffffffffn,
    vmemmap: 0xffd4000000000000n,
    // As KASAN_SHADOW_START computes it and real kernels list it; mm.rst rounds it down to ffdf000000000000.
    shadowStart: 0xffdffc0000000000n,
    taskSizeMax: 0x00fffffffffff000n,
  },
};

/**
 * {@link X86Layout} for a kernel whose image has this many bytes at most: 1 GiB with `CONFIG_RANDOMIZE_BASE` (`KERNEL_IMAGE_SIZE`), so
 * that modules start later.
 */
export function x86Layout(levels: X86Levels, kernelImageBytes = 2 ** 29): AddressLayout {
  const layout = X86Layout[levels];
  return { ...layout, moduleStart: layout.kernelText + BigInt(kernelImageBytes) };
}

/**
 * The regions of mm.rst for a depth, gaps and the non-canonical hole included: every address is in one of them. A layout whose
 * shadow ends before it starts has none.
 */
export function x86Regions(levels: X86Levels, layout: AddressLayout = X86Layout[levels]): Region[] {
  const five = levels === 5;
  const used = (name: string, start: bigint, end: bigint, description: string): Region => ({
    name,
    start,
    end,
    description,
    kind: "used",
  });
  const kernelStart = five ? 0xff00000000000000n : 0xffff800000000000n;
  const ldtStart = five ? 0xff10000000000000n : 0xffff880000000000n;
  // LDT_END_ADDR: one entry of the root table, however far KASLR moves the direct map that follows.
  const ldtEnd = ldtStart + (1n << (five ? 48n : 39n)) - 1n;
  const vmemmapEnd = layout.vmemmap + (1n << (five ? 49n : 40n)) - 1n;
  const shadow = used("KASAN shadow", layout.shadowStart, layout.shadowEnd, "KASAN shadow memory");
  return withHoles(
    [
      used("user space", 0n, five ? 0x00ffffffffffffffn : 0x00007fffffffffffn, "user-space memory, one per process"),
      { ...used("guard hole", kernelStart, ldtStart - 1n, "unused, reserved for a hypervisor"), kind: "hole" },
      used("LDT remap", ldtStart, ldtEnd, "the LDT, for page-table isolation"),
      used("direct map", layout.pageOffset, layout.directMapEnd, "all physical memory (page_offset_base)"),
      used("vmalloc", layout.vmallocStart, layout.vmallocEnd, "vmalloc and ioremap space (vmalloc_base)"),
      used("vmemmap", layout.vmemmap, vmemmapEnd, "the array of struct page (vmemmap_base)"),
      ...(layout.shadowStart <= layout.shadowEnd ? [shadow] : []),
      used("cpu_entry_area", 0xfffffe0000000000n, 0xfffffe7fffffffffn, "per-CPU entry code, stacks and tables"),
      used("espfix", 0xffffff0000000000n, 0xffffff7fffffffffn, "%esp fixup stacks"),
      used("EFI", 0xffffffef00000000n, 0xfffffffeffffffffn, "EFI runtime services, during their calls"),
      used("kernel text", layout.kernelText, layout.moduleStart - 1n, "the kernel image, from physical address 0 on"),
      used("modules", layout.moduleStart, layout.moduleEnd, "modules"),
      // FIXADDR_START depends on the configuration; this is what 6.12 has in a small one.
      used("fixmap", 0xffffffffff57c000n, 0xffffffffff5fffffn, "fixed mappings, set at compile time"),
      used("vsyscall", 0xffffffffff600000n, 0xffffffffff600fffn, "the legacy vsyscall page"),
    ],
    x86Spans(levels),
  );
}
