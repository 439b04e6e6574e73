import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
import { type EvidenceMemory, hasUserSpace, type MemorySegment, searchKernelRoot } from "@kasan/platform";
import { describe, expect, test } from "vitest";
import { architectures } from "./index.ts";

const RAM = 2 ** 20;
const PAGE = 4096;
const IMAGE = 0x10000;
const { KERNEL, KERNEL_RO, READ, EXEC, USER, ACCESSED } = PageFlags;

/** Mappings that kernels have. */
type Part = "direct map" | "executable direct map" | "image" | "user space";

describe.each(architectures.names)("the root of a kernel of %s", (name) => {
  const architecture = architectures.create(name);
  const { layout, roots } = architecture;
  const kernelRoot = architecture.root(Number(layout.pageOffset >> 12n));
  const rootsOf = (root: number) => roots.map((_, i) => (i === kernelRoot ? root : Number.NaN));
  const oneRoot = roots.length === 1;

  /** Memory with page tables in it, and where the root of each is. */
  class TestMemory {
    readonly memory = PhysicalMemory.allocate(RAM);
    private readonly frames: FramePool;

    constructor(tables = RAM / 4) {
      this.frames = new FramePool(this.memory, tables, RAM);
    }

    /** Makes tables that map these parts. `base`: what the direct map starts with. */
    tables(parts: readonly Part[], base = 0): number {
      const { memory, frames } = this;
      const space = new AddressSpace({ architecture, memory, frames });
      const map = (address: bigint, physical: number, size: number, flags: number) =>
        space.map(address, physical, size, flags).ignore("new");
      for (const part of parts) {
        if (part === "image") map(layout.kernelText, IMAGE, PAGE, KERNEL_RO | EXEC);
        else if (part === "user space") map(0x1000n, IMAGE, PAGE, READ | EXEC | USER | ACCESSED);
        else map(layout.pageOffset, base, RAM - base, part === "direct map" ? KERNEL : KERNEL | EXEC);
      }
      return space.roots[kernelRoot]!;
    }

    /** The same memory, of which an image holds these segments. */
    evidence(segments: readonly MemorySegment[] = [{ physical: 0, size: RAM }]): EvidenceMemory {
      const { memory } = this;
      return {
        segments,
        holds: (physical) => memory.holds(physical),
        word: (physical) => memory.word(physical),
        repeats: (physical, bytes) => memory.repeats(physical, bytes),
        read: (physical, into) => {
          into.fill(0);
          const there = memory.u8.subarray(physical, Math.min(RAM, physical + into.length));
          into.set(there);
          return there.length;
        },
      };
    }
  }

  test("is the table that maps itself and an image", () => {
    const memory = new TestMemory();
    memory.tables(["direct map"]);
    memory.tables(["image"]);
    const root = memory.tables(["direct map", "image"]);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBe(root);
  });

  test("is not there without an image, without a direct map, or in memory without tables", () => {
    const memory = new TestMemory();
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBeUndefined();
    memory.tables(["direct map"]);
    memory.tables(["image", "user space"]);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBeUndefined();
  });

  test("is none whose direct map can be executed", () => {
    const memory = new TestMemory();
    memory.tables(["executable direct map", "image"]);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBeUndefined();
  });

  test("is found where RAM, and so the direct map, starts elsewhere", () => {
    const memory = new TestMemory();
    const root = memory.tables(["direct map", "image"], RAM / 8);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBe(root);
  });

  test("is no table below the direct map's start, which does not map itself", () => {
    const memory = new TestMemory();
    memory.tables(["direct map", "image"], RAM / 2);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBeUndefined();
  });

  test("is the one without user space, if there is one", () => {
    const memory = new TestMemory();
    const process = memory.tables(["direct map", "image", "user space"]);
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBe(process);
    const kernel = memory.tables(["direct map", "image"]);
    // If user space has its own root, the first root found is as good.
    expect(searchKernelRoot(memory.evidence(), architecture, rootsOf)).toBe(oneRoot ? kernel : process);
    const tables = (root: number) => ({ architecture, memory: memory.memory, roots: rootsOf(root) });
    expect([process, kernel].map((root) => hasUserSpace(tables(root), root))).toEqual([oneRoot, false]);
  });

  test("lies in whole pages of any segment", () => {
    const memory = new TestMemory();
    const root = memory.tables(["direct map", "image"]);
    const find = (...segments: MemorySegment[]) => searchKernelRoot(memory.evidence(segments), architecture, rootsOf);
    const rest = { physical: root - 8, size: PAGE + 8 };
    expect(find({ physical: 8, size: PAGE }, rest)).toBe(root);
    expect(find({ ...rest, size: PAGE + 7 })).toBeUndefined();
    expect(find({ physical: root + 8, size: RAM - root - 8 })).toBeUndefined();
    expect(find()).toBeUndefined();
  });
});
