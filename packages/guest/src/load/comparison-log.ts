import { Gfp, type Machine } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import { COMPARISON_BYTES, COMPARISON_HEADER, Comparing } from "../rewrite/comparisons.ts";

/** log2 of the pages of a log: room for some thousand comparisons. */
const ORDER = 4;

/** A comparison of numbers that a guest made. */
export interface GuestComparison {
  /** Its number in the module's code. */
  readonly site: number;
  /** The sides as they are in memory, 1, 2, 4 or 8 bytes. */
  readonly left: Uint8Array;
  /** The other side. */
  readonly right: Uint8Array;
  /** Whether the left side is a constant of the code. */
  readonly constant: boolean;
}

/**
 * What a guest compares, in pages of the machine that no address leads to: the first some thousand comparisons since it was emptied. The
 * code that fills it is made by the rewriter.
 */
export class ComparisonLog {
  /** Buffer offset of the log. */
  readonly base: number;
  /** The most comparisons that it holds. */
  readonly capacity: number;
  private readonly machine: Machine;
  /** Cases of switches by the address of their table, which never changes. */
  private readonly tables = new Map<bigint, Uint8Array[]>();

  /** @throws {@link GuestError} `BAD_INPUT` if the machine has too little memory */
  constructor(machine: Machine) {
    this.machine = machine;
    const pfn = machine.buddy.allocate(ORDER, Gfp.KERNEL | Gfp.ZERO);
    if (pfn < 0) throw new GuestError("BAD_INPUT", "no memory for comparisons; give the machine more (--memory)");
    this.base = pfn * machine.pageSize;
    this.capacity = Math.floor(((machine.pageSize << ORDER) - COMPARISON_HEADER) / COMPARISON_BYTES);
  }

  /** Empties the log, and all that it has. */
  clear(): void {
    const { ram } = this.machine;
    ram.fill(0, this.base, this.base + COMPARISON_HEADER + ram.u32[this.base >>> 2] * COMPARISON_BYTES);
  }

  /** The comparisons, in the order in which they were made. Those of a switch are one for each of its cases. */
  *read(): Generator<GuestComparison> {
    const { u32, u8 } = this.machine.ram;
    const count = u32[this.base >>> 2];
    for (let i = 0; i < count; i++) {
      const at = this.base + COMPARISON_HEADER + i * COMPARISON_BYTES;
      const info = u32[at >>> 2];
      const site = info >>> 8;
      if (info & Comparing.SWITCH) yield* this.cases(site, at);
      else {
        const size = info & Comparing.SIZE;
        const constant = (info & Comparing.CONSTANT) !== 0;
        yield { site, left: u8.slice(at + 8, at + 8 + size), right: u8.slice(at + 16, at + 16 + size), constant };
      }
    }
  }

  /** A comparison with each case of a switch. */
  private *cases(site: number, at: number): Generator<GuestComparison> {
    const { u8 } = this.machine.ram;
    const table = new DataView(u8.buffer).getBigUint64(at + 16, true);
    const values = this.tables.get(table) ?? this.readCases(table);
    this.tables.set(table, values);
    for (const left of values) yield { site, left, right: u8.slice(at + 8, at + 8 + left.length), constant: true };
  }

  /** Reads the cases of a switch: their number, the bits of the value, and the values, 64 bits each (clang's manual, SanitizerCoverage). */
  private readCases(table: bigint): Uint8Array[] {
    const { guestMemory } = this.machine;
    const [count, bits] = new BigUint64Array(guestMemory.read(table, 16).buffer);
    const values = guestMemory.read(table + 16n, 8 * Number(count));
    return Array.from({ length: Number(count) }, (_, i) => values.slice(8 * i, 8 * i + Math.max(1, Number(bits) / 8)));
  }
}
