import type { Arm64Format } from "./options.ts";

/** The bits of a descriptor that hold its output address (Arm ARM D8.3.1, figures for each granule), and those that must be clear. */
export interface AddressBits {
  /** The mask of the address in the low half. */
  readonly low: number;
  /** The mask of the address in the high half. */
  readonly high: number;
  /** The bits of {@link high} that no implemented address has. Setting one causes an address size fault. */
  readonly tooHigh: number;
  /** The position in the low half of a large address's top bits. */
  readonly topShift: number;
  /** The mask of those bits, shifted down; 0 if there are none. */
  readonly topMask: number;
  /** The first value of those bits that no implemented address has. */
  readonly topEnd: number;
  /** The factor for those bits. */
  readonly topUnit: number;
}

/** The address bits of a descriptor that points to 2^`shift` bytes. */
export function addressBits({ large, physicalBits }: Arm64Format, shift: number): AddressBits {
  // FEAT_LPA2 lengthens the address by bits 49 and 48 and puts two more into SH; FEAT_LPA puts four into bits 15 to 12.
  const width = large === "lpa2" ? 50 : 48;
  const high = (2 ** (width - 32) - 1) & (shift > 32 ? -(2 ** (shift - 32)) : -1);
  const implemented = Math.min(physicalBits, width);
  return {
    low: shift >= 32 ? 0 : -(2 ** shift),
    high,
    tooHigh: (2 ** (width - 32) - 1) & ~(2 ** (implemented - 32) - 1),
    topShift: large === "lpa2" ? 8 : 12,
    topMask: large === "lpa2" ? 3 : large === "lpa" ? 15 : 0,
    topEnd: 2 ** Math.max(0, physicalBits - width),
    topUnit: 2 ** width,
  };
}

/** Whether a descriptor's address has more bits than are implemented. */
export function isTooLarge(bits: AddressBits, lo: number, hi: number): boolean {
  return (hi & bits.tooHigh) !== 0 || ((lo >>> bits.topShift) & bits.topMask) >= bits.topEnd;
}

/** The address in a descriptor. */
export function addressIn(bits: AddressBits, lo: number, hi: number): number {
  const top = (lo >>> bits.topShift) & bits.topMask;
  return (hi & bits.high) * 2 ** 32 + ((lo & bits.low) >>> 0) + top * bits.topUnit;
}

/** The low half of a descriptor that holds just an address. */
export function lowOfAddress(bits: AddressBits, physical: number): number {
  return (physical & bits.low) | ((Math.floor(physical / bits.topUnit) & bits.topMask) << bits.topShift);
}

/** The high half of a descriptor that holds just an address. */
export function highOfAddress(bits: AddressBits, physical: number): number {
  return Math.floor(physical / 2 ** 32) & bits.high;
}

/**
 * The physical address of the root table that a TTBR0_EL1 or TTBR1_EL1 (0 … 2^64-1) holds. With addresses of 52 bits, its
 * bits 5 to 2 are the address's bits 51 to 48 (Arm ARM, TTBR1_EL1).
 */
export function ttbrAddress(ttbr: bigint, physicalBits = 48): number {
  const low = Number(ttbr & 0xffff_ffff_fffen);
  if (physicalBits <= 48) return low;
  return low - (low % 64) + Number((ttbr >> 2n) & 15n) * 2 ** 48;
}
