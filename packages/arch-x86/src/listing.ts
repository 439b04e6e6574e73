import { PageFlags, ranges } from "@kasan/mmu";
import { inUnits, type ListingFormat, type ListingOf, type Marker, regionNamed } from "@kasan/platform";
import { formatAddress } from "@kasan/shadow";
import { EntryBits, EntryHighBits } from "./entry.ts";

const NAMES = ["pgd", "p4d", "pud", "pmd", "pte"] as const;
const { P, RW, US, PWT, PCD, PS, PAT, G } = EntryBits;
/** Bits 0 … 11 and 52 … 63: `PTE_FLAGS_MASK`. Bit 63 comes to be bit 23. */
const NX = (EntryHighBits.NX >>> 20) << 12;

/** Listings of x86-64 (`arch/x86/mm/dump_pagetables.c`). */
export function x86Listing(of: ListingOf): ListingFormat {
  const { architecture } = of;
  const folded = 5 - architecture.levels.length;
  return {
    key: (_level, lo, hi) => (lo & 0xfff) | ((hi >>> 20) << 12),
    // The kernel compares what the tables above permit too.
    ignore: ~PageFlags.PERMISSIONS,
    markers: markersOf(of),
    partsAtOnce: 1,
    gaps: true,
    spans: [
      [0n, regionNamed(architecture, "user space").end],
      [regionNamed(architecture, "guard hole").end + 1n, (1n << 64n) - 1n],
    ],
    range(start, end) {
      return `0x${formatAddress(start)}-0x${formatAddress(end)}   ${inUnits(end - start, "BKMGTPE").padStart(10)}`;
    },
    columns(level, key) {
      const place = level === 0 ? 0 : level + folded;
      const name = NAMES[place]!;
      if (!(key & P)) return `${" ".repeat(30)}${name}`;
      const large = place <= 3 && key & PS;
      return [
        key & US ? "USR" : "   ",
        key & RW ? "RW" : "ro",
        key & PWT ? "PWT" : "   ",
        key & PCD ? "PCD" : "   ",
        large ? "PSE" : "   ",
        place === 4 && key & PAT ? "PAT" : "   ",
        key & G ? "GLB" : "   ",
        key & NX ? "NX" : "x ",
        name,
      ].join(" ");
    },
  };
}

/** `address_markers`. */
function markersOf(of: ListingOf): Marker[] {
  const { architecture, kasan } = of;
  const { layout } = architecture;
  const start = (region: string) => regionNamed(architecture, region).start;
  const espfix = isBuilt(of, "X86_ESPFIX64", "espfix");
  const optional = (built: boolean, ...markers: Marker[]) => (built ? markers : []);
  return [
    { address: 0n, name: "User Space" },
    { address: 1n << 63n, name: "Kernel Space" },
    // Only kernels that let programs change the LDT have ESPfix (X86_16BIT in arch/x86/Kconfig).
    ...optional(espfix || isBuilt(of, "MODIFY_LDT_SYSCALL", "LDT remap"), {
      address: start("LDT remap"),
      name: "LDT remap",
    }),
    { address: layout.pageOffset, name: "Low Kernel Mapping" },
    { address: layout.vmallocStart, name: "vmalloc() Area" },
    { address: layout.vmemmap, name: "Vmemmap" },
    ...optional(
      kasan !== "off",
      { address: layout.shadowStart, name: "KASAN shadow" },
      { address: layout.shadowEnd + 1n, name: "KASAN shadow end" },
    ),
    { address: start("cpu_entry_area"), name: "CPU entry Area" },
    ...optional(espfix, { address: start("espfix"), name: "ESPfix Area", mostLines: 16 }),
    ...optional(isBuilt(of, "EFI", "EFI"), { address: start("EFI"), name: "EFI Runtime Services" }),
    { address: layout.kernelText, name: "High Kernel Mapping" },
    { address: layout.moduleStart, name: "Modules" },
    { address: layout.moduleEnd + 1n, name: "End Modules" },
    { address: start("fixmap"), name: "Fixmap Area" },
  ];
}

/**
 * Whether the kernel was built with an option: as its configuration says, else as its tables show, where the option's region
 * is used. ESPfix's is from boot on (`init_espfix_bsp`); the LDT's and EFI's only in the tables of a process and of `efi_mm`.
 */
function isBuilt(of: ListingOf, option: string, region: string): boolean {
  const { config } = of;
  if (config !== undefined) return config.has(option);
  const { start, end } = regionNamed(of.architecture, region);
  for (const { kind } of ranges(of, start, end, { aliases: "refer" })) if (kind !== "unmapped") return true;
  return false;
}
