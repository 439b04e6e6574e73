import { addressOf } from "@kasan/shadow";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  Access,
  AddressSpace,
  type Architecture,
  Arena,
  CPU_TLB_BYTES,
  type Entry,
  FramePool,
  type LiveChange,
  MEMORY_TYPE_SHIFT,
  MemoryType,
  Mmu,
  PageFlags,
  PhysicalMemory,
  pagesPerEntry,
  regionOf,
  TlbKind,
  Tlbs,
  WalkResult,
  walk,
  walkFor,
} from "../src/index.ts";
import { WalkCache } from "../src/walk-cache.ts";

/** What the contract cannot know, and the exceptions that an architecture claims. */
export interface ContractOptions {
  /** The values of {@link MemoryType} that entries can hold; write-back alone by default. */
  memoryTypes?: readonly number[];
  /** Tests that do not hold, by name, each with the reason. */
  except?: Readonly<Record<string, string>>;
}

const { READ, WRITE, EXEC, USER, ACCESSED, DIRTY } = PageFlags;
/** What {@link PageFlags} leaves to the architecture. */
const OWN_FLAGS = 0x7ffff000;
const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** States, as tests, what any {@link Architecture} must do, and that the generic code works over it. */
export function architectureContract(name: string, make: () => Architecture, options: ContractOptions = {}): void {
  const { memoryTypes = [MemoryType.WRITE_BACK], except = {} } = options;
  const check = (title: string, body: () => void) => {
    if (title in except) test.skip(`${title}: ${except[title]}`, body);
    else test(title, body);
  };
  const architecture = make();
  const { levels, spans, pageShift } = architecture;
  const last = levels.length - 1;
  const pageBytes = 2 ** pageShift;
  const pagePages = pageBytes / 4096;
  const someLevel = fc.integer({ min: 0, max: last });
  const someVpn = fc.oneof(
    fc
      .tuple(fc.constantFrom(...spans), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([span, at]) => Math.floor(span.start + (span.end - span.start) * at)),
    fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number),
  );
  const someFlags = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.constantFrom(...memoryTypes))
    .map(
      ([bits, type]) => (bits & architecture.leafFlags & ~PageFlags.MEMORY_TYPE) | READ | (type << MEMORY_TYPE_SHIFT),
    );
  const framesOf = (shift: number) => 2 ** (architecture.physicalBits - shift);
  const someFrame = (shift: number) =>
    fc.double({ min: 0, max: 1, noNaN: true }).map((at) => Math.floor((framesOf(shift) - 1) * at) * 2 ** shift);

  describe(`${name} keeps the contract of an architecture:`, () => {
    const out: Entry = { lo: 0, hi: 0 };

    check("its levels fit together", () => {
      expect(levels.length).toBeLessThanOrEqual(8);
      expect(levels[last]).toMatchObject({ shift: pageShift, leaf: true });
      expect(pageShift).toBeGreaterThanOrEqual(12);
      for (const [i, level] of levels.entries()) {
        expect(2 ** level.indexBits * 8).toBeLessThanOrEqual(pageBytes);
        const below = levels[i + 1];
        if (below) expect(level.shift).toBe(below.shift + below.indexBits);
        if (level.leaf) expect(level.shift).toBeLessThanOrEqual(48);
        if (below && level.leaf) expect(below.leaf, "a page splits into smaller ones").toBe(true);
      }
    });

    check("its spans are ascending, disjoint, no larger than a root table, and what root() says", () => {
      const root = levels[0]!;
      let next = 0;
      for (const span of spans) {
        expect(span.start).toBeGreaterThanOrEqual(next);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(span.end - span.start + 1).toBeLessThanOrEqual(pagesPerEntry(root) * 2 ** root.indexBits);
        expect(architecture.roots[span.root]).toBeDefined();
        expect(architecture.root(span.start)).toBe(span.root);
        expect(architecture.root(span.end)).toBe(span.root);
        if (span.start > next) expect(architecture.root(span.start - 1)).toBe(-1);
        next = span.end + 1;
      }
      if (next < 2 ** 52) expect(architecture.root(next)).toBe(-1);
      const modulus = 2 ** (52 - architecture.ignoredTopBits);
      fc.assert(
        fc.property(someVpn, (vpn) => {
          const span = spans.find((span) => {
            const end = span.start <= 2 ** 51 ? span.end : span.end % modulus;
            const start = span.start <= 2 ** 51 ? span.start : span.start % modulus;
            return start <= vpn % modulus && vpn % modulus <= end;
          });
          expect(architecture.root(vpn)).toBe(span?.root ?? -1);
        }),
      );
    });

    check("its regions are every address, once, and agree with root() on what is canonical", () => {
      let next = 0n;
      for (const region of architecture.regions) {
        expect(region.start).toBe(next);
        expect(region.end).toBeGreaterThanOrEqual(region.start);
        next = region.end + 1n;
      }
      expect(next).toBe(2n ** 64n);
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (address) => {
          const region = regionOf(architecture.regions, address);
          expect(region.start <= address && address <= region.end).toBe(true);
          const vpn = Number(address >> 12n);
          if (architecture.ignoredTopBits === 0)
            expect(region.kind === "non-canonical").toBe(architecture.root(vpn) < 0);
        }),
      );
    });

    check("its shadow covers vmalloc space and the direct map", () => {
      const { layout } = architecture;
      const shadowOf = (address: bigint) =>
        BigInt.asUintN(64, (address >> BigInt(layout.shadowScaleShift)) + layout.shadowOffset);
      for (const address of [layout.pageOffset, layout.vmallocStart, layout.vmallocEnd, layout.moduleEnd]) {
        expect(shadowOf(address)).toBeGreaterThanOrEqual(layout.shadowStart);
        expect(shadowOf(address)).toBeLessThanOrEqual(layout.shadowEnd);
      }
    });

    check("an entry of zeros is none, at every level", () => {
      for (const level of levels.keys()) expect(architecture.kind(level, 0, 0)).toBe("none");
    });

    check("leaf entries round trip", () => {
      for (const [level, { leaf, shift }] of levels.entries()) {
        if (!leaf) continue;
        fc.assert(
          fc.property(someFrame(shift), someFlags, (physical, flags) => {
            architecture.encodeLeaf(level, physical, flags, out);
            expect(architecture.kind(level, out.lo, out.hi)).toBe("leaf");
            expect(architecture.frame(level, out.lo, out.hi, 0)).toBe(physical);
            expect(architecture.flags(level, out.lo, out.hi)).toBe(flags);
            expect(architecture.flags(level, out.lo >>> 0, out.hi >>> 0), "unsigned halves").toBe(flags);
          }),
        );
      }
    });

    check("table entries round trip, and let through what they are told to", () => {
      for (let level = 0; level < last; level++) {
        fc.assert(
          fc.property(someFrame(pageShift), fc.integer({ min: 0, max: 15 }), (physical, flags) => {
            architecture.encodeTable(level, physical, flags, out);
            expect(architecture.kind(level, out.lo, out.hi)).toBe("table");
            expect(architecture.frame(level, out.lo, out.hi, 0)).toBe(physical);
            const limit = architecture.limit(level, out.lo, out.hi);
            expect(limit & flags).toBe(flags);
            const own = architecture.leafFlags & OWN_FLAGS;
            expect(limit | PageFlags.PERMISSIONS | own, "only permissions are limited").toBe(-1);
          }),
        );
      }
    });

    check("any bits at all can be read", () => {
      fc.assert(
        fc.property(someLevel, half, half, (level, lo, hi) => {
          const kind = architecture.kind(level, lo, hi);
          expect(kind).toBe(architecture.kind(level, lo | 0, hi | 0));
          const frame = architecture.frame(level, lo, hi, 0);
          expect(Number.isInteger(frame) && frame >= 0 && frame < 2 ** 56 && frame % pageBytes === 0).toBe(true);
          if (kind === "table") expect(level).toBeLessThan(last);
          if (kind === "leaf") expect(levels[level]!.leaf).toBe(true);
          if (kind === "leaf") expect(frame % 2 ** levels[level]!.shift).toBe(0);
          if (kind === "leaf") expect(architecture.flags(level, lo, hi)).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 1000 },
      );
    });

    check("decode() puts each bit in one field, and agrees with the hot functions", () => {
      fc.assert(
        fc.property(someLevel, half, half, (level, lo, hi) => {
          const entry = (BigInt(hi) << 32n) | BigInt(lo);
          const decoded = architecture.decode(level, entry);
          let next = 63;
          let sum = 0n;
          for (const field of decoded.fields) {
            expect(field.high).toBe(next);
            expect(field.value >> BigInt(field.high - field.low + 1)).toBe(0n);
            sum |= field.value << BigInt(field.low);
            next = field.low - 1;
          }
          expect(next).toBe(-1);
          expect(sum).toBe(entry);
          expect(decoded.kind).toBe(architecture.kind(level, lo, hi));
          const points = decoded.kind === "leaf" || decoded.kind === "table";
          expect(decoded.physical).toBe(points ? architecture.frame(level, lo, hi, 0) : undefined);
          expect(decoded.flags).toBe(decoded.kind === "leaf" ? architecture.flags(level, lo, hi) : 0);
        }),
      );
    });

    check("hardware's marks change nothing else, and are made once", () => {
      fc.assert(
        fc.property(someFrame(pageShift), someFlags, (physical, flags) => {
          architecture.encodeLeaf(last, physical, flags, out);
          const accessed = architecture.withAccessed(last, out.lo, out.hi);
          const dirty = architecture.withDirty(last, accessed, out.hi);
          expect(architecture.withAccessed(last, accessed, out.hi) | 0).toBe(accessed | 0);
          expect(architecture.withDirty(last, dirty, out.hi) | 0).toBe(dirty | 0);
          expect(architecture.frame(last, dirty, out.hi, 0)).toBe(physical);
          expect(architecture.flags(last, dirty, out.hi) | ACCESSED | DIRTY).toBe(flags | ACCESSED | DIRTY);
        }),
      );
    });

    check("check() asks for the permission that an access needs", () => {
      const all = READ | WRITE | EXEC | ACCESSED | DIRTY;
      for (const access of [Access.READ, Access.WRITE, Access.EXECUTE]) {
        expect(architecture.check(all, access)).toBeUndefined();
        expect(architecture.check(all, access | Access.USER)).toBe("protection");
      }
      expect(architecture.check(all | USER, Access.READ | Access.USER)).toBeUndefined();
      expect(architecture.check(all & ~WRITE, Access.WRITE)).toBe("protection");
      expect(architecture.check(all & ~EXEC, Access.EXECUTE)).toBe("protection");
    });
  });

  describe(`an address space over ${name}`, () => {
    const out: Entry = { lo: 0, hi: 0 };
    const RAM = Math.max(8 * 2 ** 20, 128 * pageBytes);
    let memory: PhysicalMemory;
    let frames: FramePool;
    let space: AddressSpace;
    let tlbs: Tlbs;
    const fresh = () => {
      memory = PhysicalMemory.allocate(RAM, 2 * CPU_TLB_BYTES + 64);
      frames = new FramePool(memory, 0, RAM / 2, pageBytes);
      tlbs = Tlbs.create(memory, new Arena(memory), 2, architecture.ignoredTopBits);
      space = new AddressSpace({ architecture, memory, frames, tlbs });
    };
    beforeEach(fresh);

    /** Where to map: around a table's edge in the middle of each span. */
    const places = spans.map((span) => {
      const block = pagesPerEntry(levels[last - 1]!) * 2;
      return Math.floor((span.start + (span.end - span.start) / 2) / block) * block;
    });
    const blockPages = pagesPerEntry(levels[last - 1]!) / pagePages;
    const window = blockPages * 3;

    /** A change of some pages, counted in pages of the architecture from the place on. */
    const change = fc.record({
      what: fc.constantFrom("map", "unmap", "protect", "split", "replace", "page", "unpage"),
      from: fc.oneof(fc.integer({ min: 0, max: window - 1 }), fc.constantFrom(0, blockPages, 2 * blockPages)),
      pages: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(blockPages, 2 * blockPages)),
      physical: fc.oneof(fc.integer({ min: 0, max: 4 * window }), fc.constantFrom(0, blockPages, 4 * blockPages)),
      flags: fc.integer({ min: 0, max: 0x7f }).map((bits) => (bits & ~USER) | READ),
      large: fc.boolean(),
    });

    check("behaves as a map from pages to frames and flags, whatever is done to it", () => {
      fc.assert(
        fc.property(fc.constantFrom(...places), fc.array(change, { maxLength: 12 }), (place, changes) => {
          fresh();
          const pfns = new Float64Array(window).fill(-1);
          const flags = new Int32Array(window);
          for (const { what, from, physical, large, ...step } of changes) {
            const pages = Math.min(step.pages, window - from);
            const vpn = place + from * pagePages;
            const address = addressOf(vpn, 0);
            const size = pages * pageBytes;
            const wanted = step.flags & architecture.leafFlags;
            const free = pfns.subarray(from, from + pages).every((pfn) => pfn < 0);
            const maxPage = large ? undefined : pageBytes;
            const set = (count: number) => {
              for (let i = 0; i < count; i++) {
                pfns[from + i] = (physical + i) * pagePages;
                flags[from + i] = wanted;
              }
            };
            if (what === "map" && !free) {
              expect(() => space.map(address, physical * pageBytes, size, wanted)).toThrow(/mapped already/);
              expect(space.pending.spent).toBe(true);
            } else if (what === "map" || what === "replace") {
              const flush = space.map(address, physical * pageBytes, size, wanted, { maxPage, replace: !free });
              expect(flush.stale).toBe(!free);
              flush.flush();
              set(pages);
            } else if (what === "unmap") {
              const flush = space.unmap(address, size, { freeTables: large });
              expect(flush).toMatchObject({
                vpn,
                pages: pages * pagePages,
                stale: pfns.subarray(from, from + pages).some((pfn) => pfn >= 0),
              });
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
              expect(space.replacePage(vpn, physical * pagePages, wanted)).toBe(pfns[from]);
              space.pending.flush();
              set(1);
            } else {
              expect(space.unmapPage(vpn)).toBe(pfns[from]);
              if (!space.pending.spent) space.pending.flush();
              pfns[from] = -1;
            }
          }
          for (let i = 0; i < window; i++) {
            const vpn = place + i * pagePages;
            if (space.lookup(vpn) !== pfns[i]) expect(space.lookup(vpn), `page ${i}`).toBe(pfns[i]);
            if (pfns[i]! >= 0 && space.walk(vpn).flags !== flags[i]) expect(space.walk(vpn).flags).toBe(flags[i]);
          }
          checkRanges(place, pfns, flags);
        }),
        { numRuns: 60 },
      );
    });

    /** Compares ranges() with what should be mapped at `place`; nothing else may be. */
    function checkRanges(place: number, pfns: Float64Array, flags: Int32Array): void {
      let next = 0n;
      let mapped = 0;
      for (const range of space.ranges(0n, 2n ** 64n - 1n, { ignore: 0, byPhysical: true })) {
        expect(range.start).toBe(next);
        next = range.end + 1n;
        const vpn = Number(range.start >> 12n);
        if (range.kind !== "mapped") {
          expect(range.kind === "non-canonical").toBe(architecture.root(vpn) < 0);
          continue;
        }
        const first = (vpn - place) / pagePages;
        const count = Number(next - range.start) / pageBytes;
        expect(range.backing).toBe("linear");
        for (let i = 0; i < count; i++) {
          if (range.physical / 4096 + i * pagePages !== pfns[first + i] || range.flags !== flags[first + i]) {
            expect([range.physical / 4096 + i * pagePages, range.flags]).toEqual([pfns[first + i], flags[first + i]]);
          }
        }
        mapped += count;
      }
      expect(next).toBe(2n ** 64n);
      expect(mapped).toBe(pfns.filter((pfn) => pfn >= 0).length);
    }

    check("maps with the largest pages that fit", () => {
      for (const [level, { leaf, shift }] of levels.entries()) {
        if (!leaf || 2 ** shift > 2 ** (architecture.physicalBits - 1)) continue;
        const pages = pagesPerEntry(levels[level]!);
        const vpn = Math.floor(spans[0]!.end / pages) * pages - pages;
        if (vpn < 0) continue;
        space.map(addressOf(vpn, 0), 2 ** shift, 2 ** shift, PageFlags.KERNEL).ignore("new");
        expect(space.walk(vpn + pages - 1)).toMatchObject({ level, physical: 2 ** shift * 2 - 4096 });
        space.unmap(addressOf(vpn, 0), 2 ** shift, { freeTables: true }).flush();
        expect(frames.used).toBe(architecture.roots.length);
      }
    });

    check("marks pages as accessed and dirty, and stores after a read still do", () => {
      const vpn = places[0]!;
      const mmu = new Mmu(space, tlbs.cpu(0));
      space.mapPage(vpn, (RAM / 2 / 4096 / pagePages) * pagePages, READ | WRITE | ACCESSED).ignore("new");
      const flagsNow = () => space.walk(vpn).flags & (ACCESSED | DIRTY);
      expect(mmu.read8(vpn, 0)).toBe(0);
      expect(flagsNow() & ACCESSED).toBe(ACCESSED);
      const before = flagsNow();
      expect(tlbs.cpu(0).lookup(TlbKind.DATA, vpn, true) >= 0).toBe(before === (ACCESSED | DIRTY));
      expect(mmu.write8(vpn, 0, 1)).toBe(true);
      expect(flagsNow()).toBe(ACCESSED | DIRTY);
      expect(tlbs.cpu(0).lookup(TlbKind.DATA, vpn, true)).toBe(RAM / 2);
    });

    check("a walk from a remembered table tells what the whole walk tells", () => {
      const step = fc.record({
        what: fc.constantFrom("map", "unmap", "protect", "walk", "walk"),
        page: fc.oneof(fc.integer({ min: 0, max: window - 1 }), fc.constantFrom(0, blockPages, 2 * blockPages)),
        pages: fc.constantFrom(1, 3, blockPages),
        flags: fc.constantFrom(READ, READ | WRITE, READ | WRITE | EXEC),
        access: fc.constantFrom(Access.READ, Access.WRITE, Access.EXECUTE),
        freeTables: fc.boolean(),
      });
      const [whole, quick] = [new WalkResult(), new WalkResult()];
      fc.assert(
        fc.property(fc.constantFrom(...places), fc.array(step, { maxLength: 30 }), (place, steps) => {
          fresh();
          const cache = new WalkCache(space);
          for (const { what, page, access, flags, freeTables, ...size } of steps) {
            const vpn = place + page * pagePages;
            const bytes = Math.min(size.pages, window - page) * pageBytes;
            if (what === "map") space.map(addressOf(vpn, 0), 0, bytes, flags, { replace: true }).flush();
            else if (what === "unmap") space.unmap(addressOf(vpn, 0), bytes, { freeTables }).flush();
            else if (what === "protect") space.protect(addressOf(vpn, 0), bytes, flags).flush();
            for (const at of [vpn, vpn + pagePages, place]) {
              const permitted = cache.walkFor(at, access, tlbs.cpu(0).flushes, quick);
              expect(permitted).toBe(walkFor(space, at, access, whole));
              const { path: _path, limit: _limit, ...told } = quick;
              expect(whole).toMatchObject(told);
            }
          }
        }),
        { numRuns: 60 },
      );
    });

    check("a remembered table permits no more than those above it", () => {
      const vpn = places[0]!;
      const mmu = new Mmu(space, tlbs.cpu(0));
      const entry = READ | WRITE | ACCESSED | DIRTY;
      for (const i of [0, 1]) space.mapPage(vpn + i * pagePages, (RAM / 2 + i * pageBytes) / 4096, entry).ignore("new");
      const { path } = space.walk(vpn);
      const [table, above] = [path[last]! - (path[last]! % (2 ** levels[last]!.indexBits * 8)), path[last - 1]!];
      architecture.encodeTable(last - 1, table, READ, out);
      memory.storeEntry(above, out.lo, out.hi);
      expect(mmu.translate(vpn, Access.READ)).toBe(RAM / 2);
      const permitted = walkFor(space, vpn + pagePages, Access.WRITE, new WalkResult());
      expect(mmu.translate(vpn + pagePages, Access.WRITE) >= 0).toBe(permitted);
    });

    check("a remembered table that another takes the place of is used until the flush, and never longer", () => {
      const vpn = places[0]!;
      const mmu = new Mmu(space, tlbs.cpu(0));
      const entry = READ | WRITE | ACCESSED | DIRTY;
      const frame = (i: number) => RAM / 2 + i * pageBytes;
      space.mapPage(vpn, frame(1) / 4096, entry).ignore("new");
      space.mapPage(vpn + pagePages, frame(2) / 4096, entry).ignore("new");
      expect(mmu.translate(vpn, Access.READ)).toBe(frame(1));
      const table = frames.allocate();
      const path = Float64Array.from(space.walk(vpn).path);
      const index = (path[last]! % pageBytes) / 8;
      memory.copyTable(table, path[last]! - index * 8, pageBytes);
      memory.storeEntry(table + (index + 1) * 8, 0, 0);
      architecture.encodeTable(last - 1, table, READ | WRITE | EXEC, out);
      memory.storeEntry(path[last - 1]!, out.lo, out.hi);
      expect(mmu.translate(vpn + pagePages, Access.READ)).toBe(frame(2));
      tlbs.cpu(0).flushPage(vpn + pagePages);
      expect(mmu.translate(vpn + pagePages, Access.READ)).toBe(-1);
    });

    check("keeps what a TLB holds until it is flushed, and never longer", () => {
      const step = fc.record({
        page: fc.integer({ min: 0, max: 7 }),
        what: fc.constantFrom("map", "unmap", "read"),
        spend: fc.constantFrom("flush", "ignore"),
        frame: fc.integer({ min: 0, max: 50 }),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          fresh();
          const mmu = new Mmu(space, tlbs.cpu(0));
          const mapped = new Map<number, number>();
          const cached = new Map<number, number>();
          for (const { page, what, spend, frame } of steps) {
            const vpn = places[0]! + page * pagePages;
            if (what === "read") {
              const seen = cached.get(page) ?? mapped.get(page) ?? -1;
              expect(mmu.translate(vpn, Access.READ)).toBe(seen);
              if (seen >= 0) cached.set(page, seen);
              else expect(mmu.fault).toMatchObject({ reason: "not-present", vpn, access: Access.READ });
              continue;
            }
            const physical = RAM / 2 + frame * pageBytes;
            if (what === "map") {
              space.replacePage(vpn, physical / 4096, READ | WRITE | ACCESSED | DIRTY);
              if (architecture.breakBeforeMake && mapped.has(page)) cached.delete(page);
              mapped.set(page, physical);
            } else {
              space.unmapPage(vpn);
              mapped.delete(page);
            }
            if (space.pending.spent) continue;
            if (spend === "ignore") space.pending.ignore("a stale entry is wanted");
            else cached.delete(page);
            if (spend === "flush") space.pending.flush();
          }
        }),
      );
    });

    check("reports a change of a live entry that needs break-before-make, and no other", () => {
      const vpn = places[0]!;
      const out: Entry = { lo: 0, hi: 0 };
      const seen: LiveChange[] = [];
      const lenient = new AddressSpace({ architecture, memory, frames, tlbs, onLiveChange: (c) => seen.push(c) });
      const bits = (page: number, flags: number) => {
        architecture.encodeLeaf(last, RAM / 2 + page * pageBytes, flags, out);
        return (BigInt(out.hi >>> 0) << 32n) | BigInt(out.lo >>> 0);
      };
      const all = READ | WRITE | ACCESSED | DIRTY;
      const change = fc.record({
        page: fc.integer({ min: 0, max: 2 }),
        clear: fc.boolean(),
        flags: fc.constantFrom(all, all & ~WRITE, all & ~ACCESSED, all | EXEC, all & ~DIRTY),
      });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), (changes) => {
          let live: number | undefined;
          for (const { page, clear, flags } of changes) {
            seen.length = 0;
            lenient.setEntry(last, vpn, clear ? 0n : bits(page, flags)).flush();
            const expected = architecture.breakBeforeMake && !clear && live !== undefined && live !== page;
            expect(seen.map(({ what, vpn, level }) => ({ what, vpn, level }))).toEqual(
              expected ? [{ what: "output address", vpn, level: last }] : [],
            );
            live = clear ? undefined : page;
            expect(lenient.lookup(vpn)).toBe(clear ? -1 : (RAM / 2 + page * pageBytes) / 4096);
          }
          lenient.setEntry(last, vpn, 0n).flush();
        }),
      );
      space.mapPage(vpn, RAM / 2 / 4096, all).ignore("new");
      const other = () => space.setEntry(last, vpn, bits(1, all));
      if (architecture.breakBeforeMake) {
        expect(other).toThrow(expect.objectContaining({ code: "BREAK_BEFORE_MAKE" }));
        expect(space.lookup(vpn), "an error leaves the entry alone").toBe(RAM / 2 / 4096);
        space.replacePage(vpn, RAM / 2 / 4096 + pagePages, all);
        space.pending.flush();
      } else other().flush();
      expect(space.lookup(vpn)).toBe(RAM / 2 / 4096 + pagePages);
      // The same by page number, where nothing was mapped and where something is.
      seen.length = 0;
      expect(lenient.changePage(vpn, RAM / 2 / 4096, all).stale).toBe(false);
      lenient.pending.ignore("nothing was mapped there");
      expect(lenient.changePage(vpn, RAM / 2 / 4096 + pagePages, all).stale).toBe(true);
      lenient.pending.flush();
      expect(seen.length).toBe(architecture.breakBeforeMake ? 1 : 0);
      expect(lenient.lookup(vpn)).toBe(RAM / 2 / 4096 + pagePages);
    });

    check("walks any garbage to an end", () => {
      const frame = pageBytes;
      const word = fc.oneof(
        half,
        fc.integer({ min: 0, max: 15 }).map((n) => n * frame + (n & 7)),
      );
      fc.assert(
        fc.property(
          fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 64 }),
          fc.array(someVpn),
          (words, vpns) => {
            for (let i = 0; i < RAM / 8; i += 1) {
              const [lo, hi] = words[i % words.length]!;
              memory.u32[i * 2] = lo;
              memory.u32[i * 2 + 1] = hi;
            }
            const garbage = new AddressSpace({ architecture, memory, roots: architecture.roots.map(() => 0) });
            const found = new WalkResult();
            for (const vpn of vpns) {
              walk(garbage, vpn, found);
              walkFor(garbage, vpn, Access.WRITE, found);
              expect(garbage.explain(addressOf(vpn, 0)).steps.length).toBeLessThanOrEqual(levels.length);
            }
          },
        ),
        { numRuns: 20 },
      );
    });

    check("lists tables that point to themselves, in bounded time if aliases are referred to", () => {
      const root = space.roots[spans[0]!.root]!;
      architecture.encodeTable(0, root, READ | WRITE | EXEC | USER, space.scratch);
      memory.i32[root >>> 2] = space.scratch.lo;
      memory.i32[(root >>> 2) + 1] = space.scratch.hi;
      memory.i32[(root + 16) >>> 2] = space.scratch.lo;
      memory.i32[((root + 16) >>> 2) + 1] = space.scratch.hi;
      const first = space.ranges();
      for (let i = 0; i < 100; i++) first.next();
      const all = [...space.ranges(0n, 2n ** 64n - 1n, { aliases: "refer" })];
      expect(all.length).toBeLessThan(20 * levels.length);
      expect(all.some((range) => range.kind === "alias" || range.kind === "reserved" || range.kind === "mapped")).toBe(
        true,
      );
      expect(all.at(-1)!.end).toBe(2n ** 64n - 1n);
    });

    check("finds and names a flush that was forgotten", () => {
      const vpn = places[0]!;
      space.mapPage(vpn, 0, PageFlags.KERNEL);
      const start = addressOf(vpn, 0);
      const forgotten = expect.objectContaining({
        code: "FLUSH_PENDING",
        message: expect.stringContaining(start.toString(16)),
      });
      const mmu = new Mmu(space, tlbs.cpu(0));
      for (const again of [
        () => space.mapPage(vpn + pagePages, 0, PageFlags.KERNEL),
        () => space.unmapPage(vpn),
        () => space.map(start, 0, pageBytes, PageFlags.KERNEL),
        () => space.unmap(start, pageBytes),
        () => space.protect(start, pageBytes, READ),
        () => space.split(start, pageBytes),
        () => space.setTable(0, vpn, 0),
        () => mmu.read8(vpn, 0),
      ]) {
        expect(again).toThrow(forgotten);
      }
      space.pending.flush();
      expect(mmu.read8(vpn, 0)).toBeGreaterThanOrEqual(0);
    });
  });
}
