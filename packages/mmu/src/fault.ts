import { addressOf, formatAddress } from "@kasan/shadow";

/** The kind of an access, as bits: one of the first three, with or without {@link Access.USER}. */
export const Access = {
  /** Reads data. */
  READ: 1,
  /** Writes data. */
  WRITE: 2,
  /** Fetches an instruction. */
  EXECUTE: 4,
  /** In user mode; without it, in kernel mode. */
  USER: 8,
} as const;

/** A combination of {@link Access} bits. */
export type Access = number;

/**
 * Why an access failed:
 *
 * - `non-canonical`: the address is not canonical
 * - `not-present`: an entry on the way maps nothing
 * - `reserved-bit`: an entry on the way has bits set that the architecture reserves
 * - `protection`: it is mapped, but the access is not permitted
 * - `access-flag`: it is mapped, but marked as not accessed, and software has to mark it (arm64)
 * - `bus`: a table, or the memory itself, lies outside RAM
 */
export type FaultReason = "non-canonical" | "not-present" | "reserved-bit" | "protection" | "access-flag" | "bus";

/** A failed access. One object is filled again and again; {@link Fault.copy | copy} it to keep it. */
export class Fault {
  /** Why. */
  reason: FaultReason = "not-present";
  /** The kind of access, as {@link Access} bits. */
  access: Access = Access.READ;
  /** The page number. */
  vpn = 0;
  /** The offset in its page at which the access starts, 0 … 4095. */
  offset = 0;
  /** The level (0: root) of the entry that ended the walk, -1 if no entry was read. */
  level = -1;
  /** Low half of that entry; 0 if none was read. */
  lo = 0;
  /** High half of that entry; 0 if none was read. */
  hi = 0;

  /** The address that could not be accessed. */
  get address(): bigint {
    return addressOf(this.vpn, this.offset);
  }

  /** The entry that ended the walk, 0n if none was read. */
  get entry(): bigint {
    return (BigInt(this.hi >>> 0) << 32n) | BigInt(this.lo >>> 0);
  }

  /** A copy that later accesses leave alone. */
  copy(): Fault {
    return Object.assign(new Fault(), this);
  }

  /** One line: `write of ffffc90000000008: not-present (level 3 entry 0x0)`. */
  toString(): string {
    const entry = this.level < 0 ? "" : ` (level ${this.level} entry 0x${this.entry.toString(16)})`;
    return `${describeAccess(this.access)} of ${formatAddress(this.address)}: ${this.reason}${entry}`;
  }
}

/** In words: `read`, `user write`, `instruction fetch`. */
function describeAccess(access: Access): string {
  const what = access & Access.EXECUTE ? "instruction fetch" : access & Access.WRITE ? "write" : "read";
  return access & Access.USER ? `user ${what}` : what;
}
