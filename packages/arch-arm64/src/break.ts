import { DescriptorBits, DescriptorHighBits, LINUX_MAIR } from "./descriptor.ts";

const NORMAL_TAGGED = 1;
/** Normal memory whose tags hardware checks is Normal memory all the same: changing to and from it is a change of permission. */
const sameMemory = (a: number, b: number) => {
  if (a === b || (a <= NORMAL_TAGGED && b <= NORMAL_TAGGED)) return true;
  return a > NORMAL_TAGGED && b > NORMAL_TAGGED && LINUX_MAIR[a]!.value === LINUX_MAIR[b]!.value;
};

/** Describes a change of an entry. `lo` and `hi` belong to two entries of one level, both valid and not reserved. */
export interface EntryChange {
  /** The address that the old entry points to. */
  readonly from: number;
  /** The address that the new entry points to. */
  readonly to: number;
  /** Whether the old entry is a table. */
  readonly wasTable: boolean;
  /** Whether the new entry is a table. */
  readonly isTable: boolean;
  /** Old, low half. */
  readonly oldLo: number;
  /** Old, high half. */
  readonly oldHi: number;
  /** New, low half. */
  readonly newLo: number;
  /** New, high half. */
  readonly newHi: number;
  /** FEAT_LPA2: there is no SH. */
  readonly lpa2: boolean;
}

/**
 * The part of a change to a live entry that needs break-before-make (Arm ARM D8.16.1; `pgattr_change_is_safe` in
 * arch/arm64/mm/mmu.c makes the same decision). `undefined` if no part needs it: changes of permissions, access flag, dirty
 * state and software bits, and the change from global to not global.
 *
 * The manual lets the address change if neither entry is writable and both lead to the same contents. This function does not
 * check that: such a change counts as one that needs it, as in Linux. FEAT_BBM, which relaxes block sizes, is not modelled.
 */
export function breakReason(change: EntryChange): string | undefined {
  const { from, to, wasTable, isTable, oldLo, oldHi, newLo, newHi } = change;
  if (wasTable !== isTable) return "block size";
  if (from !== to) return isTable ? "next-level table" : "output address";
  if (isTable) return (oldHi ^ newHi) & DescriptorHighBits.NS_TABLE ? "security state" : undefined;
  if ((oldHi | newHi) & DescriptorHighBits.CONTIGUOUS && (oldHi !== newHi || oldLo !== newLo))
    return "contiguous entry";
  if (!sameMemory((oldLo >>> 2) & 7, (newLo >>> 2) & 7)) return "memory type";
  if (!change.lpa2 && (oldLo ^ newLo) & DescriptorBits.SH) return "shareability";
  if ((oldLo ^ newLo) & DescriptorBits.NS) return "security state";
  return oldLo & ~newLo & DescriptorBits.NG ? "not global to global" : undefined;
}
