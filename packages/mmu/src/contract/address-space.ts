import { addressOf } from "@kasan/shadow";
import type { ContractTest } from "@kasan/shadow/contract";
import fc from "fast-check";
import { Access, AddressSpace, PageFlags, pagesPerEntry, WalkResult, walk, walkFor } from "../index.ts";
import { EXEC, READ, TestMachine, USER, Window, WRITE } from "./machine.ts";
import { equal, half, holds, matches, refuses, type Subject } from "./subject.ts";

const LAST = 2n ** 64n - 1n;

/** Tests of an address space over the format. */
export function addressSpaceTests(test: ContractTest, subject: Subject): void {
  const { architecture, pageBytes, pagePages } = subject;
  const { levels, spans } = architecture;
  const { places, blockPages, pages: window, somePage } = new Window(subject);

  /** A change of some pages, counted from the place on. */
  const change = fc.record({
    what: fc.constantFrom("map", "unmap", "protect", "split", "replace", "page", "unpage"),
    from: somePage,
    pages: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(blockPages, 2 * blockPages)),
    physical: fc.oneof(fc.integer({ min: 0, max: 4 * window }), fc.constantFrom(0, blockPages, 4 * blockPages)),
    flags: fc.integer({ min: 0, max: 0x7f }).map((bits) => (bits & ~USER) | READ),
    large: fc.boolean(),
  });
  type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

  /** Pages of the window as they should be. */
  class Model {
    readonly pfns = new Float64Array(window).fill(-1);
    readonly flags = new Int32Array(window);

    set(from: number, count: number, physical: number, flags: number): void {
      for (let i = 0; i < count; i++) {
        this.pfns[from + i] = (physical + i) * pagePages;
        this.flags[from + i] = flags;
      }
    }
  }

  /** Makes a change, and the same in the model. */
  function make(space: AddressSpace, place: number, model: Model, { what, from, physical, large, ...step }: Change) {
    const { pfns, flags } = model;
    const pages = Math.min(step.pages, window - from);
    const vpn = place + from * pagePages;
    const address = addressOf(vpn, 0);
    const size = pages * pageBytes;
    const wanted = step.flags & architecture.leafFlags;
    const touched = pfns.subarray(from, from + pages);
    const free = touched.every((pfn) => pfn < 0);
    if (what === "map" && !free) {
      const again = () => space.map(address, physical * pageBytes, size, wanted);
      refuses(again, "ALREADY_MAPPED", "mapped already", "mapping over a mapping");
      holds(space.pending.spent, "a refused change is to be flushed");
    } else if (what === "map" || what === "replace") {
      const maxPage = large ? undefined : pageBytes;
      const flush = space.map(address, physical * pageBytes, size, wanted, { maxPage, replace: !free });
      equal(flush.stale, !free, "whether TLBs may know what was mapped before");
      flush.flush();
      model.set(from, pages, physical, wanted);
    } else if (what === "unmap") {
      const flush = space.unmap(address, size, { freeTables: large });
      matches(flush, { vpn, pages: pages * pagePages, stale: !free }, "the flush of unmap");
      flush.flush();
      pfns.fill(-1, from, from + pages);
    } else if (what === "protect") {
      space.protect(address, size, wanted).flush();
      for (let i = from; i < from + pages; i++) {
        flags[i] = (flags[i]! & ~PageFlags.PERMISSIONS) | (wanted & PageFlags.PERMISSIONS);
      }
    } else if (what === "split") {
      space.split(address, pageBytes).flush();
    } else if (what === "page") {
      equal(space.replacePage(vpn, physical * pagePages, wanted), pfns[from]!, "the page that was replaced");
      space.pending.flush();
      model.set(from, 1, physical, wanted);
    } else {
      equal(space.unmapPage(vpn), pfns[from]!, "the page that was unmapped");
      if (!space.pending.spent) space.pending.flush();
      pfns[from] = -1;
    }
  }

  test("behaves as a map from pages to frames and flags, whatever is done to it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.array(change, { maxLength: 12 }), (place, changes) => {
        const { space } = new TestMachine(subject);
        const model = new Model();
        for (const one of changes) make(space, place, model, one);
        for (let i = 0; i < window; i++) {
          const vpn = place + i * pagePages;
          const pfn = model.pfns[i]!;
          if (space.lookup(vpn) !== pfn) equal(space.lookup(vpn), pfn, `the frame of page ${i}`);
          if (pfn < 0) continue;
          const { flags } = space.walk(vpn);
          if (flags !== model.flags[i]) equal(flags, model.flags[i]!, `the flags of page ${i}`);
        }
        checkRanges(space, place, model);
      }),
      { numRuns: 60 },
    );
  });

  /** Compares ranges() with what should be mapped at `place`; nothing else may be. */
  function checkRanges(space: AddressSpace, place: number, { pfns, flags }: Model): void {
    let next = 0n;
    let mapped = 0;
    for (const range of space.ranges(0n, LAST, { ignore: 0, byPhysical: true })) {
      equal(range.start, next, "the start of a range, behind the end of the last");
      next = range.end + 1n;
      const vpn = Number(range.start >> 12n);
      if (range.kind !== "mapped") {
        equal(range.kind === "non-canonical", architecture.root(vpn) < 0, "whether a range is non-canonical");
        continue;
      }
      equal(range.backing, "linear", "the backing of a range");
      const first = (vpn - place) / pagePages;
      const count = Number(next - range.start) / pageBytes;
      for (let i = 0; i < count; i++) {
        const pfn = range.physical / 4096 + i * pagePages;
        const same = pfn === pfns[first + i] && range.flags === flags[first + i];
        if (!same) equal([pfn, range.flags], [pfns[first + i], flags[first + i]], `page ${first + i} of the ranges`);
      }
      mapped += count;
    }
    equal(next, LAST + 1n, "the end of all ranges");
    equal(mapped, pfns.filter((pfn) => pfn >= 0).length, "pages mapped");
  }

  test("maps with the largest pages that fit", () => {
    const { space, frames } = new TestMachine(subject);
    for (const [level, { leaf, shift }] of levels.entries()) {
      const bytes = 2 ** shift;
      if (!leaf || bytes > 2 ** (architecture.physicalBits - 1)) continue;
      const pages = pagesPerEntry(levels[level]!);
      const vpn = Math.floor(spans[0]!.end / pages) * pages - pages;
      if (vpn < 0) continue;
      space.map(addressOf(vpn, 0), bytes, bytes, PageFlags.KERNEL).ignore("new");
      matches(space.walk(vpn + pages - 1), { level, physical: bytes * 2 - 4096 }, "the walk to the last page");
      space.unmap(addressOf(vpn, 0), bytes, { freeTables: true }).flush();
      equal(frames.used, architecture.roots.length, "tables that are left");
    }
  });

  test("walks any garbage to an end", () => {
    const { memory, ram } = new TestMachine(subject);
    const word = fc.oneof(
      half,
      fc.integer({ min: 0, max: 15 }).map((n) => n * pageBytes + (n & 7)),
    );
    const words = fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(words, fc.array(subject.someVpn), (words, vpns) => {
        for (let i = 0; i < ram / 8; i += 1) {
          const [lo, hi] = words[i % words.length]!;
          memory.u32[i * 2] = lo;
          memory.u32[i * 2 + 1] = hi;
        }
        const garbage = new AddressSpace({ architecture, memory, roots: architecture.roots.map(() => 0) });
        const found = new WalkResult();
        for (const vpn of vpns) {
          walk(garbage, vpn, found);
          walkFor(garbage, vpn, Access.WRITE, found);
          const { steps } = garbage.explain(addressOf(vpn, 0));
          holds(steps.length <= levels.length, `a walk of ${steps.length} steps`);
        }
      }),
      { numRuns: 20 },
    );
  });

  /** A machine whose first root table has two entries that point to itself. */
  function circular(): AddressSpace {
    const { space, memory } = new TestMachine(subject);
    const root = space.roots[spans[0]!.root]!;
    const { scratch } = space;
    architecture.encodeTable(0, root, READ | WRITE | EXEC | USER, scratch);
    for (const at of [root, root + 16]) memory.storeEntry(at, scratch.lo, scratch.hi);
    return space;
  }

  test("lists tables that point to themselves, in bounded time if aliases are referred to", () => {
    const space = circular();
    const first = space.ranges();
    for (let i = 0; i < 100; i++) first.next();
    const all = [...space.ranges(0n, LAST, { aliases: "refer" })];
    holds(all.length < 20 * levels.length, `${all.length} ranges`);
    equal(all.at(-1)!.end, LAST, "the end of all ranges");
  });

  test("lists what is seen through a table that points to itself", () => {
    const all = [...circular().ranges(0n, LAST, { aliases: "refer" })];
    const told = all.some(({ kind }) => kind === "alias" || kind === "reserved" || kind === "mapped");
    holds(told, "nothing but holes is listed");
  });
}
