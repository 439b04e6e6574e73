import { type AddressLayout, type Region, type Span, withHoles } from "@kasan/mmu";
import { truncateAddress } from "@kasan/shadow";
import type { Arm64Format } from "./options.ts";

const KIB = 1024n;
const MIB = 1024n * KIB;
const GIB = 1024n * MIB;
const ADDRESSES = 1n << 64n;
/** `sizeof(struct page)`. */
const PAGE_STRUCT = 64n;
/** `FIXADDR_TOP` (arch/arm64/include/asm/memory.h): the end (exclusive) of the fixmap. */
const FIXADDR_TOP = ADDRESSES - 8n * MIB;
/** `VMEMMAP_END`, exclusive. */
const VMEMMAP_END = ADDRESSES - GIB;
/** `PCI_IO_START`. */
const PCI_IO_START = VMEMMAP_END + 8n * MIB;
/** `PCI_IO_SIZE`. */
const PCI_IO_SIZE = 16n * MIB;

/** The canonical addresses: the lower ones are translated by TTBR0_EL1, the upper ones by TTBR1_EL1. */
export function arm64Spans({ actualVaBits }: Arm64Format): Span[] {
  const pages = 2 ** (actualVaBits - 12);
  return [
    { start: 0, end: pages - 1, root: 0 },
    { start: 2 ** 52 - pages, end: 2 ** 52 - 1, root: 1 },
  ];
}

/** `_PAGE_OFFSET` and `_PAGE_END`: the start and the middle of the upper addresses of so many bits. */
const upper = (bits: number) => ADDRESSES - (1n << BigInt(bits));
const middle = (bits: number) => upper(bits - 1);

/**
 * The named addresses of Linux 6.12 on arm64, without KASLR (`arch/arm64/include/asm/memory.h`, `pgtable.h`). A kernel with
 * hardware tags, or without KASAN, has no shadow: then `shadowStart` … `shadowEnd` is empty and `shadowOffset` is what
 * Kconfig says for it, 2^64-1. The kernel image lies at the start of vmalloc space.
 */
export function arm64Layout(format: Arm64Format): AddressLayout {
  const { vaBits, minVaBits, actualVaBits, pageShift, kasan } = format;
  const shadowed = kasan === "generic" || kasan === "sw_tags";
  const scale = kasan === "generic" ? 3 : 4;
  const end = middle(minVaBits);
  // The shadow of address 2^64 is `end`: KASAN_SHADOW_OFFSET, as arch/arm64/Kconfig tabulates it.
  const shadowOffset = shadowed ? truncateAddress(end - (1n << BigInt(64 - scale))) : ADDRESSES - 1n;
  const shadowStart = shadowed ? end - (1n << BigInt(actualVaBits - scale)) : end;
  const moduleEnd = end + 2n * GIB;
  const shift = BigInt(pageShift);
  const unused = ((upper(actualVaBits) - upper(vaBits)) >> shift) * PAGE_STRUCT;
  const vmemmap = VMEMMAP_END - ((end - upper(vaBits)) >> shift) * PAGE_STRUCT + unused;
  return {
    pageOffset: upper(actualVaBits),
    directMapEnd: shadowStart - 1n,
    shadowStart,
    shadowEnd: end - 1n,
    shadowOffset,
    shadowScaleShift: scale,
    moduleStart: end,
    moduleEnd: moduleEnd - 1n,
    kernelText: moduleEnd,
    vmallocStart: moduleEnd,
    vmallocEnd: vmemmap - 8n * MIB - 1n,
    vmemmap,
    taskSizeMax: 1n << BigInt(vaBits),
  };
}

/**
 * `FIXADDR_TOT_START`: the fixmap's first byte in a small configuration, without ACPI's error sources and without the
 * trampoline of `CONFIG_UNMAP_KERNEL_AT_EL0` (`enum fixed_addresses` in arch/arm64/include/asm/fixmap.h).
 */
function fixmapStart({ pageSize }: Arm64Format): bigint {
  const permanent = (2 * 2 ** 20) / pageSize + 5;
  const early = 7 * ((256 * 2 ** 10) / pageSize + 1);
  const tables = 5;
  return FIXADDR_TOP - BigInt((permanent + early + tables) * pageSize);
}

/** The regions of `Documentation/arch/arm64/memory.rst`, gaps and the non-canonical hole included: every address is in one of them. */
export function arm64Regions(format: Arm64Format, layout: AddressLayout = arm64Layout(format)): Region[] {
  const used = (name: string, start: bigint, end: bigint, description: string): Region => ({
    name,
    start,
    end,
    description,
    kind: "used",
  });
  const userEnd = (1n << BigInt(format.actualVaBits)) - 1n;
  const shadow = used("KASAN shadow", layout.shadowStart, layout.shadowEnd, "KASAN shadow memory");
  return withHoles(
    [
      used("user space", 0n, userEnd, "user-space memory, one per process (TTBR0_EL1)"),
      used("linear map", layout.pageOffset, layout.directMapEnd, "all physical memory (PAGE_OFFSET)"),
      ...(layout.shadowStart <= layout.shadowEnd ? [shadow] : []),
      used("modules", layout.moduleStart, layout.moduleEnd, "modules"),
      used(
        "vmalloc",
        layout.vmallocStart,
        layout.vmallocEnd,
        "vmalloc and ioremap space; starts with the kernel image",
      ),
      used("vmemmap", layout.vmemmap, VMEMMAP_END - 1n, "the array of struct page"),
      used("PCI I/O", PCI_IO_START, PCI_IO_START + PCI_IO_SIZE - 1n, "PCI I/O space"),
      used("fixmap", fixmapStart(format), FIXADDR_TOP - 1n, "fixed mappings, set at compile time"),
    ],
    arm64Spans(format),
  );
}
