import type { EntryField, EntryKind } from "@kasan/mmu";
import { LINUX_MAIR } from "./descriptor.ts";
import type { Arm64Format } from "./options.ts";

const SHAREABILITY = ["non-shareable", "reserved", "outer shareable", "inner shareable"] as const;
const ACCESS = [
  "kernel read/write",
  "kernel and user read/write",
  "kernel read-only",
  "kernel and user read-only",
] as const;
const AP_TABLE = ["", "no user access below", "read-only below", "read-only, no user access below"] as const;

/** Cuts an entry into fields, from bit 63 down. */
class Cutter {
  readonly fields: EntryField[] = [];
  private readonly entry: bigint;
  private next = 63;

  constructor(entry: bigint) {
    this.entry = entry;
  }

  /** Adds the field that ends at bit `low`; `meaning` is told its value. None if a field before it went further down. */
  add(low: number, name: string, meaning?: (value: bigint) => string | undefined): void {
    const high = this.next;
    if (low > high) return;
    const value = (this.entry >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
    const text = meaning?.(value);
    this.fields.push({ name, high, low, value, ...(text === undefined ? {} : { meaning: text }) });
    this.next = low - 1;
  }
}

const flag = (text: string) => (value: bigint) => (value ? text : undefined);
const linux = (name: string) => flag(`Linux: ${name}`);

/** The fields of an entry (0 … 2^64-1) at place `index` of the format's levels, each bit in exactly one. */
export function fieldsOf(
  format: Arm64Format,
  index: number,
  kind: EntryKind,
  physical: number,
  entry: bigint,
): EntryField[] {
  const cut = new Cutter(entry);
  const last = index === format.levels.length - 1;
  const where = () => (kind === "reserved" ? "larger than implemented" : `physical 0x${physical.toString(16)}`);
  if (kind === "none") {
    cut.add(1, "ignored");
    cut.add(0, "valid", () => "invalid");
  } else if (!(entry & 2n) && (last || !format.levels[index]!.leaf)) {
    cut.add(2, "ignored");
    cut.add(1, "type", () => (last ? "reserved at level 3" : "no block at this level"));
    cut.add(0, "valid", () => "valid");
  } else if (entry & 2n && !last) tableFields(cut, format, where);
  else leafFields(cut, format, index, last, where);
  return cut.fields;
}

function tableFields(cut: Cutter, format: Arm64Format, where: () => string): void {
  const { large, pageShift } = format;
  cut.add(63, "NSTable", flag("non-secure below"));
  cut.add(61, "APTable", (value) => AP_TABLE[Number(value)] || undefined);
  cut.add(60, "UXNTable", flag("no user execute below"));
  cut.add(59, "PXNTable", flag("no kernel execute below"));
  cut.add(51, "ignored");
  cut.add(large === "lpa2" ? 50 : 48, "RES0");
  cut.add(pageShift, "table", where);
  if (large === "lpa") cut.add(12, "table 51:48");
  cut.add(12, "RES0");
  cut.add(10, "ignored");
  if (large === "lpa2") cut.add(8, "table 51:50");
  cut.add(2, "ignored");
  cut.add(1, "type", () => "table");
  cut.add(0, "valid", () => "valid");
}

function leafFields(cut: Cutter, format: Arm64Format, index: number, page: boolean, where: () => string): void {
  const { large } = format;
  cut.add(63, "ignored");
  cut.add(59, "PBHA");
  cut.add(58, "SW3", linux("UFFD_WP"));
  cut.add(57, "SW2", linux("DEVMAP"));
  cut.add(56, "SW1", linux("SPECIAL"));
  cut.add(55, "SW0", linux("DIRTY"));
  cut.add(54, "UXN", flag("no user execute"));
  cut.add(53, "PXN", flag("no kernel execute"));
  cut.add(52, "Contiguous", flag("one of a set that a TLB entry may hold"));
  cut.add(51, "DBM", flag("hardware may make it writable (Linux: WRITE)"));
  cut.add(50, "GP", flag("guarded (BTI)"));
  if (large !== "lpa2") cut.add(48, "RES0");
  cut.add(format.levels[index]!.shift, page ? "page" : "block", where);
  if (!page) {
    cut.add(17, "RES0");
    cut.add(16, "nT");
  }
  if (large === "lpa") cut.add(12, page ? "page 51:48" : "block 51:48");
  cut.add(12, "RES0");
  cut.add(11, "nG", (value) => (value ? "of one address space" : "global"));
  cut.add(10, "AF", flag("accessed"));
  if (large === "lpa2") cut.add(8, page ? "page 51:50" : "block 51:50");
  else cut.add(8, "SH", (value) => SHAREABILITY[Number(value)]);
  cut.add(6, "AP", (value) => ACCESS[Number(value)]);
  cut.add(5, "NS", flag("non-secure"));
  cut.add(2, "AttrIndx", (value) => {
    const { name, value: attributes } = LINUX_MAIR[Number(value)]!;
    return `${name}, MAIR 0x${attributes.toString(16).padStart(2, "0")}`;
  });
  cut.add(1, "type", () => (page ? "page" : "block"));
  cut.add(0, "valid", () => "valid");
}
