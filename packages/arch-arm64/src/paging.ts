import { Access, type Architecture, type EntryKind, PageFlags } from "@kasan/mmu";
import type { Platform } from "@kasan/platform";
import { addressBits, addressIn, highOfAddress, isTooLarge, lowOfAddress } from "./address.ts";
import { breakReason } from "./break.ts";
import { ARM64_CORE } from "./core.ts";
import {
  Arm64Flags,
  DescriptorBits,
  DescriptorHighBits,
  flagsOf,
  highOfLeaf,
  highOfTable,
  leafFlags,
  limitOf,
  lowOfLeaf,
} from "./descriptor.ts";
import { fieldsOf } from "./fields.ts";
import { arm64Layout, arm64Regions, arm64Spans } from "./layout.ts";
import { arm64Listing } from "./listing.ts";
import { ARM64_MEMORY } from "./memory-model.ts";
import { type Arm64Format, type Arm64Options, arm64Format } from "./options.ts";
import { arm64Words } from "./words.ts";

const { VALID, TABLE, AP_READ_ONLY, AF } = DescriptorBits;

/**
 * arm64's page tables, VMSAv8-64 stage 1 at EL1 (Arm ARM D8), with Linux's address-space layout, MAIR and use of software
 * bits. One choice covers both halves of the address space: Linux lets user addresses carry tags always, kernel addresses
 * only with {@link Arm64Options.topByteIgnore}; here that option says it of both.
 *
 * @example
 * ```ts
 * import { arm64 } from "@kasan/arch-arm64";
 *
 * const { levels, pageShift } = arm64({ pageSize: 16384, vaBits: 47, kasan: "sw_tags" });
 * console.log(levels.map(({ name }) => name).join(", ")); // level 1, level 2, level 3
 * console.log(2 ** pageShift); // 16384
 * ```
 * @throws {@link Arm64Error} `ARM64_OPTIONS` if an option is out of range.
 */
export function arm64(options: Arm64Options = {}): Platform {
  const format = arm64Format(options);
  const { levels, hardwareAccess, hardwareDirty, pageShift, actualVaBits, topByteIgnore } = format;
  const leaf = { lpa2: format.large === "lpa2", hardwareDirty };
  const last = levels.length - 1;
  const toTable = addressBits(format, pageShift);
  const toMemory = levels.map(({ shift }) => addressBits(format, shift));
  const edge = 2 ** (actualVaBits - 12);
  const pages = topByteIgnore ? 2 ** 44 : 2 ** 52;

  const isTable = (level: number, lo: number) => level !== last && (lo & TABLE) !== 0;
  const kind = (level: number, lo: number, hi: number): EntryKind => {
    if (!(lo & VALID)) return "none";
    if (isTable(level, lo)) return isTooLarge(toTable, lo, hi) ? "reserved" : "table";
    if (level === last ? !(lo & TABLE) : !levels[level]!.leaf) return "reserved";
    return isTooLarge(toMemory[level]!, lo, hi) ? "reserved" : "leaf";
  };
  const frame = (level: number, lo: number, hi: number) =>
    addressIn(isTable(level, lo) ? toTable : toMemory[level]!, lo, hi);

  const pageTables: Architecture = {
    name: nameOf(format),
    pageShift,
    levels,
    physicalBits: format.physicalBits,
    roots: ["TTBR0_EL1", "TTBR1_EL1"],
    spans: arm64Spans(format),
    ignoredTopBits: topByteIgnore ? 8 : 0,
    breakBeforeMake: true,
    leafFlags: leafFlags(leaf),
    layout: arm64Layout(format),
    regions: arm64Regions(format),
    root(vpn) {
      const page = vpn % pages;
      return page < edge ? 0 : page >= pages - edge ? 1 : -1;
    },
    kind,
    frame,
    flags: (_level, lo, hi) => flagsOf(leaf, lo, hi),
    limit: (_level, _lo, hi) => limitOf(hi),
    check(flags, access) {
      if (!hardwareAccess && !(flags & PageFlags.ACCESSED)) return "access-flag";
      return permits(flags, access, format.pan) ? undefined : "protection";
    },
    withAccessed: (level, lo) => (hardwareAccess && !isTable(level, lo) ? lo | AF : lo),
    withDirty: (_level, lo, hi) => (hardwareDirty && hi & DescriptorHighBits.DBM ? lo & ~AP_READ_ONLY : lo),
    encodeLeaf(level, physical, flags, out) {
      const bits = toMemory[level]!;
      out.lo = lowOfAddress(bits, physical) | lowOfLeaf(leaf, flags) | (level === last ? TABLE : 0);
      out.hi = highOfAddress(bits, physical) | highOfLeaf(flags);
    },
    encodeTable(_level, physical, flags, out) {
      out.lo = lowOfAddress(toTable, physical) | VALID | TABLE;
      out.hi = highOfAddress(toTable, physical) | highOfTable(flags);
    },
    breakReason: (level, oldLo, oldHi, newLo, newHi) =>
      breakReason({
        from: frame(level, oldLo, oldHi),
        to: frame(level, newLo, newHi),
        wasTable: isTable(level, oldLo),
        isTable: isTable(level, newLo),
        oldLo,
        oldHi,
        newLo,
        newHi,
        lpa2: leaf.lpa2,
      }),
    decode(level, entry) {
      const lo = Number(entry & 0xffff_ffffn);
      const hi = Number(entry >> 32n);
      const what = kind(level, lo, hi);
      const physical = frame(level, lo, hi);
      return {
        kind: what,
        physical: what === "leaf" || what === "table" ? physical : undefined,
        flags: what === "leaf" ? flagsOf(leaf, lo, hi) : 0,
        fields: fieldsOf(format, level, what, physical, entry),
      };
    },
  };
  return {
    ...pageTables,
    words: arm64Words(pageTables),
    source: { folder: "arm64", config: ["ARM64"] },
    division: "zero",
    memoryModel: ARM64_MEMORY,
    core: ARM64_CORE,
    listing: arm64Listing,
  };
}

/** Whether EL1, or EL0 for {@link Access.USER}, may do what it tries (Arm ARM D8.4.1, tables of stage 1 permissions). */
function permits(flags: number, access: number, pan: boolean): boolean {
  const user = (flags & PageFlags.USER) !== 0;
  const write = (flags & PageFlags.WRITE) !== 0;
  if (access & Access.EXECUTE) {
    if (access & Access.USER) return (flags & Arm64Flags.USER_EXEC) !== 0;
    // The kernel never executes a page that user code can write.
    return (flags & PageFlags.EXEC) !== 0 && !(user && write);
  }
  if (access & Access.USER ? !user : user && pan) return false;
  return !(access & Access.WRITE) || write;
}

function nameOf({ pageSize, actualVaBits, physicalBits }: Arm64Format): string {
  return `arm64, ${pageSize / 1024}K pages, ${actualVaBits}-bit addresses, ${physicalBits}-bit physical addresses`;
}
