import { Gfp, type Machine } from "@kasan/kernel";
import { GuestError } from "../error.ts";

/** A call of `__sanitizer_cov_trace_pc()` has at least two bytes. */
const SMALLEST_CALL = 2;

/**
 * Counters of a module's edges: a byte each, which stays at 255, in pages of the machine that no address leads to. An edge is a call of
 * `__sanitizer_cov_trace_pc()`, and is known by the call's offset in the module's code.
 */
export class EdgeCounters {
  /** Offsets in the module's code, by edge. */
  readonly offsets: number[] = [];
  private readonly machine: Machine;
  private readonly base: number;
  private readonly known = new Map<number, number>();

  /**
   * @param codeBytes - size of the module's code
   * @throws {@link GuestError} `BAD_INPUT` if the machine has too little memory
   */
  constructor(machine: Machine, codeBytes: number) {
    this.machine = machine;
    const pages = Math.ceil(codeBytes / SMALLEST_CALL / machine.pageSize);
    const pfn = machine.buddy.allocate(Math.ceil(Math.log2(pages)), Gfp.KERNEL | Gfp.ZERO);
    if (pfn < 0)
      throw new GuestError("BAD_INPUT", "no memory for the counters of coverage; give the machine more (--memory)");
    this.base = pfn * machine.pageSize;
  }

  /** The buffer offset of an edge's counter. `offset`: the call's, in the module's code. */
  counterOf(offset: number): number {
    let edge = this.known.get(offset);
    if (edge === undefined) {
      edge = this.offsets.length;
      this.offsets.push(offset);
      this.known.set(offset, edge);
    }
    return this.base + edge;
  }

  /** Sets all counters to 0. */
  clear(): void {
    this.machine.ram.fill(0, this.base, this.base + this.offsets.length);
  }

  /** The counters by edge: a view of the machine's memory. */
  get counts(): Uint8Array {
    return this.machine.ram.u8.subarray(this.base, this.base + this.offsets.length);
  }
}
