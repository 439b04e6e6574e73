import type { MemorySegment } from "@kasan/platform";
import { ImageError } from "../error.ts";
import type { ByteSource } from "../source.ts";
import { isZero } from "../zeros.ts";
import type { PhysicalSource } from "./format.ts";
import type { Warnings } from "./warnings.ts";

const PAGE = 4096;
/** Why memory is absent that the image says nothing of. */
export const NOT_IN_IMAGE = "it is not in the image";

/** Physical memory that lies in one piece in a file. */
export interface Segment {
  /** First physical address. */
  readonly physical: number;
  /** Bytes. */
  readonly size: number;
  /** Their offset in the file. */
  readonly offset: number;
}

/** The index of the first piece that ends after `at`, the number of pieces if there is none. */
export function firstEndingAfter(count: number, at: number, endOf: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(middle) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Memory in stretches of a file. */
export class SegmentedMemory implements PhysicalSource {
  /** The stretches, ascending and disjoint. */
  readonly segments: readonly Segment[];

  /** `segments` are ascending and disjoint; `leftOut` is memory that was not dumped. The file is closed with the memory. */
  constructor(
    private readonly source: ByteSource,
    segments: readonly Segment[],
    private readonly leftOut: readonly MemorySegment[] = [],
  ) {
    this.segments = segments;
  }

  read(physical: number, into: Uint8Array): number {
    let found = 0;
    for (let i = this.firstAfter(physical); i < this.segments.length; i++) {
      const { physical: start, size, offset } = this.segments[i]!;
      const from = Math.max(start, physical);
      const to = Math.min(start + size, physical + into.length);
      if (from >= to) break;
      found += this.readPart(offset + from - start, into.subarray(from - physical, to - physical));
    }
    return found;
  }

  /** Reads what can be read: of a stretch with damage in it, the pages without. */
  private readPart(offset: number, into: Uint8Array): number {
    try {
      return this.source.read(offset, into);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      if (into.length <= PAGE) return 0;
    }
    let found = 0;
    for (let at = 0; at < into.length; at += PAGE) found += this.readPart(offset + at, into.subarray(at, at + PAGE));
    return found;
  }

  absence(physical: number): string | undefined {
    const next = this.segments[this.firstAfter(physical)];
    if (next !== undefined && next.physical < physical + PAGE) return this.damage(next, physical);
    const out = this.leftOut.some(({ physical: start, size }) => start <= physical && physical < start + size);
    return out ? "it was left out of the dump" : NOT_IN_IMAGE;
  }

  /** What is wrong with the file where a page is; `undefined` if it can be read. */
  private damage({ physical: start, size, offset }: Segment, physical: number): string | undefined {
    const from = Math.max(physical, start);
    try {
      this.source.read(offset + from - start, new Uint8Array(Math.min(physical + PAGE, start + size) - from));
      return undefined;
    } catch (error) {
      if (error instanceof ImageError) return error.message;
      throw error;
    }
  }

  seemsZero(physical: number, size: number): boolean {
    const { source, segments } = this;
    const next = segments[this.firstAfter(physical)];
    const within = next !== undefined && next.physical <= physical && physical + size <= next.physical + next.size;
    return within && (source.seemsZero?.(next.offset + physical - next.physical, size) ?? false);
  }

  close(): void {
    this.source.close();
  }

  private firstAfter(physical: number): number {
    const { segments } = this;
    return firstEndingAfter(segments.length, physical, (i) => segments[i]!.physical + segments[i]!.size);
  }
}

/** Sorts stretches, and cuts what an earlier one has already: with a warning, unless it is the same there. */
export function disjoint(source: ByteSource, segments: readonly Segment[], warnings: Warnings): Segment[] {
  const sorted = segments
    .map((segment, order) => ({ ...segment, order }))
    .sort((a, b) => a.physical - b.physical || a.order - b.order);
  const result: Segment[] = [];
  let last: Segment | undefined;
  for (const { physical, size, offset } of sorted) {
    const end = last === undefined ? 0 : last.physical + last.size;
    const skip = Math.max(0, end - physical);
    if (
      last !== undefined &&
      skip > 0 &&
      isOther(source, last.offset + physical - last.physical, offset, Math.min(skip, size))
    )
      warnings.add("segments overlap", `memory at physical 0x${physical.toString(16)} is there twice, and differs`);
    if (skip >= size) continue;
    last = { physical: physical + skip, size: size - skip, offset: offset + skip };
    result.push(last);
  }
  return result;
}

/** Pieces of stretches that overlap which are compared, and their size in bytes. */
const SAMPLES = 32;
const SAMPLE = 4096;

/** Whether two stretches of a file differ in most of some pieces of them: a machine may have run on while it was dumped. */
function isOther(source: ByteSource, a: number, b: number, size: number): boolean {
  if (a === b) return false;
  const [left, right] = [new Uint8Array(SAMPLE), new Uint8Array(SAMPLE)];
  let same = 0;
  let other = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const at = Math.floor(((size - Math.min(size, SAMPLE)) * i) / SAMPLES);
    const there = Math.min(source.read(a + at, left), source.read(b + at, right), size - at);
    if (left.subarray(0, there).some((byte, k) => byte !== right[k])) other++;
    else if (!isZero(left)) same++;
  }
  return other > same;
}
