import { EntryBits, EntryHighBits } from "@kasan/arch-x86";
import { PageFlags } from "@kasan/mmu";
import { inUnits, type ListingFormat, type ListingOf, type Marker, regionNamed } from "./format.ts";

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
    partsTogether: false,
    spans: [
      [0n, regionNamed(architecture, "user space").end],
      [regionNamed(architecture, "guard hole").end + 1n, (1n << 64n) - 1n],
    ],
    size: (bytes) => inUnits(bytes, "BKMGTPE"),
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

/** `address_markers`, without those of the LDT, of ESPfix and of EFI, which depend on the configuration. */
function markersOf({ architecture, kasan }: ListingOf): Marker[] {
  const { layout } = architecture;
  const shadow = [
    { address: layout.shadowStart, name: "KASAN shadow" },
    { address: layout.shadowEnd + 1n, name: "KASAN shadow end" },
  ];
  return [
    { address: 0n, name: "User Space" },
    { address: 1n << 63n, name: "Kernel Space" },
    { address: layout.pageOffset, name: "Low Kernel Mapping" },
    { address: layout.vmallocStart, name: "vmalloc() Area" },
    { address: layout.vmemmap, name: "Vmemmap" },
    ...(kasan === "none" ? [] : shadow),
    { address: regionNamed(architecture, "cpu_entry_area").start, name: "CPU entry Area" },
    { address: layout.kernelText, name: "High Kernel Mapping" },
    { address: layout.moduleStart, name: "Modules" },
    { address: layout.moduleEnd + 1n, name: "End Modules" },
    { address: regionNamed(architecture, "fixmap").start, name: "Fixmap Area" },
  ];
}
