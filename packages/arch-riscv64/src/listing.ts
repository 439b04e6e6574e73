import { ranges } from "@kasan/mmu";
import { inUnits, type ListingFormat, type ListingOf, type Marker, regionNamed } from "@kasan/platform";
import { formatAddress } from "@kasan/shadow";
import { EntryBits } from "./entry.ts";

const NAMES = ["PGD", "P4D", "PUD", "PMD", "PTE"] as const;
const { V, R, W, X, U, G, A, D, RSW } = EntryBits;
/** The position in a key of PBMT and N, which are bits 61 to 63 of the entry. */
const PBMT_SHIFT = 10;
const N = 1 << 12;
/** The bits of the low half that a key keeps. */
const LOW = V | R | W | X | U | G | A | D | RSW;
/** PBMT as the kernel prints it. */
const TYPES = ["  ..  ", "MT(NC)", "MT(IO)", "MT(??)"] as const;
/** The bits after those, from the left. */
const LETTERS = [
  [D, "D"],
  [A, "A"],
  [G, "G"],
  [U, "U"],
  [X, "X"],
  [W, "W"],
  [R, "R"],
  [V, "V"],
] as const;

/** Listings of riscv64 (`arch/riscv/mm/ptdump.c`): of /sys/kernel/debug/kernel_page_tables. */
export function riscv64Listing(of: ListingOf): ListingFormat {
  const { architecture } = of;
  const folded = 5 - architecture.levels.length;
  return {
    key: (_level, lo, hi) => (lo & LOW) | ((hi >>> 29) << PBMT_SHIFT),
    // The kernel looks at entries alone.
    ignore: -1,
    markers: markersOf(of),
    partsAtOnce: Number.POSITIVE_INFINITY,
    gaps: false,
    spans: [[regionNamed(architecture, "fixmap").start, (1n << 64n) - 1n]],
    range(start, end, physical) {
      const size = inUnits((end - start) >> 10n, "KMGTPE").padStart(10);
      return `0x${formatAddress(start)}-0x${formatAddress(end)}    0x${formatAddress(BigInt(Math.max(0, physical)))} ${size}`;
    },
    columns(level, key) {
      const name = NAMES[level === 0 ? 0 : level + folded]!;
      const rsw = (key & RSW) === 0 ? "  ..  " : `RSW(${(key & RSW) >>> 8})`;
      const letters = LETTERS.map(([bit, letter]) => (key & bit ? letter : "."));
      return [name, key & N ? "N" : ".", TYPES[(key >>> PBMT_SHIFT) & 3], rsw, ...letters].join(" ");
    },
  };
}

/** `ptdump_init`'s markers. */
function markersOf(of: ListingOf): Marker[] {
  const { architecture, kasan } = of;
  const { layout } = architecture;
  const fixmap = regionNamed(architecture, "fixmap");
  const pci = regionNamed(architecture, "PCI I/O");
  const vmemmap = regionNamed(architecture, "vmemmap");
  const optional = (built: boolean, ...markers: Marker[]) => (built ? markers : []);
  return [
    { address: fixmap.start, name: "Fixmap start" },
    { address: fixmap.end + 1n, name: "Fixmap end" },
    { address: pci.start, name: "PCI I/O start" },
    { address: pci.end + 1n, name: "PCI I/O end" },
    ...optional(
      hasVmemmap(of, vmemmap),
      { address: vmemmap.start, name: "vmemmap start" },
      { address: vmemmap.end + 1n, name: "vmemmap end" },
    ),
    { address: layout.vmallocStart, name: "vmalloc() area" },
    { address: layout.vmallocEnd + 1n, name: "vmalloc() end" },
    { address: layout.pageOffset, name: "Linear mapping" },
    ...optional(
      kasan !== "off",
      { address: layout.shadowStart, name: "Kasan shadow start" },
      { address: layout.shadowEnd + 1n, name: "Kasan shadow end" },
    ),
    { address: layout.moduleStart, name: "Modules/BPF mapping" },
    { address: layout.kernelText, name: "Kernel mapping" },
  ];
}

/** Whether the kernel was built with `CONFIG_SPARSEMEM_VMEMMAP`: as its configuration says, else as its tables show. */
function hasVmemmap(of: ListingOf, { start, end }: { start: bigint; end: bigint }): boolean {
  if (of.config !== undefined) return of.config.has("SPARSEMEM_VMEMMAP");
  for (const { kind } of ranges(of, start, end, { aliases: "refer" })) if (kind !== "unmapped") return true;
  return false;
}
