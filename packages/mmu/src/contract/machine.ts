import fc from "fast-check";
import {
  AddressSpace,
  Arena,
  CPU_TLB_BYTES,
  FramePool,
  PageFlags,
  PhysicalMemory,
  pagesPerEntry,
  Tlbs,
} from "../index.ts";
import type { Subject } from "./subject.ts";

/** A machine with two CPUs and an empty address space. The lower half of its RAM is for tables, but for its first page. */
export class TestMachine {
  readonly ram: number;
  readonly memory: PhysicalMemory;
  readonly frames: FramePool;
  readonly tlbs: Tlbs;
  readonly space: AddressSpace;

  constructor({ architecture, pageBytes }: Subject) {
    this.ram = Math.max(8 * 2 ** 20, 128 * pageBytes);
    this.memory = PhysicalMemory.allocate(this.ram, 2 * CPU_TLB_BYTES + 64);
    this.frames = new FramePool(this.memory, pageBytes, this.ram / 2, pageBytes);
    this.tlbs = Tlbs.create(this.memory, new Arena(this.memory), 2, architecture.ignoredTopBits);
    this.space = new AddressSpace({ architecture, memory: this.memory, frames: this.frames, tlbs: this.tlbs });
  }
}

/** The pages that tests map: a window around a table's edge in the middle of each span. Counted in the architecture's own pages. */
export class Window {
  /** First page numbers. */
  readonly places: readonly number[];
  /** Pages that a table of the last level maps. */
  readonly blockPages: number;
  /** Pages of the window. */
  readonly pages: number;
  /** A page of the window, often the first of a table. */
  readonly somePage: fc.Arbitrary<number>;

  constructor({ architecture: { spans, levels }, last, pagePages }: Subject) {
    const perTable = pagesPerEntry(levels[last - 1]!);
    this.places = spans.map(({ start, end }) => {
      const block = perTable * 2;
      return Math.floor((start + (end - start) / 2) / block) * block;
    });
    this.blockPages = perTable / pagePages;
    this.pages = this.blockPages * 3;
    const edges = fc.constantFrom(0, this.blockPages, 2 * this.blockPages);
    this.somePage = fc.oneof(fc.integer({ min: 0, max: this.pages - 1 }), edges);
  }
}

/** The flags of an entry that was accessed and written. */
export const { READ, WRITE, EXEC, USER, ACCESSED, DIRTY } = PageFlags;
/** Flags of a page of data that no access marks any further. */
export const USED = READ | WRITE | ACCESSED | DIRTY;
