import type { Level } from "@kasan/mmu";
import type { KasanMode } from "@kasan/shadow";
import { Arm64Error } from "./error.ts";

/** Options of an arm64 processor and its kernel. */
export interface Arm64Options {
  /** Bytes of a page, the translation granule: 4096 by default. */
  readonly pageSize?: 4096 | 16384 | 65536;
  /** `CONFIG_ARM64_VA_BITS`, 36 … 52; 48 by default. Linux offers 36, 39, 42, 47, 48 and 52, not each with each granule. */
  readonly vaBits?: number;
  /**
   * The bits that the processor can do (`vabits_actual`): fewer than {@link vaBits} where a kernel built for 52 bits runs
   * without FEAT_LVA or FEAT_LPA2.
   */
  readonly actualVaBits?: number;
  /** Bits of a physical address, 36 … 52: 52 if addresses have more than 48 bits, else 48. More than 48 need FEAT_LPA or FEAT_LPA2. */
  readonly physicalBits?: number;
  /** The kernel's mode of KASAN, generic by default. It decides on the shadow and on {@link topByteIgnore}. */
  readonly kasan?: KasanMode | "off";
  /** Whether kernel addresses may carry a tag in their top byte (`TCR_EL1.TBI1`): true by default in the tag-based modes. */
  readonly topByteIgnore?: boolean;
  /** Whether hardware sets the access flag (FEAT_HAFDBS, `TCR_EL1.HA`); true by default. If not, such an access faults. */
  readonly hardwareAccess?: boolean;
  /** Whether hardware makes pages with DBM writable as they are written to (`TCR_EL1.HD`); true by default. */
  readonly hardwareDirty?: boolean;
  /** Whether the kernel is kept from accessing user pages (`PSTATE.PAN`); true by default. */
  readonly pan?: boolean;
}

/** {@link Arm64Options} with nothing left out, and what follows from them. */
export interface Arm64Format extends Required<Arm64Options> {
  /** log2 of the page size. */
  readonly pageShift: 12 | 14 | 16;
  /** The address bits that a 52-bit kernel can fall back to: `VA_BITS_MIN`. */
  readonly minVaBits: number;
  /** How an output address of more than 48 bits is encoded: not at all, as FEAT_LPA or as FEAT_LPA2 (`TCR_EL1.DS`) has it. */
  readonly large: "none" | "lpa" | "lpa2";
  /** The manual's number of the root table's level, -1 … 2. */
  readonly firstLevel: number;
  /** From the root table's level to level 3. */
  readonly levels: readonly Level[];
}

const SHIFTS = { 4096: 12, 16384: 14, 65536: 16 } as const;

/**
 * Completes options.
 *
 * @throws {@link Arm64Error} `ARM64_OPTIONS` if one is out of range.
 */
export function arm64Format(options: Arm64Options): Arm64Format {
  const { pageSize = 4096, vaBits = 48, kasan = "generic" } = options;
  const pageShift = SHIFTS[pageSize];
  if (pageShift === undefined) throw refused("pages of arm64 have 4096, 16384 or 65536 bytes", pageSize);
  inRange("virtual addresses", vaBits);
  const minVaBits = vaBits <= 48 ? vaBits : pageSize === 16384 ? 47 : 48;
  const { actualVaBits = vaBits } = options;
  if (actualVaBits !== vaBits && actualVaBits !== minVaBits) {
    throw refused(`a kernel of ${vaBits} bits runs with ${vaBits} or ${minVaBits}`, actualVaBits);
  }
  const { physicalBits = actualVaBits > 48 ? 52 : 48 } = options;
  inRange("physical addresses", physicalBits);

  const wide = actualVaBits > 48 || physicalBits > 48;
  const large = pageSize === 65536 ? (physicalBits > 48 ? "lpa" : "none") : wide ? "lpa2" : "none";
  const perTable = pageShift - 3;
  const depth = Math.ceil((actualVaBits - pageShift) / perTable);
  const firstLevel = 4 - depth;
  return {
    pageSize,
    pageShift,
    vaBits,
    minVaBits,
    actualVaBits,
    physicalBits,
    large,
    firstLevel,
    levels: Array.from({ length: depth }, (_, i) => {
      const level = firstLevel + i;
      const shift = pageShift + (3 - level) * perTable;
      const indexBits = i === 0 ? actualVaBits - shift : perTable;
      return { name: `level ${level}`, shift, indexBits, leaf: level >= firstBlockLevel(pageSize, large) };
    }),
    kasan,
    topByteIgnore: options.topByteIgnore ?? (kasan === "sw_tags" || kasan === "hw_tags"),
    hardwareAccess: options.hardwareAccess ?? true,
    hardwareDirty: options.hardwareDirty ?? true,
    pan: options.pan ?? true,
  };
}

/** The first level at which an entry can be a block (Arm ARM D8.3.1): large physical addresses allow larger ones. */
function firstBlockLevel(pageSize: number, large: Arm64Format["large"]): number {
  const level = pageSize === 4096 ? 1 : 2;
  return large === "none" ? level : level - 1;
}

function inRange(what: string, bits: number): void {
  if (!Number.isInteger(bits) || bits < 36 || bits > 52) throw refused(`${what} of arm64 have 36 to 52 bits`, bits);
}

function refused(rule: string, got: number): Arm64Error {
  return new Arm64Error("ARM64_OPTIONS", `${rule}, not ${got}`);
}
