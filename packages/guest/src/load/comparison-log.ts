import { Gfp, type Machine } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import { COMPARISON_BYTES, COMPARISON_HEADER, Comparing } from "../rewrite/comparisons.ts";

/** log2 of the pages of a log: room for some thousand comparisons. */
const ORDER = 4;

/** The most bytes that are kept of a side. */
const MOST_BYTES = 64;
/** The most comparisons of bytes that are kept. */
const MOST_BYTE_COMPARISONS = 512;

/** A comparison that a guest made. */
export interface GuestComparison {
  /** Its number in the module's code. */
  readonly site: number;
  /** One side as it is in memory: a number's 1, 2, 4 or 8 bytes, the beginning of what memcmp() compares, or a text without its zero. */
  readonly left: Uint8Array;
  /** The other side. It is as long as the left one, unless both are texts. */
  readonly right: Uint8Array;
  /** Whether the left side is a constant of the code, or has what the program's data had from the beginning. */
  readonly constant: boolean;
}

/**
 * What a guest compares: the first some thousand comparisons of numbers, and some hundred of bytes, since it was emptied. Those of numbers
 * are in pages of the machine that no address leads to; code that the rewriter makes fills them, and to set the machine back empties them.
 */
export class ComparisonLog {
  /** Buffer offset of the log. */
  readonly base: number;
  /** The most comparisons that it holds. */
  readonly capacity: number;
  private readonly machine: Machine;
  private readonly bytes: GuestComparison[] = [];
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
    this.bytes.length = 0;
  }

  /**
   * Adds a comparison of bytes in memory.
   *
   * @param places - where the sides are
   * @param limit - the most bytes that are compared
   * @param head - the first word of a record
   * @param isInitial - whether some bytes are those that the program has at an address before it runs
   */
  addBytes(
    places: readonly [bigint, bigint],
    limit: number,
    head: number,
    isInitial: (address: bigint, bytes: Uint8Array) => boolean,
  ): void {
    if (this.bytes.length >= MOST_BYTE_COMPARISONS) return;
    const count = Math.min(limit, MOST_BYTES);
    let [left, right] = places.map((place) => this.peek(place, count, (head & Comparing.TEXT) !== 0));
    if (!(head & Comparing.TEXT)) {
      const shorter = Math.min(left.length, right.length);
      [left, right] = [left.subarray(0, shorter), right.subarray(0, shorter)];
    }
    const site = head >>> 8;
    if (isInitial(places[0], left)) this.bytes.push({ site, left, right, constant: true });
    else if (isInitial(places[1], right)) this.bytes.push({ site, left: right, right: left, constant: true });
    else if (left.length > 0 && right.length > 0) this.bytes.push({ site, left, right, constant: false });
  }

  /** Up to so many bytes at an address: fewer if the rest is not mapped, or a text ends. An access of the guest's own has to fault. */
  private peek(address: bigint, count: number, text: boolean): Uint8Array {
    const bytes = new Uint8Array(count);
    const place = BigInt.asUintN(64, address);
    const there = bytes.subarray(0, this.machine.mmu.copyOut(Number(place >> 12n), Number(place & 0xfffn), bytes));
    const zero = text ? there.indexOf(0) : -1;
    return zero < 0 ? there : there.subarray(0, zero);
  }

  /** The comparisons: of numbers in the order in which they were made, each switch one for each of its cases; then those of bytes. */
  *read(): Generator<GuestComparison> {
    yield* this.numbers();
    yield* this.bytes;
  }

  private *numbers(): Generator<GuestComparison> {
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
