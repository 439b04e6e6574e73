import { inUnits, type ListingFormat, type ListingOf, type Marker, regionNamed } from "@kasan/platform";
import { formatAddress } from "@kasan/shadow";
import { DescriptorBits, DescriptorHighBits } from "./descriptor.ts";

const NAMES = ["PGD", "P4D", "PUD", "PMD", "PTE"] as const;
const { VALID, TABLE, ATTR_INDX, AP_USER, AP_READ_ONLY, SH, AF, NG } = DescriptorBits;
const { GP, CONTIGUOUS, PXN, UXN } = DescriptorHighBits;
/** The bits of the low half that a key keeps: those of all columns. */
const LOW = VALID | TABLE | ATTR_INDX | AP_USER | AP_READ_ONLY | SH | AF | NG;
/** The bits of the high half that it keeps, from bit 18 on, which becomes bit 12. */
const HIGH = GP | CONTIGUOUS | PXN | UXN;
const high = (bit: number) => (bit >>> 18) << 12;
/** Memory types by AttrIndx. */
const TYPES = ["MEM/NORMAL", "MEM/NORMAL-TAGGED", "MEM/NORMAL-NC", "DEVICE/nGnRnE", "DEVICE/nGnRE"] as const;

/** A column: the bits that must all be set, the text if they are, the text if not. */
const COLUMNS: readonly (readonly [bits: number, set: string, clear: string])[] = [
  [VALID, " ", "F"],
  [AP_USER, "USR", "   "],
  [AP_READ_ONLY, "ro", "RW"],
  [high(PXN), "NX", "x "],
  [SH, "SHD", "   "],
  [AF, "AF", "  "],
  [NG, "NG", "  "],
  [high(CONTIGUOUS), "CON", "   "],
  [TABLE, "   ", "BLK"],
  [high(UXN), "UXN", "   "],
  [high(GP), "GP", "  "],
];

/** Listings of arm64 (`arch/arm64/mm/ptdump.c`). */
export function arm64Listing(of: ListingOf): ListingFormat {
  const { architecture } = of;
  const folded = 5 - architecture.levels.length;
  return {
    key: (_level, lo, hi) => (lo & LOW) | high(hi & HIGH),
    // The kernel looks at entries alone, not at what the tables above permit.
    ignore: -1,
    markers: markersOf(of),
    partsAtOnce: 2,
    gaps: true,
    spans: [[architecture.layout.pageOffset, (1n << 64n) - 1n]],
    range(start, end) {
      const size = inUnits((end - start) >> 10n, "KMGTPE").padStart(10);
      return `0x${formatAddress(start)}-0x${formatAddress(end)}   ${size}`;
    },
    columns(level, key) {
      const name = NAMES[level === 0 ? 0 : level + folded]!;
      if (key === 0) return name;
      const type = TYPES[(key & ATTR_INDX) >>> 2];
      const texts = COLUMNS.map(([bits, set, clear]) => ((key & bits) === bits ? set : clear));
      return [name, ...texts, ...(type ? [type] : [])].join(" ");
    },
  };
}

/** `ptdump_init`'s markers. */
function markersOf({ architecture, kasan }: ListingOf): Marker[] {
  const { layout } = architecture;
  const pci = regionNamed(architecture, "PCI I/O");
  const fixmap = regionNamed(architecture, "fixmap");
  const shadow = [
    { address: layout.shadowStart, name: "Kasan shadow start" },
    { address: layout.shadowEnd + 1n, name: "Kasan shadow end" },
  ];
  return [
    { address: layout.pageOffset, name: "Linear Mapping start" },
    { address: layout.directMapEnd + 1n, name: "Linear Mapping end" },
    ...(kasan === "generic" || kasan === "sw_tags" ? shadow : []),
    { address: layout.moduleStart, name: "Modules start" },
    { address: layout.moduleEnd + 1n, name: "Modules end" },
    { address: layout.vmallocStart, name: "vmalloc() area" },
    { address: layout.vmallocEnd + 1n, name: "vmalloc() end" },
    { address: layout.vmemmap, name: "vmemmap start" },
    { address: regionNamed(architecture, "vmemmap").end + 1n, name: "vmemmap end" },
    { address: pci.start, name: "PCI I/O start" },
    { address: pci.end + 1n, name: "PCI I/O end" },
    { address: fixmap.start, name: "Fixmap start" },
    { address: fixmap.end + 1n, name: "Fixmap end" },
  ];
}
