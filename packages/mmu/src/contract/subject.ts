import { equal, holds, matches, refuses } from "@kasan/shadow/contract";
import fc from "fast-check";
import { type Architecture, MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "../index.ts";

export { equal, holds, matches, refuses };

/** Any half of an entry. */
export const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** An architecture under test, and what is derived from it. */
export class Subject {
  readonly architecture: Architecture;
  /** The level of the smallest page. */
  readonly last: number;
  readonly pageBytes: number;
  /** 4 KiB pages in one of its pages. */
  readonly pagePages: number;
  /** Any page number; often a canonical one. */
  readonly someVpn: fc.Arbitrary<number>;
  /** Flags that a leaf can hold, and READ. */
  readonly someFlags: fc.Arbitrary<number>;

  constructor(architecture: Architecture, memoryTypes: readonly number[] = [MemoryType.WRITE_BACK]) {
    const { levels, spans, pageShift, leafFlags } = architecture;
    this.architecture = architecture;
    this.last = levels.length - 1;
    this.pageBytes = 2 ** pageShift;
    this.pagePages = this.pageBytes / 4096;
    this.someVpn = fc.oneof(
      fc
        .tuple(fc.constantFrom(...spans), fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([span, at]) => Math.floor(span.start + (span.end - span.start) * at)),
      fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number),
    );
    this.someFlags = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.constantFrom(...memoryTypes))
      .map(([bits, type]) => {
        const own = bits & leafFlags & ~PageFlags.MEMORY_TYPE;
        return own | PageFlags.READ | (type << MEMORY_TYPE_SHIFT);
      });
  }

  /** A physical address that is a multiple of 2^shift, from `least` such multiples on. */
  someFrame(shift: number, least = 0): fc.Arbitrary<number> {
    const frames = 2 ** (this.architecture.physicalBits - shift);
    return fc
      .double({ min: 0, max: 1, noNaN: true })
      .map((at) => Math.max(least, Math.floor((frames - 1) * at)) * 2 ** shift);
  }
}
