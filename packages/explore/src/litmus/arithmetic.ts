import { CutOff } from "./tape.ts";
import { asEntry, type LitmusValue, sameValue, type TableEntry } from "./value.ts";

/** Bits of a VMSAv8-64 page descriptor that tests set by number (Arm ARM DDI 0487, D8.3). */
const VALID = 1n << 0n;
const EL0 = 1n << 6n;
const READ_ONLY = 1n << 7n;
const AF = 1n << 10n;
const DBM = 1n << 51n;

/**
 * Calculates with what registers hold.
 *
 * @param operation - `add`, `subtract`, `xor`, `or`, `and`, `clear`, `shift left`, `shift right`
 * @throws {@link CutOff} for what makes no sense, as the sum of two addresses: no execution goes there
 */
export function combine(operation: string, a: LitmusValue, b: LitmusValue): LitmusValue {
  if (typeof a === "number" && typeof b === "number")
    return Number(BigInt.asIntN(64, ofNumbers(operation, BigInt(a), BigInt(b))));
  if (operation === "xor" && sameValue(a, b)) return 0;
  if (b === 0 && operation !== "and") return a;
  if (operation === "shift right" && b === 12 && typeof a !== "number" && a.kind === "virtual")
    return { ...a, kind: "page" };
  if (operation === "add" && a === 0) return b;
  if (operation === "add" && typeof b === "number" && typeof a !== "number" && "offset" in a)
    return { ...a, offset: a.offset + b };
  if (operation === "and" && (a === 0 || b === 0)) return 0;
  const entry = asEntry(a);
  if (entry !== undefined && typeof b === "number") return ofEntry(operation, entry, BigInt(b));
  throw new CutOff();
}

function ofNumbers(operation: string, a: bigint, b: bigint): bigint {
  switch (operation) {
    case "add":
      return a + b;
    case "subtract":
      return a - b;
    case "xor":
      return a ^ b;
    case "or":
      return a | b;
    case "and":
      return a & b;
    case "clear":
      return a & ~b;
    case "shift left":
      return BigInt.asIntN(64, a) << (b & 63n);
    default:
      return BigInt.asUintN(64, a) >> (b & 63n);
  }
}

function ofEntry(operation: string, entry: TableEntry, mask: bigint): LitmusValue {
  if (operation === "and") return Number(bitsOf(entry) & mask);
  if (operation === "or") return withBits(entry, bitsOf(entry) | mask);
  if (operation === "clear") return withBits(entry, bitsOf(entry) & ~mask);
  if (operation === "xor") return withBits(entry, bitsOf(entry) ^ mask);
  throw new CutOff();
}

const bitsOf = (entry: TableEntry): bigint =>
  (entry.valid ? VALID : 0n) |
  (entry.el0 ? EL0 : 0n) |
  (entry.db ? 0n : READ_ONLY) |
  (entry.af ? AF : 0n) |
  (entry.dbm ? DBM : 0n);

function withBits(entry: TableEntry, bits: bigint): TableEntry {
  if ((bits & ~(VALID | EL0 | READ_ONLY | AF | DBM)) !== 0n) throw new CutOff();
  const bit = (mask: bigint) => ((bits & mask) === 0n ? 0 : 1);
  return {
    ...entry,
    valid: bit(VALID),
    el0: bit(EL0),
    db: bit(READ_ONLY) === 1 ? 0 : 1,
    af: bit(AF),
    dbm: bit(DBM),
  };
}
