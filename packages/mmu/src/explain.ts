import { vpnOf } from "@kasan/shadow";
import type { DecodedEntry } from "./architecture.ts";
import type { FaultReason } from "./fault.ts";
import { type Tables, tableIndex, WalkResult, walk } from "./walk.ts";

/** One level of a translation. */
export interface Step {
  /** The level, 0 for the root table's. */
  readonly level: number;
  /** Its name: `PGD`, `level 0`. */
  readonly name: string;
  /** log2 of the bytes that the entry covers. */
  readonly shift: number;
  /** Physical address of the table. */
  readonly table: number;
  /** Index of the entry in the table. */
  readonly index: number;
  /** Physical address of the entry. */
  readonly entryAddress: number;
  /** The entry, 0 … 2^64-1. */
  readonly entry: bigint;
  /** The entry, taken apart. */
  readonly decoded: DecodedEntry;
}

/** How an address is translated. */
export interface Explanation {
  /** The address. */
  readonly address: bigint;
  /** From the root on; empty if the address is not canonical. */
  readonly steps: readonly Step[];
  /** Why nothing is mapped there; `undefined` if something is. */
  readonly reason: FaultReason | undefined;
  /** The physical address; `undefined` if nothing is mapped there. */
  readonly physical: number | undefined;
  /** The {@link PageFlags} that the leaf and the tables above it together give; 0 if nothing is mapped there. */
  readonly flags: number;
}

/** Explains how `tables` translate `address` (0 … 2^64-1) is translated. Changes nothing: no accessed bit is set. */
export function explain(tables: Tables, address: bigint): Explanation {
  const { architecture, memory } = tables;
  const vpn = vpnOf(address);
  const found = new WalkResult();
  const mapped = walk(tables, vpn, found);
  const steps: Step[] = [];
  for (let level = 0; level <= found.level; level++) {
    const { name, shift, indexBits } = architecture.levels[level]!;
    const entryAddress = found.path[level]!;
    const index = tableIndex(vpn >>> 0, vpn / 2 ** 32, shift, indexBits);
    const high = BigInt(memory.word(entryAddress + 4) >>> 0);
    const entry = (high << 32n) | BigInt(memory.word(entryAddress) >>> 0);
    const decoded = architecture.decode(level, entry);
    steps.push({ level, name, shift, table: entryAddress - index * 8, index, entryAddress, entry, decoded });
  }
  return {
    address,
    steps,
    reason: found.reason,
    physical: mapped ? found.physical + Number(address & 0xfffn) : undefined,
    flags: mapped ? found.flags : 0,
  };
}
