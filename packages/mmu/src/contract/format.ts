import type { ContractTest } from "@kasan/shadow/contract";
import fc from "fast-check";
import { Access, type Entry, PageFlags, pagesPerEntry, regionOf } from "../index.ts";
import { equal, half, holds, type Subject } from "./subject.ts";

const { READ, WRITE, EXEC, USER, ACCESSED, DIRTY } = PageFlags;
/** The bits of {@link PageFlags} that belong to the architecture. */
const OWN_FLAGS = 0x7ffff000;

/** Tests of a page-table format by itself. */
export function formatTests(test: ContractTest, subject: Subject): void {
  const { architecture, last, pageBytes, someFlags, someVpn } = subject;
  const { levels, spans, pageShift } = architecture;
  const someLevel = fc.integer({ min: 0, max: last });
  const out: Entry = { lo: 0, hi: 0 };

  test("its levels fit together", () => {
    holds(levels.length <= 8, `${levels.length} levels; there are at most 8`);
    holds(levels[last]!.leaf && levels[last]!.shift === pageShift, "the last level does not map the smallest page");
    holds(pageShift >= 12, `pages of 2^${pageShift} bytes; they have 2^12 at least`);
    for (const [i, { name, shift, indexBits, leaf }] of levels.entries()) {
      holds(2 ** indexBits * 8 <= pageBytes, `a table of level ${name} is larger than a page`);
      holds(!leaf || shift <= 48, `a page of level ${name} is larger than 2^48 bytes`);
      const below = levels[i + 1];
      if (below) equal(shift, below.shift + below.indexBits, `the shift of level ${name}`);
      if (below && leaf) holds(below.leaf, `a page of level ${name} does not split into smaller ones`);
    }
  });

  test("its spans are ascending, disjoint, no larger than a root table, and what root() says", () => {
    const root = levels[0]!;
    const rootOf = (vpn: number, expected: number) =>
      equal(architecture.root(vpn), expected, `root(0x${vpn.toString(16)})`);
    let next = 0;
    for (const span of spans) {
      holds(next <= span.start && span.start <= span.end, `the span from page ${span.start} on is out of order`);
      const most = pagesPerEntry(root) * 2 ** root.indexBits;
      holds(span.end - span.start < most, `the span from page ${span.start} on is larger than a root table`);
      holds(architecture.roots[span.root] !== undefined, `there is no root ${span.root}`);
      rootOf(span.start, span.root);
      rootOf(span.end, span.root);
      if (span.start > next) rootOf(span.start - 1, -1);
      next = span.end + 1;
    }
    if (next < 2 ** 52) rootOf(next, -1);
    const modulus = 2 ** (52 - architecture.ignoredTopBits);
    fc.assert(
      fc.property(someVpn, (vpn) => {
        const span = spans.find((span) => {
          const end = span.start <= 2 ** 51 ? span.end : span.end % modulus;
          const start = span.start <= 2 ** 51 ? span.start : span.start % modulus;
          return start <= vpn % modulus && vpn % modulus <= end;
        });
        rootOf(vpn, span?.root ?? -1);
      }),
    );
  });

  test("its regions are every address, once, and agree with root() on what is canonical", () => {
    let next = 0n;
    for (const { name, start, end } of architecture.regions) {
      equal(start, next, `the start of the region ${name}`);
      holds(end >= start, `the region ${name} ends before it starts`);
      next = end + 1n;
    }
    equal(next, 2n ** 64n, "the end of all regions");
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (address) => {
        const region = regionOf(architecture.regions, address);
        holds(region.start <= address && address <= region.end, `0x${address.toString(16)} is not in its region`);
        if (architecture.ignoredTopBits > 0) return;
        const canonical = architecture.root(Number(address >> 12n)) >= 0;
        equal(region.kind !== "non-canonical", canonical, `whether 0x${address.toString(16)} is canonical`);
      }),
    );
  });

  test("its shadow covers vmalloc space and the direct map", () => {
    const { layout } = architecture;
    for (const address of [layout.pageOffset, layout.vmallocStart, layout.vmallocEnd, layout.moduleEnd]) {
      const shadow = BigInt.asUintN(64, (address >> BigInt(layout.shadowScaleShift)) + layout.shadowOffset);
      const covered = layout.shadowStart <= shadow && shadow <= layout.shadowEnd;
      holds(
        covered,
        `the shadow of 0x${address.toString(16)}, 0x${shadow.toString(16)}, lies outside the shadow region`,
      );
    }
  });

  test("an entry of zeros is none, at every level", () => {
    for (const level of levels.keys()) equal(architecture.kind(level, 0, 0), "none", `the kind at level ${level}`);
  });

  test("leaf entries round trip", () => {
    for (const [level, { leaf, shift }] of levels.entries()) {
      if (!leaf) continue;
      fc.assert(
        fc.property(subject.someFrame(shift), someFlags, (physical, flags) => {
          architecture.encodeLeaf(level, physical, flags, out);
          equal(architecture.kind(level, out.lo, out.hi), "leaf", "the kind");
          equal(architecture.frame(level, out.lo, out.hi, 0), physical, "the frame");
          equal(architecture.flags(level, out.lo, out.hi), flags, "the flags");
          equal(architecture.flags(level, out.lo >>> 0, out.hi >>> 0), flags, "the flags of unsigned halves");
        }),
      );
    }
  });

  /** Says that a table entry holds what it was given. */
  const tableHolds = (level: number, physical: number, flags: number) => {
    architecture.encodeTable(level, physical, flags, out);
    equal(architecture.kind(level, out.lo, out.hi), "table", "the kind");
    equal(architecture.frame(level, out.lo, out.hi, 0), physical, "the frame");
    const limit = architecture.limit(level, out.lo, out.hi);
    equal(limit & flags, flags, "what the entry lets through of what it was told");
    const own = architecture.leafFlags & OWN_FLAGS;
    equal(limit | PageFlags.PERMISSIONS | own, -1, "the limit besides permissions");
  };

  test("table entries round trip, and let through what they are told to", () => {
    for (let level = 0; level < last; level++) {
      fc.assert(
        fc.property(subject.someFrame(pageShift, 1), fc.integer({ min: 0, max: 15 }), (physical, flags) =>
          tableHolds(level, physical, flags),
        ),
      );
    }
  });

  test("a table can lie at physical address 0", () => {
    for (let level = 0; level < last; level++) {
      for (let flags = 0; flags <= 15; flags++) tableHolds(level, 0, flags);
    }
  });

  test("any bits at all can be read", () => {
    fc.assert(
      fc.property(someLevel, half, half, (level, lo, hi) => {
        const kind = architecture.kind(level, lo, hi);
        equal(architecture.kind(level, lo | 0, hi | 0), kind, "the kind of signed halves");
        const frame = architecture.frame(level, lo, hi, 0);
        const valid = Number.isInteger(frame) && frame >= 0 && frame < 2 ** 56 && frame % pageBytes === 0;
        holds(valid, `the frame is ${frame}; it is a multiple of the page size below 2^56`);
        if (kind === "table") holds(level < last, "a table at the last level");
        if (kind !== "leaf") return;
        holds(levels[level]!.leaf, "a leaf at a level that has none");
        equal(frame % 2 ** levels[level]!.shift, 0, "the frame, modulo the size of the page");
        holds(architecture.flags(level, lo, hi) >= 0, "bit 31 of the flags is set");
      }),
      { numRuns: 1000 },
    );
  });

  test("decode() puts each bit in one field, and agrees with the hot functions", () => {
    fc.assert(
      fc.property(someLevel, half, half, (level, lo, hi) => {
        const entry = (BigInt(hi) << 32n) | BigInt(lo);
        const decoded = architecture.decode(level, entry);
        let next = 63;
        let sum = 0n;
        for (const { name, high, low, value } of decoded.fields) {
          equal(high, next, `the highest bit of the field ${name}`);
          equal(value >> BigInt(high - low + 1), 0n, `the value of the field ${name} beyond its bits`);
          sum |= value << BigInt(low);
          next = low - 1;
        }
        equal(next, -1, "the bit below the last field");
        equal(sum, entry, "all fields together");
        equal(decoded.kind, architecture.kind(level, lo, hi), "the kind");
        const points = decoded.kind === "leaf" || decoded.kind === "table";
        equal(decoded.physical, points ? architecture.frame(level, lo, hi, 0) : undefined, "the frame");
        equal(decoded.flags, decoded.kind === "leaf" ? architecture.flags(level, lo, hi) : 0, "the flags");
      }),
    );
  });

  test("hardware's marks change nothing else, and are made once", () => {
    fc.assert(
      fc.property(subject.someFrame(pageShift), someFlags, (physical, flags) => {
        architecture.encodeLeaf(last, physical, flags, out);
        const accessed = architecture.withAccessed(last, out.lo, out.hi);
        const dirty = architecture.withDirty(last, accessed, out.hi);
        equal(architecture.withAccessed(last, accessed, out.hi) | 0, accessed | 0, "what is accessed twice");
        equal(architecture.withDirty(last, dirty, out.hi) | 0, dirty | 0, "what is written twice");
        equal(architecture.frame(last, dirty, out.hi, 0), physical, "the frame");
        const marked = architecture.flags(last, dirty, out.hi) | ACCESSED | DIRTY;
        equal(marked, flags | ACCESSED | DIRTY, "the flags");
      }),
    );
  });

  test("check() asks for the permission that an access needs", () => {
    const all = READ | WRITE | EXEC | ACCESSED | DIRTY;
    const checks = (flags: number, access: number, expected: string | undefined) =>
      equal(architecture.check(flags, access), expected, `check(${flags}, ${access})`);
    for (const access of [Access.READ, Access.WRITE, Access.EXECUTE]) {
      checks(all, access, undefined);
      checks(all, access | Access.USER, "protection");
    }
    checks(all | USER, Access.READ | Access.USER, undefined);
    checks(all & ~WRITE, Access.WRITE, "protection");
    checks(all & ~EXEC, Access.EXECUTE, "protection");
  });
}
